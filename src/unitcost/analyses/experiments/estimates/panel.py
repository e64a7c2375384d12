"""A balanced panel of units and times, of which some units were treated from one time on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """`outcome` is units × times, without holes; `covariates` is covariates × units × times.

    `treated` are row numbers, `start` is the column of the first time after the change (1 … times − 1).
    `weekdays` (0 … 6 for each time) is there only where times are consecutive days.
    """

    units: tuple[str, ...]
    times: tuple[str, ...]
    outcome: Floats
    treated: tuple[int, ...]
    start: int
    covariates: Floats
    covariate_names: tuple[str, ...] = ()
    weekdays: tuple[int, ...] | None = None

    @property
    def controls(self) -> tuple[int, ...]:
        """Rows of the units that were never treated."""
        return tuple(i for i in range(len(self.units)) if i not in self.treated)

    @property
    def control_names(self) -> tuple[str, ...]:
        """Names of the controls, in the order of `control_rows`."""
        return tuple(self.units[i] for i in self.controls)

    @property
    def target(self) -> Floats:
        """The mean of the treated units, by time."""
        return np.asarray(self.outcome[list(self.treated)].mean(axis=0))

    @property
    def control_rows(self) -> Floats:
        """Outcomes of the controls, controls × times."""
        return np.asarray(self.outcome[list(self.controls)])

    @property
    def posts(self) -> int:
        """Periods from the start on."""
        return len(self.times) - self.start

    def gap_covariates(self, weights: Floats | None) -> Floats:
        """Covariates of the treated, less those of the weighted controls if there are weights; covariates × times."""
        own = self.covariates[:, list(self.treated)].mean(axis=1)
        if weights is None:
            return np.asarray(own)
        return np.asarray(own - np.einsum("kit,i->kt", self.covariates[:, list(self.controls)], weights))

    def before(self, start: int) -> Panel:
        """The pre-period alone, as if the change had come at column `start` of it."""
        end = self.start
        days = self.weekdays[:end] if self.weekdays else None
        return replace(
            self,
            times=self.times[:end],
            outcome=self.outcome[:, :end],
            covariates=self.covariates[:, :, :end],
            start=start,
            weekdays=days,
        )
