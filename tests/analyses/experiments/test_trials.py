"""Experiments of a company: what was planted in its bills is found, what was not is not, and doubts are said."""

from __future__ import annotations

import datetime as dt
import gzip
import random
from collections.abc import Sequence
from dataclasses import replace
from math import log
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from material.tried_company import (
    COLUMNS,
    DAY,
    DAYS,
    FIRST,
    LAST,
    MONTH,
    REGION,
    START,
    Bills,
    Change,
    Floats,
    Row,
    as_csv,
    counts,
    experiment,
    row,
    tags,
    treated,
    wander,
    write,
)

from unitcost.analyses.analysis import Request
from unitcost.analyses.experiments import findings as experiments
from unitcost.analyses.experiments import views as experiment_views
from unitcost.analyses.experiments.estimates.daily import Daily, Window, coverage_moves, window
from unitcost.analyses.experiments.estimates.examination import Examination
from unitcost.analyses.experiments.estimates.series import Step, parts
from unitcost.analyses.experiments.estimates.trial import Asked, Result, together, try_out
from unitcost.analyses.experiments.estimates.verdict import Verdict
from unitcost.analyses.experiments.findings import Examined, examined
from unitcost.analyses.findings import findings as findings_of
from unitcost.analyses.opening import open_company
from unitcost.month.company import Company
from unitcost.numbers.book import Findings
from unitcost.publishing import run_id as identity
from unitcost.warehouse.usage.active_days import active_users, used

LESS = log(0.7)
PLANTED = Bills((Change(START, "search", "Compute", use=0.7),))


def ask(folder: Path, rows: Sequence[Row], text: str, month: str = MONTH, **more: str) -> Findings:
    """What a company with these rows and experiments publishes of them."""
    return told(open_company(write(folder, rows, text, **more)), month)


def answer(folder: Path, rows: Sequence[Row], text: str, month: str = MONTH, **more: str) -> Findings:
    """The same without all that is published beside it, and without the month before."""
    return experiments.findings(Request(open_company(write(folder, rows, text, **more)), month))


def told(company: Company, month: str = MONTH) -> Findings:
    return {name: one for name, one in findings_of(company, month).items() if name.startswith("experiment.")}


def page(folder: Path, id: str = "try", month: str = MONTH) -> tuple[Company, Examined]:
    """A company that was asked before, and an experiment as its page has it."""
    company = open_company(folder / "report.toml")
    return company, next(one for one in examined(company, month) if one.experiment.id == id)


def notes(folder: Path, id: str = "try") -> str:
    """What the page says below the controls."""
    return "\n".join(experiment_views.weight_notes(*page(folder, id)))


def three(found: Findings, name: str) -> tuple[float, float, float]:
    one = found[name]
    assert one.value is not None and one.low is not None and one.high is not None, one.reason
    return float(one.low), float(one.value), float(one.high)  # type: ignore[arg-type]


def holds(found: Findings, name: str, value: float) -> bool:
    low, _, high = three(found, name)
    return low - 1e-6 <= value <= high + 1e-6  # bills have six digits behind the point


def verdict(found: Findings, id: str = "try") -> tuple[str, str]:
    one = found[f"experiment.{id}.verdict"]
    return str(one.value), str(one.reason)


def since(month: str, rows: Sequence[Row]) -> list[Row]:
    """The bills from a month on, where fewer will do."""
    return [one for one in rows if one["BillingPeriodStart"] >= month]


@pytest.fixture(scope="module")
def planted() -> list[Row]:
    """Since 5 February search needs 30 % less compute."""
    return PLANTED.rows()


@pytest.fixture(scope="module")
def quiet() -> list[Row]:
    """Nothing ever happened."""
    return since("2023-10", Bills(seed=8).rows())


# What was planted

