"""Conversion and its doubt: against simulated truth, against lifelines, and refused where the data do not tell."""

from __future__ import annotations

import time
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from lifelines import KaplanMeierFitter, MixtureCureFitter, WeibullFitter

from unitcost.analyses.freemium.estimates import cohort, conversion, ledger, lifetime
from unitcost.analyses.freemium.estimates.bootstrap import Draw, draws, interval
from unitcost.analyses.freemium.estimates.conversion import Cure

Array = np.ndarray[Any, Any]
SHARE, SCALE, SHAPE = 0.05, 60.0, 0.9


def sign_ups(seed: int, count: int = 20_000, longest: int = 720) -> tuple[Array, Array, Array]:
    """Return (days until conversion or censoring, converted, age) of sign-ups spread evenly over `longest` days."""
    rng = np.random.default_rng(seed)
    delay = np.where(rng.random(count) < SHARE, SCALE * rng.weibull(SHAPE, count), np.inf)
    age = rng.integers(0, longest, count)
    day = np.maximum(np.ceil(delay), 1)
    happened = day <= age
    return np.where(happened, day, age).astype(int), happened, age


def fitted(seed: int, **shape: int) -> Cure | str:
    days, happened, age = sign_ups(seed, **shape)
    return conversion.judged(conversion.fit(days, happened), days, happened, age)


def held(seeds: range) -> float:
    """Return how often the interval holds the truth."""
    found = [fitted(seed) for seed in seeds]
    assert all(isinstance(one, Cure) for one in found)
    return sum(one.low <= SHARE <= one.high for one in found if isinstance(one, Cure)) / len(found)


def test_the_interval_holds_the_truth_in_most_of_a_few_cohorts() -> None:
    """20,000 sign-ups each, most of them followed for less than a year."""
    assert held(range(12)) >= 10 / 12


@pytest.mark.long
def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """95 % of 400 cohorts, give or take two standard errors of that count."""
    assert 0.93 <= held(range(400)) <= 0.972


def test_truth_comes_out_of_a_large_cohort() -> None:
    """π, λ and k are those of the simulation, days being whole."""
    found = fitted(1, count=400_000)
    assert isinstance(found, Cure)
    assert found.share == pytest.approx(SHARE, rel=0.02)
    assert found.scale == pytest.approx(SCALE, rel=0.03)
    assert found.shape == pytest.approx(SHAPE, rel=0.03)


def test_kaplan_meier_is_that_of_lifelines() -> None:
    """To the ninth digit on every day, ties and censoring on days of events among them; the number at risk too."""
    days, happened, _ = sign_ups(3, count=3_000, longest=200)
    asked = tuple(range(0, 200, 7))
    found = conversion.curve(days, happened, asked)
    other = KaplanMeierFitter().fit(days, happened)
    assert found.share == pytest.approx([1 - float(other.predict(day)) for day in asked], abs=1e-9)
    assert found.at_risk == tuple(int((days >= day).sum()) for day in asked)
    table = other.confidence_interval_
    for place, day in enumerate(asked):
        low, high = table.loc[:day].iloc[-1]
        if 0 < found.share[place] < 1:
            assert (found.low[place], found.high[place]) == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_the_model_is_that_of_lifelines() -> None:
    """Where delays take thousands of days, the probability of a day is as good as the density in its middle."""
    rng = np.random.default_rng(5)
    delay = np.where(rng.random(1_500) < 0.2, np.ceil(100 * SCALE * rng.weibull(SHAPE, 1_500)), np.inf)
    age = rng.integers(1, 50_000, 1_500)
    happened = delay <= age
    days = np.where(happened, delay, age).astype(int)
    found = conversion.fit(days, happened)
    assert isinstance(found, Cure)
    other = MixtureCureFitter(base_fitter=WeibullFitter())
    other.fit_right_censoring(np.where(happened, days - 0.5, days), happened)
    assert 1 - other.cured_fraction_ == pytest.approx(found.share, rel=1e-3)
    assert other.lambda_ == pytest.approx(found.scale, rel=1e-2)
    assert other.rho_ == pytest.approx(found.shape, rel=1e-2)


@pytest.mark.parametrize(("events", "trials", "low", "high"), [(5, 100, 0.02154, 0.11175), (0, 50, 0, 0.07135)])
def test_wilson(events: int, trials: int, low: float, high: float) -> None:
    """Published intervals."""
    assert conversion.wilson(events, trials) == pytest.approx((low, high), abs=6e-6)


