"""Several experiments at once, their money, and one answer whatever the form of the files."""

from __future__ import annotations

import gzip
import random
from math import log
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from material.trials import LESS, ask, page, since, three, verdict
from material.tried_company import (
    COLUMNS,
    DAYS,
    FIRST,
    LAST,
    MONTH,
    START,
    Row,
    as_csv,
    experiment,
    row,
    treated,
    write,
)

from unitcost.analyses.analysis import Request
from unitcost.analyses.experiments import findings as experiments
from unitcost.analyses.experiments import views as experiment_views
from unitcost.analyses.experiments.estimates.daily import Window
from unitcost.analyses.experiments.estimates.examination import Examination
from unitcost.analyses.experiments.estimates.series import StepEstimate
from unitcost.analyses.experiments.estimates.trial import Result, together
from unitcost.analyses.experiments.estimates.verdict import Verdict
from unitcost.analyses.experiments.findings import examined
from unitcost.analyses.opening import open_company
from unitcost.month.company import Company
from unitcost.publishing import run_id as identity

# --------------------------------------------------------------------------- several at once


def test_p_values_are_adjusted_for_there_being_two(tmp_path: Path, quiet: list[Row]) -> None:
    """Benjamini and Hochberg by hand: the larger stays, the smaller is doubled, and never above the larger."""
    text = experiment("a", controls='"other_services"', treated=treated("web"))
    text += experiment("b", controls='"other_services"', treated=treated("mail"))
    found = ask(tmp_path, quiet, text)
    p = {id: float(found[f"experiment.{id}.p_value"].value) for id in "ab"}  # type: ignore[arg-type]
    adjusted = {id: float(found[f"experiment.{id}.p_adjusted"].value) for id in "ab"}  # type: ignore[arg-type]
    small, large = sorted(p, key=lambda id: p[id])
    assert p[small] < p[large]
    assert adjusted[large] == pytest.approx(p[large], abs=2e-9)
    assert adjusted[small] == pytest.approx(min(2 * p[small], p[large]), abs=2e-9)


def result_of(word: str, p: float | None) -> Result:
    step = StepEstimate(-0.1, -0.2, -0.01, 0.95, p, 0.1, 0.0, "step")
    span = Window(FIRST, FIRST, LAST, LAST)
    seen = None if p is None else Examination({}, step, (), {}, (), Verdict(word, "so"))
    return Result(Verdict(word, "so"), span, examination=seen)


def test_an_effect_that_the_others_outweigh_is_taken_back() -> None:
    """p .04, .30 and .90 of three: .04 becomes .12, and an effect of .01 stays one (.03)."""
    kept = together(
        {"a": result_of("effect", 0.01), "b": result_of("no_effect", 0.3), "c": result_of("no_effect", 0.9)}
    )
    assert (kept["a"].verdict.word, kept["a"].adjusted) == ("effect", pytest.approx(0.03))
    found = together(
        {
            "a": result_of("effect", 0.04),
            "b": result_of("no_effect", 0.3),
            "c": result_of("no_effect", 0.9),
            "d": result_of("cannot_tell", None),
        }
    )
    assert found["a"].adjusted == pytest.approx(0.12)
    assert found["a"].verdict.word == "cannot_tell"
    assert "3 experiments" in found["a"].verdict.reason
    assert found["b"].adjusted == pytest.approx(0.45)
    assert found["b"].verdict.word == "no_effect"
    assert (found["d"].adjusted, found["d"].verdict.word) == (None, "cannot_tell")


# --------------------------------------------------------------------------- money


def test_what_is_saved_is_worked_out_from_what_is_spent_now(tmp_path: Path) -> None:
    """100 a day before, 70 after: 30 a day are not spent, 912 in 30.4 days. Not 30 % of 70."""
    chance = random.Random(5)
    rows = [
        row(day, f"{(70 if day >= START else 100) * chance.uniform(0.998, 1.002):.6f}", ServiceName="Compute")
        for day in DAYS
    ]
    text = experiment(treated='{ ServiceName = "Compute" }', controls='"none"', exposure='"none"')
    found = ask(tmp_path, since("2023-12", rows), text)
    assert three(found, "experiment.try.effect")[1] == pytest.approx(LESS, abs=0.002)
    assert three(found, "experiment.try.saving_per_month")[1] == pytest.approx(30 * 30.4, rel=0.005)
    company, one = page(tmp_path)
    assert "a month not spent" in experiment_views.verdict_text(company, one)