SEVERAL = {  # id → what is treated, and its controls as TOML has them
    "products": (("search", "Compute", ""), '"other_products"'),
    "services": (("web", "Database", ""), '"other_services"'),
    "regions": (("search", "Storage", REGION), '"other_regions"'),
    "listed": (
        ("mobile", "Storage", ""),
        f"[{', '.join(treated(p, s) for p, s in (('web', 'Storage'), ('mail', 'Database'), ('search', 'Database')))}]",
    ),
    "alone": (("mail", "Storage", ""), '"none"'),
}
SEVERAL_BILLS = Bills(tuple(Change(START, *cell, use=0.7) for cell, _ in SEVERAL.values()), seed=5)


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    """Five things that were done on the same day, each to rows of its own."""
    text = "".join(experiment(id, treated=treated(*cell), controls=c) for id, (cell, c) in SEVERAL.items())
    return ask(tmp_path_factory.mktemp("several"), SEVERAL_BILLS.rows(), text)


@pytest.mark.parametrize("id", SEVERAL)
def test_a_planted_fall_of_use_is_found(several: Findings, id: str) -> None:
    """30 % less use: the interval holds it, it is use and no price, and the money is what was not spent."""
    assert holds(several, f"experiment.{id}.effect", LESS)
    assert holds(several, f"experiment.{id}.effect.use", LESS)
    assert holds(several, f"experiment.{id}.effect.rate", 0)
    assert holds(several, f"experiment.{id}.effect.exposure", 0)
    assert verdict(several, id)[0] == "effect"
    cell, _ = SEVERAL[id]
    spared = SEVERAL_BILLS.spared(lambda own: all(asked in ("", part) for asked, part in zip(cell, own, strict=True)))
    low, saving, high = three(several, f"experiment.{id}.saving_per_month")
    assert saving == pytest.approx(spared, rel=0.06)
    assert low <= spared <= high


def test_an_effect_is_its_parts(several: Findings) -> None:
    """effect = rate + use − exposure, and p is small where the interval leaves out 0."""
    for id in SEVERAL:
        effect, rate, use, exposure = (
            three(several, f"experiment.{id}.effect{part}")[1] for part in ("", ".rate", ".use", ".exposure")
        )
        assert effect == pytest.approx(rate + use - exposure, abs=2e-9)
        p = several[f"experiment.{id}.p_value"].value
        assert isinstance(p, type(several[f"experiment.{id}.effect"].value)) and p < 0.001


# --------------------------------------------------------------------------- prices

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
    assert headline.startswith("A plan lowered the cost per user of what it touched by 2")
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


# --------------------------------------------------------------------------- nothing


def test_nothing_is_no_effect_where_the_interval_is_narrow(tmp_path: Path, quiet: list[Row]) -> None:
    """Between −5 % and +5 %, and the saving has both signs. With a stricter limit nobody can tell."""
    found = ask(tmp_path, quiet, experiment(controls='"other_products"'))
    assert verdict(found)[0] == "no_effect"
    assert holds(found, "experiment.try.effect", 0)
    low, _, high = three(found, "experiment.try.saving_per_month")
    assert low < 0 < high
    company, one = page(tmp_path)
    assert "made no difference that matters" in experiment_views.headline(company, one)
    strict = answer(tmp_path, quiet, experiment(controls='"other_products"'), report="material_effect = 0.001")
    assert verdict(strict)[0] == "cannot_tell"
    assert "too wide" in verdict(strict)[1]
    assert strict["experiment.try.saving_per_month"].value is None
    assert strict["experiment.try.effect"].value == found["experiment.try.effect"].value


def days_of(bills: Bills, product: str, *factors: Floats) -> Daily:
    """A cell's days without files, each multiplied; cost is not divided, so that it grows."""
    costs = bills.untouched()[product, "Compute", REGION]
    for factor in factors:
        costs = costs * factor
    return Daily(product, {day: float(cost) for day, cost in zip(DAYS, costs, strict=True)})


