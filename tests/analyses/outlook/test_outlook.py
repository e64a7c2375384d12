"""The forecast: published anchors, intervals that hold what they promise, and histories that are no textbook's."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from material.histories import ahead, noisy
from material.places import ROOT
from material.simulated_companies import KINDS, USUAL, Made, covered, months
from statsmodels.tsa.holtwinters import ExponentialSmoothing

from unitcost.analyses.outlook.estimates import backtest, intervals, joint, models, sarima, smoothing, spread
from unitcost.analyses.outlook.estimates.events import Event
from unitcost.analyses.outlook.estimates.forecast import (
    MEASURES,
    TOO_SHORT,
    TOO_WIDE,
    forecast,
    forecast_findings,
    target_gap,
)
from unitcost.analyses.outlook.estimates.history import history
from unitcost.numbers.estimate import Estimate
from unitcost.numbers.months import month_after

# Monthly totals of international airline passengers, thousands, 1949 to 1960 (Box and Jenkins 1976, series G).
SERIES_G = """\
112 118 132 129 121 135 148 148 136 119 104 118 115 126 141 135 125 149 170 170 158 133 114 140
145 150 178 163 172 178 199 199 184 162 146 166 171 180 193 181 183 218 230 242 209 191 172 194
196 196 236 235 229 243 264 272 237 211 180 201 204 188 235 227 234 264 302 293 259 229 203 229
242 233 267 269 270 315 364 347 312 274 237 278 284 277 317 313 318 374 413 405 355 306 271 306
315 301 356 348 355 422 465 467 404 347 305 336 340 318 362 348 363 435 491 505 404 359 310 337
360 342 406 396 420 472 548 559 463 407 362 405 417 391 419 461 472 535 622 606 508 461 390 432"""
PASSENGERS = np.array(SERIES_G.split(), dtype=float)


# Published anchors


def test_sarima_is_that_of_the_textbook() -> None:
    """R's arima on log(AirPassengers): ma −0.4018, sma −0.5569, log-likelihood 244.70, AIC −483.40."""
    fit = sarima.airline(np.log(PASSENGERS), 12)
    assert fit is not None
    assert fit.ma == pytest.approx((-0.4018, -0.5569), abs=3e-4)
    assert fit.log_likelihood == pytest.approx(244.70, abs=0.01)
    assert fit.aic == pytest.approx(-483.40, abs=0.02)


def test_the_models_together_beat_the_seasonal_naive_on_the_last_year_of_passengers() -> None:
    """MASE below 1, where the seasonal naive has 1.571 and a mean error of 9.99 %."""
    known, held_out = PASSENGERS[:-12], PASSENGERS[-12:]
    scale = np.abs(known[12:] - known[:-12]).mean()
    naive = known[-12:]
    assert np.abs(naive - held_out).mean() / scale == pytest.approx(1.571, abs=0.001)
    assert (np.abs(naive - held_out) / held_out).mean() == pytest.approx(0.0999, abs=0.0001)
    said = models.forecasts([np.log(known)], 12)[0]
    assert tuple(sorted(said)) == tuple(sorted(models.names_for(132)))
    mase = np.abs(np.exp(models.together(said, math.log(known[-1]))) - held_out).mean() / scale
    assert mase < 1.0


def test_smoothing_forecasts_as_statsmodels_does_with_the_same_parameters() -> None:
    """The grid's choice, given to an independent implementation with the same start, continues alike."""
    row = np.log(PASSENGERS[:40])
    ours = smoothing.damped([row], 12)[0]
    places = np.arange(12)
    slope, start = np.polyfit(places, row[:12], 1)
    best = None
    for alpha in smoothing.ALPHAS:
        for share in smoothing.BETAS:
            for phi in smoothing.PHIS:
                model = ExponentialSmoothing(
                    row, trend="add", damped_trend=True, initialization_method="known",
                    initial_level=start - slope, initial_trend=slope,
                )  # fmt: skip
                fit = model.fit(smoothing_level=alpha, smoothing_trend=alpha * share, damping_trend=phi,
                                optimized=False)  # fmt: skip
                if best is None or fit.sse < best[0]:
                    best = (fit.sse, np.asarray(fit.forecast(12)))
    assert best is not None
    assert ours == pytest.approx(best[1], abs=1e-9)


# Intervals


