"""An experiment and prices: a commitment or a cheaper contract is no engineering."""

from __future__ import annotations

import datetime as dt
from math import log
from pathlib import Path

import pytest
from material.trials import answer, ask, holds, notes, page, since, three, verdict
from material.tried_company import DAY, FIRST, START, Bills, Change, Row, experiment, treated

from unitcost.analyses.experiments import views as experiment_views
from unitcost.analyses.experiments.estimates.daily import Daily, Window, coverage_moves

BOUGHT = Bills(
    (
        Change(START, "search", "Compute", price=0.72, commitment="plan-search"),
        Change(dt.date(2024, 3, 15), "mail", "Compute", price=0.7, commitment="plan-mail"),
        Change(FIRST, "mobile", "Compute", price=0.6, commitment="ri-1", until=dt.date(2024, 3, 14)),
        Change(dt.date(2024, 3, 15), "mobile", "Compute", price=0.6, commitment="ri-2"),
        Change(FIRST, "web", "Compute", price=0.6, commitment="ri-web", until=dt.date(2024, 3, 31)),
    ),
    seed=3,
)


@pytest.fixture(scope="module")
def bought() -> list[Row]:
    """Commitments for compute: one is tried, one is bought in the weeks after, one is renewed, one ends."""
    return since("2023-11", BOUGHT.rows())


def test_a_commitment_is_a_price_and_no_engineering(tmp_path: Path, bought: list[Row]) -> None:
    """28 % less for the same use is rate; the page says so. Other commitments touch controls: bought or ended drops
    a control, renewed under a new id does not."""
    text = experiment(kind='"commitment"', name='"A plan"', controls='"other_products"')
    found = ask(tmp_path, bought, text)
    assert holds(found, "experiment.try.effect", log(0.72))
    assert holds(found, "experiment.try.effect.rate", log(0.72))
    assert holds(found, "experiment.try.effect.use", 0)
    assert verdict(found)[0] == "effect"
    company, one = page(tmp_path)
    headline = experiment_views.headline(company, one)
    assert headline.startswith("A plan lowered the cost per user in its scope by 2")
    assert headline.endswith("through the price paid and not through engineering")
    assert [name for name, _ in one.result.dropped] == ["mail", "web"]
    said = notes(tmp_path)
    assert "mail (a commitment was bought: 100% of the cost is covered from 2024-03-15 on, 0% before)" in said
    assert "web (a commitment ended: 0% of the cost is covered from 2024-04-01 on, 100% before)" in said
    rows, _ = experiment_views.weights(one)
    assert [line[0] for line in rows] == ["mobile"]


def test_a_commitment_in_the_window_makes_it_impossible_to_tell(tmp_path: Path, bought: list[Row]) -> None:
    """Bought or ended weeks after the start: something else happened, even to another commitment. One that is renewed
    covers the same share as before, and is nothing."""
    asked = {"mail": "rightsizing", "mobile": "rightsizing", "web": "rightsizing"}
    text = "".join(
        experiment(product, kind=f'"{kind}"', treated=treated(product), controls='"other_services"')
        for product, kind in asked.items()
    )
    found = ask(tmp_path, bought, text)
    bought_for = (
        "a commitment for what is treated was bought: 100% of the cost is covered from 2024-03-15 on, 0% before"
    )
    assert verdict(found, "mail")[0] == "cannot_tell"
    assert bought_for in verdict(found, "mail")[1]
    assert found["experiment.mail.saving_per_month"].value is None
    assert verdict(found, "web")[0] == "cannot_tell"
    assert "a commitment for what is treated ended: 0% of the cost is covered" in verdict(found, "web")[1]
    assert verdict(found, "mobile")[0] == "no_effect"
    other = answer(
        tmp_path, bought, experiment(kind='"commitment"', treated=treated("mail"), controls='"other_services"')
    )
    assert verdict(other)[0] == "cannot_tell"
    assert bought_for in verdict(other)[1]


def test_moves_of_coverage_are_seen_at_both_ends() -> None:
    """By hand: 40 of 100 covered on ten days, then 44 (too little to count), then 90; then nothing."""
    days = [FIRST + number * DAY for number in range(60)]
    span = Window(days[0], days[29], days[30], days[-1])
    covered = [40.0] * 15 + [44.0] * 15 + [90.0] * 15 + [0.0] * 15
    unit = Daily(
        "one",
        dict.fromkeys(days, 100.0),
        covered=dict(zip(days, covered, strict=True)),
        commitments={
            "a": (days[0], days[14]),
            "b": (days[15], days[29]),
            "c": (days[30], days[44]),
        },
    )
    assert coverage_moves(unit, span) == [(days[30], 0.44, 0.9), (days[45], 0.9, 0.0)]


def test_a_cheaper_contract_is_a_price_and_a_rise_is_money_spent_on_top(tmp_path: Path) -> None:
    """Half as much again is paid for the same use: rate, against what was expected, a range from less to more."""
    bills = Bills((Change(START, "search", "Compute", price=1.5),), seed=2)
    rows = [one for one in since("2023-11", bills.rows()) if one["ServiceName"] == "Compute"]
    found = ask(tmp_path, rows, experiment(controls='"other_products"'))
    assert holds(found, "experiment.try.effect.rate", log(1.5))
    assert holds(found, "experiment.try.effect.use", 0)
    low, saving, high = three(found, "experiment.try.saving_per_month")
    spared = bills.spared(lambda cell: cell[:2] == ("search", "Compute"))
    assert saving == pytest.approx(spared, rel=0.06)
    assert saving < 0
    company, one = page(tmp_path)
    assert experiment_views.headline(company, one).endswith(", through the price paid")
    assert experiment_views.headline(company, one).startswith("try raised the cost per user")
    ends = [f"{round(-each):,}" for each in (saving, high, low)]
    said = experiment_views.verdict_text(company, one).replace("\xa0", " ")
    assert f"That is USD {ends[0]} a month spent on top ({ends[1]} to {ends[2]})" in said