def trial_of(bills: Bills, *factors: Floats) -> Result:
    """Compute of search, multiplied, against that of the other lines."""
    span = window(START, 0, 0, (FIRST, LAST))
    controls = tuple(days_of(bills, product) for product in ("mail", "mobile", "web"))
    return try_out(Asked(days_of(bills, "search", *factors), controls, span, "decrease", 0.05, False, {}))


AFTER = np.array([day >= START for day in DAYS])


def test_units_that_drift_apart_are_no_effect() -> None:
    """Two per cent a month, and nothing at the start; a fall on top of the drift is found."""
    drift = np.exp(0.02 * np.arange(len(DAYS)) / 30.4)
    bills = Bills(seed=1001)
    assert trial_of(bills, drift).verdict.word == "no_effect"
    found = trial_of(bills, drift, np.where(AFTER, 0.7, 1.0))
    assert found.verdict.word == "effect"
    assert found.effect is not None
    assert found.effect[1] < LESS < found.effect[2]


def test_a_week_of_its_own_is_no_noise() -> None:
    """A line that rests at weekends is compared as surely as one that does not."""
    rests = np.array([0.1 if day.weekday() >= 5 else 1.0 for day in DAYS])
    falls = np.where(AFTER, 0.7, 1.0)
    own, plain = trial_of(Bills(seed=1002), rests, falls), trial_of(Bills(seed=1002), falls)
    assert own.effect is not None and plain.effect is not None
    assert own.effect == pytest.approx(plain.effect, abs=1e-6)
    assert own.verdict.word == "effect"
    # Money is what is spent, weekends as they are.
    assert own.cost is not None and plain.cost is not None
    assert own.cost == pytest.approx(0.8 * plain.cost, rel=0.03)


def test_a_part_is_as_sure_as_its_own_days() -> None:
    """Users of 28 days move slowly: at the φ of something quick their steps would be held to be sure far too often."""
    held = 0
    for seed in range(60):
        slow = wander(np.random.default_rng(seed), 0.95)[:150]
        low, high = parts({"exposure": slow}, 90, None, 0.3, trend=True)["exposure"][1:]
        held += low <= 0 <= high
    assert held >= 50
    still = parts({"rate": np.full(150, 2.5)}, 90, None, 0.3, trend=True)["rate"]
    assert still == pytest.approx((0, 0, 0), abs=1e-12)


def test_chance_is_seldom_taken_for_an_effect() -> None:
    """Of 20 companies in which nothing happened at most two have an effect, and most are told to have none."""
    words = [trial_of(Bills(seed=seed)).verdict.word for seed in range(1000, 1020)]
    assert words.count("effect") <= 2
    assert words.count("no_effect") >= 10


@pytest.mark.long
def test_companies_in_which_nothing_happened(tmp_path: Path) -> None:
    """The same through the files, with users as exposure."""
    words = []
    for seed in range(200, 220):
        found = ask(tmp_path, Bills(seed=seed).rows(), experiment(controls='"other_products"'))
        words.append(verdict(found)[0])
    assert words.count("effect") <= 2
    assert words.count("no_effect") >= 10


@pytest.mark.long
def test_intervals_hold_what_was_planted(tmp_path: Path) -> None:
    """Of 20 companies in at least 16; likewise money, wherever there is an effect, which is nearly always."""
    held, found = 0, []
    for seed in range(400, 420):
        bills = replace(PLANTED, seed=seed)
        published = ask(tmp_path, bills.rows(), experiment(controls='"other_products"'))
        held += holds(published, "experiment.try.effect", LESS)
        if verdict(published)[0] == "effect":
            spared = bills.spared(lambda cell: cell[:2] == ("search", "Compute"))
            found.append(holds(published, "experiment.try.saving_per_month", spared))
    assert held >= 16
    assert len(found) >= 17
    assert sum(found) >= 0.8 * len(found)


# --------------------------------------------------------------------------- what cannot be told


