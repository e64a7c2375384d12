"""Experiments of a company: what was planted in its bills is found, what was not is not, and doubts are said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from material.trials import LESS, PLANTED, answer, ask, holds, page, three, verdict
from material.tried_company import (
    DAYS,
    FIRST,
    LAST,
    REGION,
    START,
    Bills,
    Change,
    Floats,
    Row,
    experiment,
    treated,
    wander,
)

from unitcost.analyses.experiments import views as experiment_views
from unitcost.analyses.experiments.estimates.daily import Daily, window
from unitcost.analyses.experiments.estimates.series import parts
from unitcost.analyses.experiments.estimates.trial import Result, TrialQuestion, try_out
from unitcost.numbers.book import Findings

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
    return try_out(TrialQuestion(days_of(bills, "search", *factors), controls, span, "decrease", 0.05, False, {}))


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