def test_three_cases_in_which_the_lifetime_share_is_not_told() -> None:
    """Nobody converted; followed too briefly; still rising at a steady rate."""
    ages = np.arange(1, 1001)
    nobody = np.zeros(1000, dtype=bool)
    assert conversion.judged(conversion.fit(ages, nobody), ages, nobody, ages) == conversion.NONE_CONVERTED
    brief = fitted(2, longest=60)
    assert isinstance(brief, str)
    assert "followed for 5" in brief or brief == conversion.NO_PLATEAU
    rng = np.random.default_rng(4)
    day, age = np.ceil(rng.exponential(2_000, 20_000)), rng.integers(0, 700, 20_000)
    happened = day <= age
    days = np.where(happened, day, age).astype(int)
    steady = conversion.judged(conversion.fit(days, happened), days, happened, age)
    assert isinstance(steady, str)


def test_a_median_delay_of_half_the_follow_up_is_the_least() -> None:
    """Whose conversions take long is not judged by those who were quick."""
    days, happened, age = sign_ups(2)
    slow = Cure(0.05, 0.04, 0.06, 400, 1, 400.0, 0)
    refused = conversion.judged(slow, days, happened, age)
    assert isinstance(refused, str)
    assert "twice the 400 days" in refused


def test_cohort_with_twelve_free_months_worked_by_hand() -> None:
    """3 × 12 = 36 spent on each sign-up; 36 ÷ 1,250 = 2.880 % break even; 5 % of 1,250 is 62.50, 0.736 more than 36."""
    assert cohort.break_even_conversion(3, 12, 1250) == pytest.approx(0.0288)
    assert cohort.return_on_free(0.05, 1250, 3, 12) == pytest.approx(0.7361111)
    assert cohort.break_even_conversion(0.30, 12, 1000) == pytest.approx(0.0036)


def test_lifetime_of_constant_churn() -> None:
    """Margin 40: at 3 % churn and 1 % a month 1,010.00, at 5 % 673.33; over a horizon nobody reaches the end of."""
    for churn, worth in ((0.03, 1010.0), (0.05, 40 / (1 - 0.95 / 1.01))):
        shares = [(1 - churn) ** month for month in range(2_000)]
        assert 40 * lifetime.discounted(shares, 1.01**12 - 1) == pytest.approx(worth, abs=0.005)


def test_what_is_not_seen_of_payers_is_bounded_not_made_up() -> None:
    """Half of the payers left after a month, the others are seen for two: 1 + 0.5, and at most 0.5 more a month."""
    days, ended = np.array([31] * 10 + [61] * 10), np.array([True] * 10 + [False] * 10)
    found = lifetime.lifetime(days, ended, 0.0, 12)
    assert isinstance(found, lifetime.Lifetime)
    assert found.survival == pytest.approx((1, 1, 0.5))
    assert (found.factor, found.ceiling) == pytest.approx((2.5, 2.5 + 9 * 0.5))


def test_churn_is_constant_only_where_it_is() -> None:
    """Exponential spells have one rate, early leavers among loyal ones do not."""
    rng = np.random.default_rng(1)
    spells, seen = np.ceil(rng.exponential(300, 5_000)), rng.integers(30, 900, 5_000)
    found = lifetime.constant_churn(np.minimum(spells, seen), spells <= seen)
    assert found == pytest.approx(1 - np.exp(-30.4375 / 300), rel=0.05)
    mixed = np.where(rng.random(5_000) < 0.5, np.ceil(rng.exponential(30, 5_000)), 2_000)
    assert lifetime.constant_churn(np.minimum(mixed, seen), mixed <= seen) is None


def test_months_on_free_by_age_worked_by_hand() -> None:
    """Ten sign-ups two months ago, twenty one month ago, thirty now; activity of last month is missing."""
    cohorts, use = {2: 10, 1: 20, 0: 30}, [(2, 0, 8.0), (2, 2, 2.0), (1, 1, 6.0), (0, 0, 27.0)]
    found = lifetime.free_time(cohorts, use, {0, 2}, 60)
    assert isinstance(found, lifetime.FreeTime)
    # Age 0: (8 + 27) ÷ 40; age 1: 6 ÷ 20; age 2: 2 ÷ 10.
    assert found.by_age == pytest.approx((0.875, 0.3, 0.2))
    assert found.seen == (40, 20, 10)
    assert lifetime.free_time(cohorts, use, {1}, 60) == lifetime.free_time(cohorts, use, {1}, 60)
    assert lifetime.free_time({}, [], {0}, 60) == lifetime.NO_AGE


