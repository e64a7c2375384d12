"""Causal estimators: published results, an independent solver, invariances, and honest intervals."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from material.panels import Floats, a_step, panel_of, wandering
from material.places import SHARED_DATA
from scipy.optimize import minimize
from statsmodels.tsa.statespace.sarimax import SARIMAX

from unitcost.analyses.experiments.estimates.autoregression import regress
from unitcost.analyses.experiments.estimates.examination import Examination, Settings, examine
from unitcost.analyses.experiments.estimates.panel import Panel
from unitcost.analyses.experiments.estimates.series import benjamini_hochberg
from unitcost.analyses.experiments.estimates.simplex import simplex_weights
from unitcost.analyses.experiments.estimates.verdict import judge

DATA = SHARED_DATA


def published(name: str, separator: str, columns: tuple[str, str, str], treated: set[str], start: str) -> Panel:
    """A panel that comes with the data, read by csv alone."""
    path = DATA / name
    if not path.is_file():
        pytest.skip(f"no {name} beside the project")
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter=separator))
    unit, time, outcome = columns
    units, times = sorted({row[unit] for row in rows}), sorted({row[time] for row in rows})
    cells = {(row[unit], row[time]): float(row[outcome]) for row in rows}
    matrix = np.array([[cells[u, t] for t in times] for u in units])
    panel = panel_of(matrix, times.index(start), tuple(units.index(name) for name in treated))
    return replace(panel, units=tuple(units), times=tuple(times))


def california() -> Panel:
    return published(
        "prop99/data_california_prop99.csv", ";", ("State", "Year", "PacksPerCapita"), {"California"}, "1989"
    )


def small_panel(seed: int = 3) -> Panel:
    """Eight units with own levels and a common path, 24 times, change at 18."""
    chance = np.random.default_rng(seed)
    path = np.cumsum(chance.normal(0.2, 1, 24))
    return panel_of(wandering(seed, 8, 0.4, 24) + path + chance.normal(50, 5, (8, 1)), 18)


def test_california_comes_out_as_published() -> None:
    """Arkhangelsky et al. 2021, table 1, with weights and placebos of the method's own authors' data."""
    found = examine(california(), Settings(placebo_starts=(10,)))
    did, sc, sdid = (found.estimates[name] for name in ("did", "sc", "sdid"))
    assert did.estimate == pytest.approx(-27.349, abs=0.001)
    assert sc.estimate == pytest.approx(-19.62, abs=0.15)
    assert sdid.estimate == pytest.approx(-15.604, abs=0.01)
    assert did.se_placebo is not None and 17.3 < did.se_placebo < 17.6
    assert sc.se_placebo is not None and 10.5 < sc.se_placebo < 10.9
    assert sdid.se_placebo is not None and 9.2 < sdid.se_placebo < 9.6
    assert sdid.p_smallest == pytest.approx(1 / 39)
    assert did.time_weights is not None and sdid.time_weights is not None and sc.unit_weights is not None
    assert {t: round(w, 3) for t, w in sdid.time_weights.items() if w > 1e-3} == pytest.approx(
        {"1986": 0.366, "1987": 0.206, "1988": 0.427}, abs=0.003
    )
    largest = {"Nevada": 0.124, "New Hampshire": 0.105, "Connecticut": 0.078, "Delaware": 0.070, "Colorado": 0.058}
    assert sdid.unit_weights is not None
    assert {name: sdid.unit_weights[name] for name in largest} == pytest.approx(largest, abs=0.002)
    states = {"Utah": 0.396, "Montana": 0.232, "Nevada": 0.204, "Connecticut": 0.104, "New Hampshire": 0.045}
    assert {name: sc.unit_weights[name] for name in states} == pytest.approx(states, abs=0.0055)
    assert any("placebo in time" in text for text in did.warnings)
    assert not any("placebo in time" in text for text in sdid.warnings)


def test_geolift_comes_out_as_published() -> None:
    """Chicago and Portland enter as they are; their mean is explained."""
    columns = ("location", "date", "Y")
    panel = published("geolift/GeoLift_Test.csv", ",", columns, {"chicago", "portland"}, "2021-04-01")
    found = examine(panel).estimates
    assert found["did"].estimate == pytest.approx(255.08, abs=0.01)
    assert found["sc_demeaned"].estimate == pytest.approx(155.555, abs=0.01)
    assert found["sc_demeaned"].lift == pytest.approx(0.0542, abs=0.0001)
    assert found["sc_demeaned"].incremental == pytest.approx(4667, abs=1)


@pytest.mark.parametrize(("rows", "count"), [(20, 6), (6, 20), (30, 30), (2, 9)])
@pytest.mark.parametrize("ridge", [0.5, 0.01])
def test_weights_are_those_of_another_solver(rows: int, count: int, ridge: float) -> None:
    """Sequential quadratic programming from SciPy reaches no smaller value, and every weight satisfies the optimum."""
    chance = np.random.default_rng(rows * 100 + count)
    matrix, aim = chance.normal(0, 1, (rows, count)), chance.normal(0.3, 1, rows)

    def loss(w: Floats) -> float:
        return float(((matrix @ w - aim) ** 2).sum() + ridge**2 * (w * w).sum())

    def slope(w: Floats) -> Floats:
        return np.asarray(2 * matrix.T @ (matrix @ w - aim) + 2 * ridge**2 * w)

    other = minimize(
        loss,
        np.full(count, 1 / count),
        jac=slope,
        method="SLSQP",
        bounds=[(0, 1)] * count,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": np.ones_like},
        options={"ftol": 1e-14, "maxiter": 1000},
    )
    own = simplex_weights(matrix, aim, ridge)
    assert own.min() >= 0
    assert own.sum() == pytest.approx(1)
    assert loss(own) <= other.fun + 1e-9
    assert float(slope(own) @ own - slope(own).min()) < 1e-8


CHANGES: dict[str, tuple[Callable[[Floats], Floats], Callable[[float], float], tuple[str, ...]]] = {
    "levels": (lambda y: y + np.arange(8)[:, None] * 7.3, lambda e: e, ("did", "sc_demeaned", "sdid")),
    "trend": (lambda y: y + np.arange(24) * 0.9, lambda e: e, ("did", "sc_demeaned")),
    "scale": (lambda y: 3 * y, lambda e: 3 * e, ("did", "sc", "sc_demeaned", "sdid")),
    "effect": (lambda y: y + 7.5 * np.outer(np.arange(8) == 0, np.arange(24) >= 18), lambda e: e + 7.5, ("sdid", "sc")),
}


@pytest.mark.parametrize("name", CHANGES)
def test_estimates_move_as_they_must(name: str) -> None:
    """Levels and trends change nothing, scale scales, an added effect is added; the weights stay."""
    change, expected, estimators = CHANGES[name]
    panel = small_panel()
    before, after = examine(panel), examine(replace(panel, outcome=change(panel.outcome)))
    for estimator in (*estimators, "sdid"):
        old, new = before.estimates[estimator], after.estimates[estimator]
        assert old.estimate is not None
        assert new.estimate == pytest.approx(expected(old.estimate), abs=1e-6)
        assert new.unit_weights == pytest.approx(old.unit_weights, abs=1e-6)
        assert new.time_weights == pytest.approx(old.time_weights, abs=1e-6)


def test_the_likelihood_is_that_of_statsmodels() -> None:
    """Coefficients, φ and log-likelihood agree with an exact state-space fit."""
    for seed, phi in enumerate((0.0, 0.5, 0.8)):
        series = wandering(seed, 1, phi)[0] + 2 * (np.arange(100) >= 70)
        design = np.column_stack([np.ones(100), np.arange(100) >= 70])
        own = regress(series, design)
        other = SARIMAX(series, exog=design, order=(1, 0, 0)).fit(disp=False, maxiter=500, pgtol=1e-10, factr=10)
        assert own.log_likelihood == pytest.approx(other.llf, abs=1e-6)
        assert own.phi == pytest.approx(other.params[2], abs=1e-4)
        assert own.coefficients == pytest.approx(other.params[:2], abs=1e-3)


def alone(seed: int, phi: float, effect: float) -> Examination:
    """A single series of 100 points with a trending covariate, change at 71."""
    covariate = 100 + np.cumsum(np.random.default_rng(seed + 10_000).normal(0.1, 1, 100))
    series = 1.2 * covariate + wandering(seed, 1, phi)[0] + effect * (np.arange(100) >= 70)
    return examine(panel_of(series[None], 70, covariates=covariate[None, None]))


def among_ten(seed: int, phi: float, effect: float) -> Examination:
    """A treated unit and ten controls on a common path."""
    chance = np.random.default_rng(seed + 20_000)
    outcome = wandering(seed, 11, phi) + np.cumsum(chance.normal(0.1, 1, 100)) + chance.normal(100, 5, (11, 1))
    outcome[0, 70:] += effect
    return examine(panel_of(outcome, 70))


def honest(draw: Callable[[int, float, float], Examination], phi: float, seeds: int, slack: float) -> None:
    """Coverage, false alarms and power over many draws; `slack` widens the bounds for few seeds."""
    covered = alarms = right = 0
    for seed in range(seeds):
        step = draw(seed, phi, 10.0).series
        covered += step.low is not None and step.high is not None and step.low <= 10 <= step.high
        null = draw(seed, phi, 0.0)
        alarms += null.verdict.word == "effect"
        least = null.series.mde or 0.0
        strong = draw(seed, phi, 2 * least)
        right += strong.verdict.word == "effect" and (strong.series.estimate or 0) > 0
    assert covered / seeds >= 0.88 - slack
    assert alarms / seeds <= 0.08 + slack
    assert right / seeds >= 0.90 - slack


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.8])
def test_intervals_of_a_series_keep_their_word(phi: float) -> None:
    """Forty draws: enough to see an interval that is far too narrow."""
    honest(alone, phi, 40, 0.06)


@pytest.mark.parametrize("phi", [0.0, 0.8])
def test_intervals_beside_controls_keep_their_word(phi: float) -> None:
    """Twelve panels of ten controls."""
    honest(among_ten, phi, 12, 0.12)


@pytest.mark.long
@pytest.mark.parametrize("draw", [alone, among_ten])
@pytest.mark.parametrize("phi", [0.0, 0.5, 0.8])
def test_intervals_keep_their_word_in_two_hundred_draws(
    draw: Callable[[int, float, float], Examination], phi: float
) -> None:
    """The bounds as they are promised."""
    honest(draw, phi, 200, 0.0)


def test_a_control_that_moved_itself_is_named() -> None:
    """With its weight in the gap the estimate is not the treated's alone."""
    outcome = wandering(5, 11, 0.2) + np.linspace(0, 10, 100)
    outcome[4, 70:] += 12
    found = examine(panel_of(outcome, 70))
    assert found.contaminated == ("u04",)
    assert found.verdict.word == "cannot_tell" or "holds zero" in found.verdict.reason