def test_a_conformal_interval_needs_so_many_errors() -> None:
    """n = 9 at 90 % is the largest error, n = 8 has none; 80 % needs 4, 95 % needs 19."""
    errors = np.array([1.0, -2, 3, -4, 5, -6, 7, -8, 9])
    assert intervals.conformal(errors, 0.9) == 9
    assert math.isinf(intervals.conformal(errors[:8], 0.9))
    assert intervals.conformal(errors[:4], 0.8) == 4
    assert math.isinf(intervals.conformal(errors[:3], 0.8))
    assert math.isinf(intervals.conformal(np.arange(1.0, 19), 0.95))
    assert intervals.conformal(np.arange(1.0, 20), 0.95) == 19
    # Of 9 errors at 80 % the 8th.
    assert intervals.conformal(errors, 0.8) == 8


def test_a_random_walk_widens_with_the_square_root_of_the_horizon() -> None:
    """σ = 1, 12 ahead: 1.2816 × √12 = 4.44, from many origins of a long walk with a naive forecast."""
    walk = np.random.default_rng(7).normal(size=20_000).cumsum()
    errors = np.array([walk[place + 1 : place + 13] - walk[place] for place in range(len(walk) - 13)])
    found = intervals.widths(errors, 1.2816 * np.sqrt(np.arange(1, 13)))
    assert found is not None
    assert found.half[11] == pytest.approx(4.44, rel=0.05)
    few = intervals.widths(np.vstack([errors[:1], np.full((1, 12), np.nan)]), None)
    assert few is not None
    assert few.counts == (0,) * 12
    assert few.half[0] == pytest.approx(3.078 * abs(errors[0, 0]))
    assert few.half[11] == pytest.approx(few.half[0] * math.sqrt(12))


def test_errors_and_parametric_widths_meet_half_way() -> None:
    """Four errors of 4 where 1 is expected: 2, the geometric mean; of 12 far out 4 count, h of them as one."""
    spread = np.ones(12)
    errors = np.full((4, 12), np.nan)
    errors[:, 0] = 4, -4, 4, -4
    assert intervals.widths(errors[:3], spread) == (pytest.approx(spread), (0,) * 12)
    found = intervals.widths(errors, spread)
    assert found is not None
    assert found.half == pytest.approx(np.full(12, 2.0))
    assert found.counts == (4, *(0,) * 11)
    # Of 4 errors of 1 and 4 of 9 that count half, 80 % of (6 + 1) is 5.6: a 9.
    errors[:, 0], errors[:, 1] = 1, 9
    found = intervals.widths(errors, spread)
    assert found is not None
    assert found.half[:2] == pytest.approx([1.0, 3.0])
    # Never a mistake so far: half of what is expected, not nothing.
    assert intervals.widths(np.zeros((9, 12)), spread) == (pytest.approx(spread / 2), (9,) * 12)


def test_widths_never_shrink_with_the_horizon() -> None:
    """Neighbours out of order share their mean."""
    found = intervals.widths(np.full((1, 4), np.nan), np.array([1.0, 3.0, 2.0, 4.0]))
    assert found is not None
    assert found.half.tolist() == [1.0, 2.5, 2.5, 4.0]


def test_the_spread_of_a_ratio_follows_the_correlation() -> None:
    """Cost 100 ± 10 %, users 10 ± 10 %: with correlation 1 the ratio stands still, with 0 it spreads by 14.1 %."""
    users, cost, spread = np.array([10.0]), np.array([100.0]), np.array([0.1])
    one = joint.together(users, cost, spread, spread, np.array([1.0]))
    assert np.log(one.per_user).std() == pytest.approx(0, abs=1e-12)
    none = joint.together(users, cost, spread, spread, np.array([0.0]))
    assert np.log(none.per_user).std() == pytest.approx(0.1414, rel=0.01)
    # And back: the spreads say which correlation it was.
    shared = joint.correlation(spread, spread, np.array([0.1 * math.sqrt(2)]))
    assert shared == pytest.approx(0, abs=1e-12)


# Ways of moving