def test_money_follows_the_effect_exactly() -> None:
    """(e^−effect − 1) × cost: log 0.7 and 70 × 30.4 are 30 × 30.4; the ends change places; a rise is negative."""
    span = Window(FIRST, FIRST, LAST, LAST)
    found = Result(Verdict("effect", ""), span, effect=(LESS, log(0.6), log(0.8)), cost=70 * 30.4).saving
    assert found is not None
    assert found == pytest.approx((30 * 30.4, 70 * 30.4 * 0.25, 70 * 30.4 * (1 / 0.6 - 1)))
    risen = Result(Verdict("effect", ""), span, effect=(log(1.25), log(1.1), log(1.4)), cost=100.0).saving
    assert risen is not None
    assert risen[0] == pytest.approx(-20)
    assert risen[1] < risen[0] < risen[2]


def test_a_rise_against_what_was_expected_is_said_first(tmp_path: Path, planted: list[Row]) -> None:
    """A fall where a rise was expected: the direction comes before the interval."""
    found = ask(tmp_path, planted, experiment(expected='"increase"'))
    word, reason = verdict(found)
    assert word == "effect"
    assert reason.startswith("Against what was expected, a decrease:")
    company, one = page(tmp_path)
    assert experiment_views.headline(company, one).endswith(", through what is used")


# --------------------------------------------------------------------------- whatever the form


def published(company: Company) -> list[object]:
    return [(name, one.as_json()) for name, one in experiments.findings(Request(company, MONTH)).items()]


SPANS = (("2023", "2023-12"), ("2023-12", "2024-03"), ("2024-03", "2025"))


def test_the_same_content_gives_the_same_text(
    tmp_path: Path, planted: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other order, one file or many, gzip or Parquet, experiments in another order: equal findings and run id."""
    first, second = experiment(), experiment("late", "2024-05-29", treated=treated("web"))
    shuffled = [one for one in planted if one["ServiceName"] == "Compute"]
    company = open_company(write(tmp_path / "a", shuffled, first + second))
    random.Random(1).shuffle(shuffled)
    other = write(tmp_path / "b", [], second + first)
    bills = other.parent / "bills"
    months = [[one for one in shuffled if first <= one["BillingPeriodStart"] < last] for first, last in SPANS]
    (bills / "one.csv").write_text(as_csv(months[0]))
    (bills / "two.csv.gz").write_bytes(gzip.compress(as_csv(months[1]).encode()))
    columns = {name: [one[name] or None for one in months[2]] for name in COLUMNS}
    schema = pa.schema([(name, pa.string()) for name in COLUMNS])
    pq.write_table(pa.table(columns, schema=schema), bills / "three.parquet")
    expected = published(company)
    monkeypatch.setenv("UNITCOST_CACHE", str(tmp_path / "store"))  # or the one would be told what the other was
    again = open_company(other)
    assert published(again) == expected

    def run(one: Company) -> str:
        return identity.run_id(one, MONTH, scenario="base", status="final", roles=["cto"])

    assert run(again) == run(company)
    (other.parent / "experiments.toml").write_text(first + second.replace("2024-05-29", "2024-05-28"))
    assert run(open_company(other)) != run(company)


def test_an_answer_is_kept_and_asked_again_when_what_it_rests_on_changes(
    tmp_path: Path, planted: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the store the second time; another ramp asks anew."""
    path = write(tmp_path, planted, experiment(ramp_days=1))
    first = examined(open_company(path), MONTH)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("it was examined again")

    monkeypatch.setattr("unitcost.analyses.experiments.findings.try_out", refuse)
    assert examined(open_company(path), MONTH) == first
    (tmp_path / "experiments.toml").write_text(experiment(ramp_days=2))
    with pytest.raises(AssertionError, match="again"):
        examined(open_company(path), MONTH)
