"""Panels of numbers and steps by hand for the causal estimators."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from unitcost.analyses.experiments.estimates.panel import Panel
from unitcost.analyses.experiments.estimates.series import StepEstimate

Floats = NDArray[np.float64]


def panel_of(outcome: Floats, start: int, treated: tuple[int, ...] = (0,), covariates: Floats | None = None) -> Panel:
    """A panel of numbered units and times."""
    units, times = outcome.shape
    empty = np.zeros((0, units, times))
    return Panel(
        tuple(f"u{i:02d}" for i in range(units)),
        tuple(map(str, range(times))),
        outcome,
        treated,
        start,
        empty if covariates is None else covariates,
    )


def wandering(seed: int, units: int, phi: float, times: int = 100) -> Floats:
    """AR(1) series with unit innovations from their stationary distribution, units × times."""
    chance = np.random.default_rng(seed)
    noise = chance.standard_normal((units, times))
    noise[:, 0] /= np.sqrt(1 - phi**2)
    for time in range(1, times):
        noise[:, time] += phi * noise[:, time - 1]
    return noise


def a_step(low: float, high: float) -> StepEstimate:
    return StepEstimate((low + high) / 2, low, high, 0.95, 0.01, 1.0, 0.0, "by hand")