def test_a_rest_that_forgets_is_the_textbook_s_regression() -> None:
    """Forecast, sum of squares and variance of a least-squares line: 1 + 1/n + (x − mean)² ÷ Σ(x − mean)²."""
    y, x = np.log(PASSENGERS[:20]), np.arange(20.0)
    line = np.column_stack([np.ones(32), np.arange(32) - x.mean()])
    found = spread._conditioned(np.eye(32)[None], line, 20, np.zeros(1))
    slope, start = np.polyfit(x, y, 1)
    ahead_of = np.arange(20.0, 32)
    assert found.ahead[0] @ y == pytest.approx(start + slope * ahead_of)
    assert y @ found.misfit[0] @ y == pytest.approx(((y - start - slope * x) ** 2).sum())
    assert found.variance[0] == pytest.approx(1 + 1 / 20 + (ahead_of - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum())


def test_a_rest_that_wanders_is_a_random_walk_with_drift() -> None:
    """It goes on with the mean step, and after h of them its variance is h + h² ÷ (n − 1)."""
    y, place, steps = np.log(PASSENGERS[:20]), np.arange(1.0, 33), np.arange(1.0, 13)
    line = np.column_stack([np.ones(32), place])
    found = spread._conditioned(np.minimum.outer(place, place)[None], line, 20, np.zeros(1))
    assert found.ahead[0] @ y == pytest.approx(y[-1] + steps * (y[-1] - y[0]) / 19)
    assert found.variance[0] == pytest.approx(steps + steps**2 / 19)


def test_what_wanders_gets_a_wider_year_than_what_forgets() -> None:
    """Forty months of each, ten times: after twelve months the one is far wider than after one, the other hardly."""
    chance, grown = np.random.default_rng(11), {"wanders": [], "forgets": []}
    for _ in range(10):
        noise = chance.normal(0, 0.05, 40)
        for name, row in (("forgets", noise), ("wanders", noise.cumsum())):
            centre = np.full(12, row[-1] if name == "wanders" else row.mean())
            half = spread.half_widths(row, centre)
            assert half is not None
            grown[name].append(half[11] / half[0])
    assert np.median(grown["wanders"]) > 2.2
    assert np.median(grown["forgets"]) < 1.4


def test_a_month_that_is_not_known_is_no_evidence() -> None:
    """Filling a hole with a straight line would make the past look calmer than it was."""
    row = np.random.default_rng(3).normal(0, 0.05, 24)
    holes = row.copy()
    holes[2:22:2] = np.nan
    filled = np.interp(np.arange(24), np.flatnonzero(~np.isnan(holes)), holes[~np.isnan(holes)])
    with_holes, invented = (spread.half_widths(one, np.full(12, 0.0)) for one in (holes, filled))
    assert with_holes is not None
    assert invented is not None
    assert with_holes[0] > invented[0]
    assert spread.half_widths(np.array([1.0, np.nan, 2.0]), np.zeros(12)) is None


def test_a_straight_line_has_no_width_and_a_forecast_beside_it_has() -> None:
    """Growth of 2 % a month for ever: only what the forecast differs by is its error."""
    row, ahead_of = 0.02 * np.arange(30), 0.02 * np.arange(30, 42)
    assert spread.half_widths(row, ahead_of) == pytest.approx(np.zeros(12), abs=1e-6)
    beside = spread.half_widths(row, ahead_of + 0.1)
    assert beside == pytest.approx(np.full(12, 0.1 * spread.t80(28)), rel=1e-3)


def test_students_t_is_that_of_the_tables() -> None:
    """Two-sided 80 %: 3.078 for 1 degree of freedom, 1.372 for 10, 1.325 for 20, 1.310 for 30, 1.296 for 60."""
    for freedom, value in ((1, 3.078), (10, 1.372), (20, 1.325), (30, 1.310), (60, 1.296)):
        assert spread.t80(freedom) == pytest.approx(value, abs=6e-4)


# Histories


def test_methods_follow_the_length_of_the_history() -> None:
    """Naive and drift below a year, smoothing from 12 months, seasons from 24, SARIMA from 36."""
    expected = {
        8: "naive, drift",
        14: "damped ETS, Theta",
        26: "damped ETS, Theta, seasonal naive with drift, seasonal ETS",
        40: "damped ETS, Theta, seasonal naive with drift, seasonal ETS, SARIMA(0,1,1)(0,1,1)",
    }
    for length, names in expected.items():
        found = forecast_findings(ahead(noisy(3)[:length]), "USD")
        method = found[f"forecast.mau.{month_after(noisy(3)[length - 1].month)}"].method
        assert f"{names} over {length} months" in method
        assert ("too short a history" in method) == (length < 12)


@pytest.mark.parametrize("length", [1, 2, 3, 8, 14, 26, 40])
@pytest.mark.parametrize(
    "made",
    [
        lambda _: (100, 500.0, 50.0),
        lambda i: (int(100 * 3**i), 100.0 * 2**i, 0.0),
        lambda i: (100, -5.0 if i == 3 else 100.0 + i, 0.0),
        lambda i: (0 if i % 3 == 0 else 50, 100.0, 10.0),
        lambda i: (4, 10.0 + i % 2, 0.0),
        lambda i: (100, 1000.0 if i % 12 == 0 else 110.0, 900.0 if i % 12 == 0 else 10.0),
        lambda i: (100, 110.0, -20.0 if i % 5 == 0 else 10.0),
        lambda i: (None, 100.0 + i, 0.0),
        lambda _: (100, 0.0, 0.0),
        lambda i: (100 + i, 50.0, 50.0),
    ],
    ids=["constant", "steep", "refund", "no-users", "four", "lumpy", "negative-fixed", "unknown", "free", "all-fixed"],
)  # fmt: skip
def test_every_month_ahead_has_an_ordered_interval_or_a_reason(made: Made, length: int) -> None:
    """Twelve months of three measures whatever the history, never below 0, and cost ÷ users is cost per user."""
    found = ahead(months(length, made))
    findings = forecast_findings(found, "USD")
    assert len(findings) == 36
    for one in findings.values():
        if one.value is None:
            assert one.reason
            continue
        assert isinstance(one.value, Decimal)
        assert one.low is not None
        assert one.high is not None
        assert 0 <= one.low <= one.value <= one.high < 100 * one.value + 1
    for month in found.months:
        unit, cost, users = (findings[f"forecast.{name}.{month}"].value for name in MEASURES)
        if isinstance(unit, Decimal) and isinstance(cost, Decimal) and isinstance(users, Decimal):
            assert unit == pytest.approx(cost / users, rel=Decimal("1e-10"), abs=Decimal("1e-12"))


def test_a_constant_company_stays_as_it_is() -> None:
    """No width, and no error to measure one by."""
    found = ahead(months(26, lambda _: (100, 500.0, 50.0)))
    for name, value in (("cost_per_user", 5), ("scope_cost", 500), ("mau", 100)):
        assert {(c.value, c.low, c.high) for c in found.values[name] if c} == {(value, value, value)}
    assert found.scores["cost_per_user"][0].mase is None


def test_one_month_and_a_jump_are_no_forecast() -> None:
    """The reason is said."""
    assert set(ahead(months(1, lambda _: (100, 500.0, 0.0))).reasons["mau"]) == {TOO_SHORT}
    found = ahead(months(2, lambda i: (100 if i else 10_000, 500.0, 0.0)))
    assert found.reasons["mau"][-1] == TOO_WIDE


def test_few_users_have_no_cost_per_user_ahead() -> None:
    """Four users of the twenty that a unit cost needs; cost and users are forecast all the same."""
    found = ahead(months(14, lambda _: (4, 10.0, 0.0)), min_users=20)
    assert "4 of the 20 users" in found.reasons["cost_per_user"][0]
    assert found.values["scope_cost"][0] is not None


def test_users_are_forecast_where_only_one_month_has_a_cost() -> None:
    """A refund in the other month: users move, and of cost there is nothing to compare."""
    found = ahead(months(2, lambda i: (100 + i, 500.0 if i == 0 else -5.0, 0.0)))
    assert found.values["mau"][0] is not None
    assert set(found.reasons["scope_cost"]) == set(found.reasons["cost_per_user"]) == {TOO_SHORT}


def test_holes_are_bridged_and_not_judged() -> None:
    """A month without data in the middle: said, and no error counts for it."""
    rows = [row for row in months(20, lambda i: (100 + i, 500.0 + i, 0.0)) if row.month != "2022-01"]
    found = ahead(rows)
    past = history(rows)
    assert past is not None
    assert (found.length, found.holes) == (20, 1)
    errors = backtest.backtest(past).errors["users"]
    assert np.isnan(errors[2, 0])  # known until 2021-12, one ahead


def test_only_what_was_known_counts() -> None:
    """Later months change nothing, and neither do the origins' forecasts of the backtest."""
    rows = noisy(5)
    short, whole = ahead(rows[:30]), forecast(rows, month=rows[29].month, min_users=1, targets={})
    assert short == whole
    past, longer = history(rows[:30]), history(rows[:34])
    assert past is not None
    assert longer is not None
    of_30, of_34 = backtest.backtest(past), backtest.backtest(longer)
    common = of_30.errors["cost"]
    seen = ~np.isnan(common)
    assert of_34.errors["cost"][: len(common)][seen] == pytest.approx(common[seen], abs=1e-12)


def test_the_same_history_gives_the_same_bytes_in_any_process() -> None:
    """Whatever hash seed and number of threads."""
    code = (
        "import sys; sys.path.insert(0, 'tests'); from material.histories import ahead, noisy;"
        "from unitcost.analyses.outlook.estimates.forecast import forecast_findings as f;"
        "print({k: e.as_json() for k, e in f(ahead(noisy(9)), 'USD').items()})"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed, "OMP_NUM_THREADS": seed, "OPENBLAS_NUM_THREADS": seed},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(said) == 1


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(-100, 10_000), st.integers(-50, 500)), min_size=1, max_size=15)
)
@settings(max_examples=60, deadline=None)
def test_any_history_ends_in_numbers_or_reasons(rows: list[tuple[int, int, int]]) -> None:
    """Whatever users and cost: an ordered interval or a reason."""
    found = ahead(months(len(rows), lambda i: (rows[i][0], float(rows[i][1]), float(rows[i][2]))))
    for one in forecast_findings(found, "USD").values():
        known = isinstance(one.value, Decimal) and one.low is not None and one.high is not None
        assert known and 0 <= one.low <= one.value <= one.high if one.value is not None else one.reason  # type: ignore[operator]


