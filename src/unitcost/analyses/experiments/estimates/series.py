"""The interval of an effect from time: a step in a series with autocorrelated errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from unitcost.analyses.experiments.estimates.autoregression import Regression, at_phi, regress
from unitcost.analyses.experiments.estimates.panel import Floats

LEVEL = 0.95
POWER = 2.8  # standard errors between zero and an effect found four times in five
FREEDOM = 5
WEEKS = 3  # full weeks before the start from which on days of the week are told apart


@dataclass(frozen=True, slots=True)
class StepEstimate:
    """The step at the start in units of the outcome with interval, p and minimum detectable effect, or a `reason`."""

    estimate: float | None
    low: float | None
    high: float | None
    level: float
    p: float | None
    mde: float | None
    phi: float | None
    method: str
    reason: str | None = None

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of zero."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def step(
    series: Floats,
    start: int,
    covariates: Floats,
    weekdays: Sequence[int] | None,
    *,
    of: str,
    trend: bool = False,
) -> StepEstimate:
    """Return the step of `series` (times) at column `start`, given `covariates` (covariates × times); `of` names it.

    With `trend` a straight line over time is no part of the step.
    """
    count = len(series)
    if start < 2 or count - start < 1:
        return _none(f"{of}: no step", "there are fewer than two periods before the start")
    scale = float(np.abs(series - series[:start].mean()).max())
    if scale <= 1e-11 * float(np.abs(series).max()):
        return _none(f"{of}: no step", "the series is constant, so that nothing says how much it varies by chance", 0.0)
    design, told = _design(count, start, covariates, weekdays, trend=trend)
    method = f"{of}: step regression{told} with AR(1) errors by the exact likelihood, t interval"
    if count - design.shape[1] - 1 < FREEDOM:
        return _none(method, f"{count} periods are too few for an interval")
    found = regress((series - series[:start].mean()) / scale, design)
    size = float(found.variances[1]) ** 0.5
    rest = float(found.variances[1]) / max(float(found.coefficients[1] ** 2), 1e-30)
    if size <= 1e-10 or rest <= 1e-22:
        value = float(found.coefficients[1]) * scale
        return _none(method, "the series does not vary around its step, so that chance cannot be measured", value)
    return _interval(found, scale, method)


def _interval(found: Regression, scale: float, method: str) -> StepEstimate:
    from scipy.special import stdtr, stdtrit

    value, size = float(found.coefficients[1]) * scale, float(found.variances[1]) ** 0.5 * scale
    if found.edge:
        return _none(method, "the series wanders without coming back to a level, so that a step cannot be told", value)
    half = float(stdtrit(found.freedom, (1 + LEVEL) / 2)) * size
    p = 2 * float(stdtr(found.freedom, -abs(value / size)))
    return StepEstimate(value, value - half, value + half, LEVEL, p, POWER * size, found.phi, method)


def _none(method: str, reason: str, value: float | None = None) -> StepEstimate:
    return StepEstimate(value, None, None, LEVEL, None, None, None, method, reason)


def _design(
    count: int, start: int, covariates: Floats, weekdays: Sequence[int] | None, *, trend: bool
) -> tuple[Floats, str]:
    """Constant, step, trend, covariates and days of the week; what says nothing new is left out."""
    columns = [np.ones(count), (np.arange(count) >= start).astype(float)]
    told = ""
    named = [(np.arange(count, dtype=float), "a trend")] if trend else []
    named += [(row, "covariates") for row in covariates]
    if weekdays is not None and start >= 7 * WEEKS:
        days = np.asarray(weekdays)
        named += [((days == day).astype(float), "days of the week") for day in range(1, 7)]
    kept: list[str] = []
    for row, name in named:
        if _adds(columns, row):
            spread = float(np.abs(row - row.mean()).max())
            columns.append((row - row.mean()) / spread)
            kept.append(name)
    names = list(dict.fromkeys(kept))
    if names:
        told = " on " + " and ".join(names)
    dropped = sum(name == "covariates" for _, name in named) - kept.count("covariates")
    if dropped:
        told += f" ({dropped} covariate{'s' * (dropped > 1)} left out: constant or a mixture of others)"
    return np.column_stack(columns), told


def _adds(columns: list[Floats], row: Floats) -> bool:
    matrix = np.column_stack(columns)
    centred = row - row.mean()
    size = float(np.linalg.norm(centred))
    if size <= 1e-11 * float(np.abs(row).max(initial=0.0)) or size == 0.0:
        return False
    q, _ = np.linalg.qr(matrix)
    rest = centred - q @ (q.T @ centred)
    return float(np.linalg.norm(rest)) > 1e-8 * size


def parts(
    series: Mapping[str, Floats], start: int, weekdays: Sequence[int] | None, phi: float, *, trend: bool
) -> dict[str, tuple[float, float, float]]:
    """Return step, low and high of each series with the φ of another: the steps of series add up as they do.

    The interval allows for the φ of each: what steps up and down slowly, as users do, is not as sure as it is smooth.
    """
    from scipy.special import stdtrit

    found = {}
    for name, values in series.items():
        count = len(values)
        design, _ = _design(count, start, np.zeros((0, count)), weekdays, trend=trend)
        beta, variances = at_phi(values - values[:start].mean(), design, phi)
        half = float(stdtrit(count - design.shape[1] - 1, (1 + LEVEL) / 2)) * float(variances[1]) ** 0.5
        found[name] = (float(beta[1]), float(beta[1]) - half, float(beta[1]) + half)
    return found


def drift(series: Floats, start: int, weekdays: Sequence[int] | None, phi: float) -> Floats:
    """Return the straight line over time that is no part of the step, at a φ that is given; its mean before is zero."""
    count = len(series)
    design, _ = _design(count, start, np.zeros((0, count)), weekdays, trend=True)
    beta, _ = at_phi(series - series[:start].mean(), design, phi)
    line = beta[2] * design[:, 2]
    return np.asarray(line - line[:start].mean())


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted p values (Benjamini and Hochberg 1995), in the order given; ≤ α is a discovery at that false rate."""
    count = len(p_values)
    order = sorted(range(count), key=lambda i: p_values[i], reverse=True)
    adjusted = [1.0] * count
    least = 1.0
    for rank, index in zip(range(count, 0, -1), order, strict=True):
        least = min(least, p_values[index] * count / rank)
        adjusted[index] = least
    return adjusted