def test_three_days_after_the_start_nobody_can_tell(tmp_path: Path, planted: list[Row]) -> None:
    """Every number is null and says how many days there are."""
    found = ask(tmp_path, planted, experiment(started_on="2024-05-29"))
    assert verdict(found)[0] == "cannot_tell"
    for name in ("effect", "effect.use", "p_value", "p_adjusted", "saving_per_month"):
        one = found[f"experiment.try.{name}"]
        assert one.value is None
        assert one.reason == "3 days after the start can be compared, and it takes 14"
    assert "3 days" in verdict(found)[1]
    company, one = page(tmp_path)
    assert experiment_views.headline(company, one) == "try: cannot tell"
    assert experiment_views.weeks(one) == []


def test_too_few_days_before_and_rows_that_are_not_there(tmp_path: Path, planted: list[Row]) -> None:
    """Starts too early for the data, long before it, and a service that no bill has: each says why."""
    text = experiment("early", FIRST + 40 * DAY) + experiment("ancient", "2019-01-07", ramp_days=3)
    text += experiment("nothing", treated=treated("search", "Quantum"))
    found = ask(tmp_path, planted, text)
    # The first 27 days have no count of users over 28 days yet.
    assert verdict(found, "early") == (
        "cannot_tell",
        "Thin data: 13 days before the start can be compared, and it takes 28.",
    )
    assert verdict(found, "ancient") == (
        "cannot_tell",
        "Thin data: 0 days before the start can be compared, and it takes 28.",
    )
    assert "no row" in verdict(found, "nothing")[1]


def test_experiments_on_the_same_rows_name_each_other(tmp_path: Path, planted: list[Row]) -> None:
    """Two on the same rows within the window: neither can tell. A third that has one of them as control drops it."""
    text = experiment("one", name='"Fewer copies"', controls='"other_services"')
    text += experiment("two", "2024-03-11", name='"Smaller nodes"', controls='"other_services"')
    text += experiment("third", treated=treated("web"), controls='"other_products"')
    found = ask(tmp_path, planted, text)
    for own, other in (("one", "Smaller nodes"), ("two", "Fewer copies")):
        word, reason = verdict(found, own)
        assert word == "cannot_tell"
        assert other in reason
        assert found[f"experiment.{own}.saving_per_month"].value is None
    assert "search (another experiment treats it in these weeks: Fewer copies, Smaller nodes)" in notes(
        tmp_path, "third"
    )
    rows, _ = experiment_views.weights(page(tmp_path, "third")[1])
    assert {line[0] for line in rows} == {"mail", "mobile"}
    assert verdict(found, "third")[0] == "no_effect"


def test_experiments_far_apart_do_not_disturb_each_other(tmp_path: Path, planted: list[Row]) -> None:
    """One that ended its ramp before the window began is part of what was there before."""
    lone = answer(tmp_path / "lone", planted, experiment())
    found = answer(tmp_path / "both", planted, experiment() + experiment("old", "2022-08-01", treated=treated()))
    assert verdict(found) == verdict(lone)
    assert found["experiment.try.effect"] == lone["experiment.try.effect"]


def test_controls_that_are_not_there_are_no_controls(tmp_path: Path, planted: list[Row]) -> None:
    """Controls were asked for; what the series does by itself does not stand in for them in silence."""
    asked = {
        "a": (("", "Compute", ""), '"other_products"', "no other product lines to compare with: treated names none"),
        "b": (("search", "", ""), '"other_services"', "no other services to compare with: treated names none"),
        "c": (("search", "Compute", REGION), '"other_regions"', "there are no other regions to compare with"),
        "d": (
            ("web", "", ""),
            '[{ ServiceName = "Quantum" }]',
            "no control is left (Quantum: cost and exposure on 0 of",
        ),
    }
    text = "".join(experiment(id, treated=treated(*cell), controls=given) for id, (cell, given, _) in asked.items())
    found = answer(tmp_path, planted, text)
    for id, (_, _, said) in asked.items():
        word, reason = verdict(found, id)
        assert word == "cannot_tell"
        assert said in reason
        assert "without controls" in str(found[f"experiment.{id}.effect"].method)


