"""Difference in differences, synthetic control and synthetic difference-in-differences, from one formula.

All are [−ω, 1]' Y [−λ, 1/T1] with weights ω of controls and λ of pre-periods (Arkhangelsky et al. 2021, section 2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from unitcost.analyses.experiments.estimates.panel import Floats
from unitcost.analyses.experiments.estimates.simplex import simplex_weights

TINY = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class EffectFit:
    """A point estimate in units of the outcome, its weights, and the gap by time, level taken out."""

    estimate: float
    unit_weights: Floats
    time_weights: Floats | None
    gap: Floats
    start: int

    @property
    def pre_rmspe(self) -> float:
        """Root mean square of the gap before the start."""
        return float(np.sqrt(np.mean(self.gap[: self.start] ** 2)))

    @property
    def ratio(self) -> float | None:
        """Root mean square of the gap after the start over that before it; None where the fit is perfect."""
        before = self.pre_rmspe
        if before <= 1e-12 * float(np.abs(self.gap).max(initial=0.0)) or before == 0.0:
            return None
        return float(np.sqrt(np.mean(self.gap[self.start :] ** 2))) / before


Estimator = Callable[[Floats, Floats, int, int], EffectFit]


def noise(controls: Floats, start: int) -> float:
    """σ of Algorithm 1: standard deviation (ddof 1) of the controls' first differences before the start."""
    steps = np.diff(controls[:, :start], axis=1).ravel()
    return float(np.std(steps, ddof=1)) if steps.size > 1 else 0.0


def did(target: Floats, controls: Floats, start: int, treated: int) -> EffectFit:
    """Difference in differences: equal weights for controls and for pre-periods."""
    del treated
    return _fit(target, controls, start, (np.full(len(controls), 1 / len(controls)), np.full(start, 1 / start)))


def sc(target: Floats, controls: Floats, start: int, treated: int) -> EffectFit:
    """Synthetic control: no intercept, no weights of time, σ·1e-6 as ridge."""
    del treated
    return _fit(target, controls, start, (_units(target, controls, start, TINY, demeaned=False), None))


def sc_demeaned(target: Floats, controls: Floats, start: int, treated: int) -> EffectFit:
    """Synthetic control with an intercept (Ferman and Pinto 2021): the level before the start is taken out."""
    del treated
    units = _units(target, controls, start, TINY, demeaned=True)
    return _fit(target, controls, start, (units, np.full(start, 1 / start)))


def sdid(target: Floats, controls: Floats, start: int, treated: int) -> EffectFit:
    """Synthetic difference-in-differences, Algorithm 1 of Arkhangelsky et al. 2021 with exact weights."""
    units = sdid_weights(target, controls, start, treated)
    rows = controls[:, :start] - controls[:, :start].mean(axis=0)
    after = controls[:, start:].mean(axis=1)
    size = noise(controls, start) * TINY * np.sqrt(len(controls))
    return _fit(target, controls, start, (units, simplex_weights(rows, after - after.mean(), float(size))))


def sdid_weights(target: Floats, controls: Floats, start: int, treated: int) -> Floats:
    """ω of Algorithm 1: weights of the controls with intercept and ridge (N1·T1)^¼·σ."""
    zeta = (treated * (len(target) - start)) ** 0.25
    return _units(target, controls, start, zeta, demeaned=True)


ESTIMATORS: dict[str, Estimator] = {"did": did, "sc": sc, "sc_demeaned": sc_demeaned, "sdid": sdid}


def _units(target: Floats, controls: Floats, start: int, factor: float, *, demeaned: bool) -> Floats:
    rows, aim = controls[:, :start].T, target[:start]
    if demeaned:
        rows, aim = rows - rows.mean(axis=0), aim - aim.mean()
    return simplex_weights(rows, aim, factor * noise(controls, start) * float(np.sqrt(start)))


def _fit(target: Floats, controls: Floats, start: int, weights: tuple[Floats, Floats | None]) -> EffectFit:
    units, times = weights
    # Differences between units are taken first, so that a large common level costs no digits.
    gap = (target - controls[0]) - units @ (controls - controls[0])
    if times is not None:
        gap = gap - times @ gap[:start]
    return EffectFit(float(gap[start:].mean()), units, times, gap, start)
