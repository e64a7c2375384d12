"""Placebos: every control as if it had been treated, earlier starts, and each control left out in turn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from unitcost.analyses.experiments.estimates.estimators import ESTIMATORS, EffectFit, did, sc, sdid
from unitcost.analyses.experiments.estimates.panel import Floats, Panel


@dataclass(frozen=True, slots=True, eq=False)
class Placebos:
    """All controls as if treated: their fits, in the order of the controls; the treated unit takes no part."""

    fits: tuple[EffectFit, ...]

    @property
    def standard_error(self) -> float:
        """Standard deviation (ddof 1) of the estimates, in units of the outcome."""
        return float(np.std([fit.estimate for fit in self.fits], ddof=1))

    def p(self, fit: EffectFit) -> float:
        """Share of units, the treated among them, with an estimate at least as far from zero."""
        larger = sum(abs(own.estimate) >= abs(fit.estimate) * (1 - 1e-12) for own in self.fits)
        return (1 + larger) / self._units

    @property
    def smallest(self) -> float:
        """The smallest p that so few controls can give."""
        return 1 / self._units

    def rank(self, fit: EffectFit) -> int | None:
        """Rank of the treated unit by RMSPE ratio, 1 = largest (Abadie, Diamond and Hainmueller 2010)."""
        if fit.ratio is None:
            return None
        return 1 + sum(own.ratio is not None and own.ratio >= fit.ratio for own in self.fits)

    @property
    def _units(self) -> int:
        return len(self.fits) + 1


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the estimators find at a start before the true one, from the pre-period alone."""

    start: str
    did: float
    sc: float | None
    sdid: float | None


def all_controls(name: str, controls: Floats, start: int) -> Placebos:
    """Treat every row of `controls` (controls × times) in turn with the estimator `name`."""
    estimator = ESTIMATORS[name]
    return Placebos(
        tuple(estimator(controls[row], np.delete(controls, row, axis=0), start, 1) for row in range(controls.shape[0]))
    )


def earlier(panel: Panel) -> Earlier:
    """The placebo in time for a panel cut to its pre-period; estimators that need two periods before are None."""
    target, controls, start = panel.target, panel.control_rows, panel.start
    known = start >= 2
    count = len(panel.treated)
    return Earlier(
        panel.times[start],
        did(target, controls, start, count).estimate,
        sc(target, controls, start, count).estimate if known else None,
        sdid(target, controls, start, count).estimate if known else None,
    )


def leave_one_out(panel: Panel) -> dict[str, float]:
    """SDID estimate without each control; empty with a single one."""
    rows = panel.control_rows
    if len(rows) < 2 or panel.start < 2:
        return {}
    count = len(panel.treated)
    return {
        name: sdid(panel.target, np.delete(rows, row, axis=0), panel.start, count).estimate
        for row, name in enumerate(panel.control_names)
    }