def test_an_experiment_to_come_is_null(tmp_path: Path, planted: list[Row]) -> None:
    """In January nobody knows of 5 February; in May it is known."""
    company = open_company(write(tmp_path, planted, experiment()))
    for name, one in told(company, "2024-01").items():
        assert one.value is None, name
        assert one.reason == "it starts on 2024-02-05, after the end of the month"
    names = {f"experiment.try.{name}" for name in ("effect", "p_value", "saving_per_month", "verdict")}
    assert names <= set(told(company, "2024-01"))
    assert experiment_views.all_of(company, "2024-01") == []
    april, may = told(company, "2024-04"), told(company, "2024-05")
    assert may["experiment.try.effect"].previous == april["experiment.try.effect"].value


# --------------------------------------------------------------------------- rows that tell nothing about days


def test_what_tells_nothing_about_days_moves_nothing(tmp_path: Path, planted: list[Row]) -> None:
    """Credits, taxes, purchases, one-offs, refunds, corrections, unused commitments and monthly charges on treated
    rows: the answer is the same to the last digit, and the page lists each with its sum."""
    own = {"ServiceName": "Compute", "RegionId": REGION, "Tags": tags("search")}
    after = dt.date(2024, 3, 1)
    extra = [
        row(after, "-500", ChargeCategory="Credit", **own),
        row(after, "81.5", ChargeCategory="Tax", **own),
        row(after, "9000", ChargeCategory="Purchase", ChargeFrequency="One-Time", **own),
        row(after, "30", ChargeCategory="Adjustment", **own),
        row(after, "700", ChargeFrequency="One-Time", **own),
        row(after, "-65.25", **own),
        row(after + 2 * DAY, "-4.75", **own),
        row(after, "44", ChargeClass="Correction", **own),
        row(after, "12", CommitmentDiscountStatus="Unused", CommitmentDiscountId="p", **own),
        row(after, "310", until=dt.date(2024, 4, 1), ChargeFrequency="Recurring", **own),
    ]
    plain = ask(tmp_path / "plain", planted, experiment())
    found = ask(tmp_path / "more", [*planted, *extra], experiment())
    assert found == plain
    said = notes(tmp_path / "more").replace("\xa0", " ")
    for text in (
        "credit USD −500.00",
        "tax USD 81.50",
        "purchase USD 9,000.00",
        "adjustment USD 30.00",
        "one-off USD 700.00",
        "refund USD −70.00",
        "correction USD 44.00",
        "unused commitment USD 12.00",
        "charged by longer periods USD 310.00",
    ):
        assert text in said
    assert "not part of any day" not in notes(tmp_path / "plain")


def test_days_left_out_say_nothing(tmp_path: Path, planted: list[Row]) -> None:
    """Five times the cost while it was prepared for and while it came in: as if it had not been."""
    prepared, coming = START - 6 * DAY, START + 6 * DAY
    loud = Bills((*PLANTED.changes, Change(prepared, "search", "Compute", use=5, until=coming))).rows()
    text = experiment(anticipation_days=6, ramp_days=7)
    found = ask(tmp_path / "loud", loud, text)
    assert found == ask(tmp_path / "calm", planted, text)
    assert holds(found, "experiment.try.effect", LESS)
    assert page(tmp_path / "loud")[1].result.window == Window(
        prepared - 182 * DAY if prepared - 182 * DAY > FIRST else FIRST, prepared - DAY, coming + DAY, LAST
    )
    heard = three(answer(tmp_path / "loud", loud, experiment()), "experiment.try.effect")[1]
    assert heard > three(found, "experiment.try.effect")[1] + 0.03