# Events and targets


def test_a_known_price_change_is_counted_and_a_commitment_at_stake_is_not() -> None:
    """Prices 10 % up from the third month on; 40 a month dearer from the fifth; what may be renewed changes nothing."""
    rows = months(14, lambda _: (100, 600.0, 100.0))
    third, fifth = month_after(month_after(month_after(rows[-1].month))), "2022-07"
    events = [
        Event(third, "price rise", price=Decimal("1.1")),
        Event(fifth, "a fee", fixed=Decimal(40)),
        Event("2022-04", "a commitment ends", at_stake=Decimal(99)),
    ]
    cost = [cell.value for cell in ahead(rows, events=events).values["scope_cost"] if cell]
    assert [round(value, 6) for value in cost[:6]] == [600, 600, 650, 650, 690, 690]
    assert [event.is_counted for event in events] == [True, True, False]


def test_the_gap_to_the_target_is_that_of_the_month_or_the_next() -> None:
    """3.95 against 3.90 is 0.05 above; without a target the reason is given."""
    now = Estimate(Decimal("3.95"), "USD/user")
    targets = {"2024-05": Decimal("3.90"), "2024-12": Decimal("3.40")}
    assert target_gap(now, "2024-05", targets, "USD").value == Decimal("0.05")
    assert target_gap(now, "2024-06", targets, "USD").value == Decimal("0.55")
    assert target_gap(now, "2025-01", targets, "USD").reason == "there is no target for 2025-01 or later"
    assert "no target is set" in str(target_gap(now, "2024-05", {}, "USD").reason)
    assert target_gap(Estimate(None, reason="few"), "2024-05", targets, "USD").reason == "few"