DEGENERATE = {
    "constant": panel_of(np.full((4, 20), 5.0), 10),
    "constant alone": panel_of(np.full((1, 20), 5.0), 10),
    "one period before": panel_of(wandering(1, 5, 0, 20), 1),
    "one period after": panel_of(wandering(1, 5, 0, 20), 19),
    "two periods": panel_of(wandering(1, 5, 0, 2), 1),
    "one control": panel_of(wandering(1, 2, 0, 20), 10),
    "two controls": panel_of(wandering(1, 3, 0, 20), 10),
    "all treated": panel_of(wandering(1, 3, 0, 20), 10, (0, 1, 2)),
    "huge": panel_of(1e12 + wandering(1, 6, 0, 30), 20),
    "tiny": panel_of(1e-12 * wandering(1, 6, 0, 30), 20),
    "equal controls": panel_of(np.vstack([wandering(1, 1, 0, 30), np.tile(wandering(2, 1, 0, 30), (5, 1))]), 20),
    "collinear": panel_of(
        wandering(1, 1, 0, 40), 20, covariates=np.stack([np.ones((1, 40)), *[np.arange(40.0)[None]] * 3])
    ),
    "long": panel_of(wandering(1, 4, 0.3, 1200), 1000),
}


@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_data_give_reasons_not_nonsense(name: str) -> None:
    """Nothing raises, every number is finite, and what is missing says why."""
    found = examine(DEGENERATE[name])
    assert found.verdict.word in ("effect", "no_effect", "cannot_tell")
    assert found.verdict.reason
    for one in found.estimates.values():
        assert (one.estimate is None) == (one.reason is not None)
        assert one.estimate is None or np.isfinite(one.estimate)
    assert (found.series.low is None) == (found.series.reason is not None)


def test_the_verdict_has_three_words_and_a_reason_for_each() -> None:
    """Zero outside: effect; inside what matters: no effect; all else cannot be told."""
    assert judge(a_step(1, 3), (), None, None).word == "effect"
    assert "smaller than what is material" in judge(a_step(1, 3), (), None, 5).reason
    assert judge(a_step(1, 3), (), "decrease", None).reason.startswith("Against what was expected")
    assert judge(a_step(1, 3), ("the placebo fails",), None, None).word == "cannot_tell"
    assert judge(a_step(-1, 1), (), None, None).word == "cannot_tell"
    assert judge(a_step(-1, 1), (), None, 2).word == "no_effect"
    assert judge(a_step(-1, 3), (), None, 2).word == "cannot_tell"


def test_many_p_values_are_adjusted() -> None:
    """By hand: .01·4/1, .02·4/2, .03·4/3, .5."""
    assert benjamini_hochberg([0.5, 0.01, 0.03, 0.02]) == pytest.approx([0.5, 0.04, 0.04, 0.04])
    assert benjamini_hochberg([]) == []