def test_the_window_is_26_weeks_on_both_sides() -> None:
    """182 days each, within what is known."""
    known = (dt.date(2023, 1, 1), dt.date(2024, 12, 31))
    assert window(dt.date(2024, 3, 11), 2, 7, known) == Window(
        dt.date(2023, 9, 9), dt.date(2024, 3, 8), dt.date(2024, 3, 18), dt.date(2024, 9, 15)
    )
    short = window(dt.date(2024, 3, 11), 0, 0, (dt.date(2024, 1, 1), dt.date(2024, 3, 31)))
    assert short == Window(dt.date(2024, 1, 1), dt.date(2024, 3, 10), dt.date(2024, 3, 11), dt.date(2024, 3, 31))
    assert len(short.days) == 91


# --------------------------------------------------------------------------- exposure


def test_cost_can_be_divided_by_a_driver_or_by_nothing(tmp_path: Path, planted: list[Row]) -> None:
    """The planted fall is found either way; a driver that nobody has is named."""
    asked = {"requests": '"driver:Requests"', "nothing": '"none"', "unknown": '"driver:clicks"'}
    text = "".join(experiment(id, exposure=e, controls='"other_services"') for id, e in asked.items())
    found = ask(tmp_path, planted, text)
    assert holds(found, "experiment.requests.effect", LESS)
    assert "cost ÷ requests of the day" in str(found["experiment.requests.effect"].method)
    assert experiment_views.outcome(page(tmp_path, "requests")[1]) == "cost per requests of what it touched"
    assert holds(found, "experiment.nothing.effect", LESS)
    assert found["experiment.nothing.effect.exposure"].value is None
    assert found["experiment.nothing.effect.exposure"].reason == "cost is not divided by anything"
    assert experiment_views.outcome(page(tmp_path, "nothing")[1]) == "cost of what it touched"
    for name in ("effect", "p_value", "saving_per_month"):
        assert found[f"experiment.unknown.{name}"].value is None
        assert "clicks" in str(found[f"experiment.unknown.{name}"].reason)
    assert verdict(found, "unknown")[0] == "cannot_tell"


@pytest.mark.parametrize("by", ["", "product_line"])
def test_counts_by_month_will_do(tmp_path: Path, planted: list[Row], by: str) -> None:
    """On a straight line from month to month; with counts of lines each has its own."""
    found = ask(tmp_path, planted, experiment(controls='"other_products"'), mau=counts(by))
    assert holds(found, "experiment.try.effect", LESS)
    assert verdict(found)[0] == "effect"
    assert "straight line" in str(found["experiment.try.effect"].method)
    # All lines are divided by the same count, which then makes no difference between them.
    assert (three(found, "experiment.try.effect.exposure")[2] == 0) == (by == "")