def population(seed: int, count: int) -> dict[str, Array]:
    """Return users as columns: sign-ups on free, of whom some convert, pay 50 and leave at a constant rate."""
    days, happened, age = sign_ups(seed, count)
    rng = np.random.default_rng(seed + 10_000)
    spell = np.ceil(rng.exponential(400, count)).astype(int)
    since = age - days + 1
    paid = np.where(happened, np.minimum(spell, since), -1)
    paying = happened & (spell >= since)
    months = rng.poisson(np.minimum(age // 30 + 1, 6)).astype(float)
    return {
        "began_free": np.ones(count, dtype=bool), "months": age // 30, "followed": age,
        "delay": np.where(happened, days, -1), "paid_days": paid, "paying": paying, "free_months": months,
        "month_days": np.where(paying, 30, 0), "paid_value": np.where(paying, 1500.0, 0.0),
    }  # fmt: skip


def drawn(columns: dict[str, Array]) -> tuple[list[Draw], Cure]:
    happened = columns["delay"] >= 0
    days = np.where(happened, columns["delay"], columns["followed"])
    rate = conversion.judged(conversion.fit(days, happened), days, happened, columns["followed"])
    paid = columns["paid_days"] >= 0
    life = lifetime.lifetime(columns["paid_days"][paid], ~columns["paying"][paid], 0.1, 60)
    since, counts = np.unique(columns["months"], return_counts=True)
    months = [(int(m), int(m), float(columns["free_months"][columns["months"] == m].sum())) for m in since]
    free = lifetime.free_time(dict(zip(map(int, since), map(int, counts), strict=True)), months, set(range(99)), 60)
    assert isinstance(rate, Cure)
    assert isinstance(life, lifetime.Lifetime)
    assert isinstance(free, lifetime.FreeTime)
    return draws(columns, rate, free, life, 0.1), rate


def test_draws_are_the_same_each_time_and_agree_with_the_model() -> None:
    """The spread of the drawn conversion is that of maximum likelihood, and means are the estimates."""
    columns = population(1, 20_000)
    found, rate = drawn(columns)
    again, _ = drawn({name: column.copy() for name, column in columns.items()})
    assert found == again
    low, high = interval([draw.conversion for draw in found])
    assert low == pytest.approx(rate.low, rel=0.02)
    assert high == pytest.approx(rate.high, rel=0.02)
    assert np.mean([draw.price for draw in found]) == pytest.approx(1, abs=1e-3)


def test_draws_over_many_users_take_seconds_at_most() -> None:
    """100,000 users, 1,000 draws: 3 seconds of processor time."""
    columns = population(2, 100_000)
    drawn(population(3, 5_000))
    began = time.process_time()
    drawn(columns)
    assert time.process_time() - began < 3


def test_roi_with_other_cogs_and_usage_alone() -> None:
    """50 − 2 − 8 left for 10 months; 5 % of 400 against 2 × 5 free months, or against 1 × 5 of usage alone."""
    costs = ledger.TierCosts({"free": 2 * 10**20, "paid": 2 * 10**19}, {}, {"free": 10**20, "paid": 2 * 10**19}, 0)
    sales = ledger.Sales(50 * 10**18 * 300, 300, 30, 1)
    months = {"free": Fraction(100), "paid": Fraction(10)}
    facts = ledger.Ledger(costs, sales, 110, 10, months, other_cogs=8)  # type: ignore[arg-type]
    life = lifetime.Lifetime((1.0,) * 10, 10.0, 12.0, 10, None)
    free = lifetime.FreeTime((1.0,) * 5, (9,) * 5)
    lives = cohort.Estimates(Cure(0.05, 0.04, 0.06, 1, 1, 1, 9), {}, life, free)
    assert cohort.Cohort(facts, lives).ltv().value == pytest.approx(400)
    assert cohort.Cohort(facts, lives).roi().value == pytest.approx(1.0)
    assert cohort.Cohort(facts, lives, usage=True).roi().value == pytest.approx(3.0)