def test_a_target_is_met_with_the_probability_of_the_draws() -> None:
    """Far above what is expected it is certain, far below impossible, at the middle a coin's toss."""
    rows = noisy(2, 30)
    found = ahead(rows)
    middle = found.values["cost_per_user"][5]
    assert middle is not None
    month = found.months[5]
    met = [
        ahead(rows, targets={month: value}).aims[0].probability
        for value in (middle.value * 9, middle.value / 9, middle.value)
    ]
    assert met[:2] == [1, 0]
    assert float(met[2] or 0) == pytest.approx(0.5, abs=0.01)


# Coverage


def test_intervals_hold_about_what_they_promise() -> None:
    """Thirty companies of 36 months: 80 % intervals hold 72 to 88 % in the mean."""
    assert 0.72 <= covered(USUAL, 30, 36).mean() <= 0.88


def test_ranges_know_the_season_that_the_forecast_knows() -> None:
    """Of 26 months with a season: the origins of the first two years did not know it, and their errors say nothing."""
    assert 0.72 <= covered(["seasonal"], 40, 26).mean() <= 0.95


@pytest.mark.long
@pytest.mark.parametrize("length", [8, 14, 26, 40])
def test_intervals_hold_what_they_promise_at_every_horizon(length: int) -> None:
    """Two hundred companies: 72 to 88 % in the mean, and roughly so at each horizon."""
    shares = covered(USUAL, 200, length)
    assert 0.72 <= shares.mean() <= 0.88, json.dumps([round(float(s), 3) for s in shares])
    assert shares.min() >= 0.70
    assert shares.max() <= 0.90


@pytest.mark.long
@pytest.mark.parametrize("length", [26, 40])
@pytest.mark.parametrize("kind", KINDS)
def test_intervals_of_every_kind_of_company_hold(kind: str, length: int) -> None:
    """Sixty companies of a kind, also twelve months ahead: no kind is left far out."""
    shares = covered([kind], 60, length)
    assert 0.66 <= shares.mean() <= 0.95, json.dumps([round(float(s), 3) for s in shares])
    assert shares[-1] >= 0.62