def test_a_months_answer_does_not_rest_on_later_months(
    tmp_path: Path, planted: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer of April is the same whether May is known or not, also with counts on a line to the next month."""
    rows = [one for one in since("2023-12", planted) if one["ServiceName"] == "Compute" and "search" in one["Tags"]]
    then = [one for one in rows if one["BillingPeriodStart"] < "2024-05"]
    mau = "".join(line for line in counts().splitlines(True) if not line.startswith("2024-05"))
    text = experiment(controls='"none"')  # controls would be divided by the same users
    monkeypatch.setenv("UNITCOST_CACHE", str(tmp_path / "store"))
    known = answer(tmp_path / "later", rows, text, month="2024-04", mau=counts())
    monkeypatch.setenv("UNITCOST_CACHE", str(tmp_path / "other store"))  # or the one would be told what the other was
    assert known == answer(tmp_path / "then", then, text, month="2024-04", mau=mau)
    assert known["experiment.try.effect"].value is not None


def test_counts_by_tier_or_without_days_are_not_enough(tmp_path: Path, planted: list[Row]) -> None:
    """Tiers are not added up, and counts of a month have no driver by day."""
    tiers = answer(tmp_path / "tiers", planted, experiment(), mau=counts("tier"))
    assert tiers["experiment.try.effect"].value is None
    assert "tiers" in str(tiers["experiment.try.effect"].reason)
    days = answer(tmp_path / "days", planted, experiment(exposure='"driver:requests"'), mau=counts())
    assert "counts by month" in str(days["experiment.try.effect"].reason)


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
    step = Step(-0.1, -0.2, -0.01, 0.95, p, 0.1, 0.0, "step")
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


# --------------------------------------------------------------------------- users by day


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_users_of_28_days_are_counted_as_sets(tmp_path: Path, seed: int) -> None:
    """Against sets in plain Python: rare and frequent users, lines that overlap, days without anybody, doubled rows
    and users who are never counted."""
    chance = random.Random(seed)
    days = [dt.date(2024, 1, 1) + number * DAY for number in range(91)]
    seen: dict[tuple[str, dt.date], set[str]] = {}
    amounts: dict[tuple[str, dt.date], int] = {}
    lines = []
    for user in range(12):
        for day in days:
            if chance.random() < 0.02 * (1 + user % 3) and day.day not in (7, 8):
                line, times = chance.choice(["web", "search"]), chance.choice([1, 1, 2])
                lines += [f"{day},u{user},{line},{user + 1},false"] * times
                seen.setdefault((line, day), set()).add(f"u{user}")
                amounts[line, day] = amounts.get((line, day), 0) + times * (user + 1)
    lines += [f"{day},tester,web,1000,true" for day in days]
    chance.shuffle(lines)
    head = "date,user_id,product_line,clicks,is_internal\n"
    path = write(tmp_path, [row(days[0], "1", ServiceName="A")], "")
    (tmp_path / "activity.csv").unlink()
    (tmp_path / "activity").mkdir()
    for number in range(3):
        (tmp_path / "activity" / f"{number}.csv").write_text(head + "\n".join(lines[number::3]) + "\n")
    path.write_text(path.read_text().replace("activity.csv", "activity/*.csv"))
    sets = open_company(path).marts.user_sets
    months = ["2024-01", "2024-02", "2024-03"]
    found, sums = active_users(sets, months), used(sets, months, "clicks")
    assert sums is not None
    assert set(found) == {None, "search", "web"}
    for line, by_day in found.items():
        for day, number in by_day.items():
            within = (users for (own, at), users in seen.items() if line in (None, own) and 0 <= (day - at).days < 28)
            assert number == len(set().union(*within)), (line, day)
    assert min(found[None]) == min(day for _, day in seen)
    assert max(found[None]) == max(day for _, day in seen)
    assert {day: int(n) for day, n in sums["web"].items()} == {d: n for (own, d), n in amounts.items() if own == "web"}
    # What January was is not known to February alone.
    first = min(day for _, day in seen if day.month == 2)
    alone = set().union(*(users for (_, at), users in seen.items() if at == first))
    assert active_users(sets, ["2024-02"])[None][first] == len(alone)


def test_days_after_a_month_without_activity_are_not_compared(tmp_path: Path, planted: list[Row]) -> None:
    """Users of 28 days are not known again before 28 days have gone by; a count too low would look like a rise."""
    path = write(tmp_path, planted, experiment())
    text = (tmp_path / "activity.csv").read_text().splitlines(keepends=True)
    (tmp_path / "activity.csv").write_text("".join(line for line in text if not line.startswith("2023-11")))
    found = told(open_company(path))
    assert holds(found, "experiment.try.effect", LESS)
    # November has 30 days, and the first 27 of December are too early.
    assert page(tmp_path)[1].result.left_out == page_left_out(tmp_path / "whole", planted) + 30 + 27


def page_left_out(folder: Path, rows: Sequence[Row]) -> int:
    write(folder, rows, experiment())
    return page(folder)[1].result.left_out
