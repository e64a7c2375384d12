"""From days of cost and exposure to a panel: which days and which controls can be compared, and what was left out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from unitcost.analyses.experiments.estimates.panel import Floats, Panel

WINDOW = 182  # days before and after: 26 weeks, so that every day of the week counts alike
BEFORE, AFTER = 28, 14  # the fewest days that are compared
MOSTLY = 0.9  # share of the days on which a control must have cost and exposure
SHARE_MOVED = 0.05
AROUND = 14  # days before and after a commitment begins or ends
DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Daily:
    """A unit's days: cost, cost at list prices (None where unknown), cost covered by commitments, exposure.

    `commitments` has the first and the last day of each commitment on its rows, `touched` the share of its cost that
    another experiment treats, by its id.
    """

    name: str
    cost: Mapping[dt.date, float]
    listed: Mapping[dt.date, float | None] = field(default_factory=dict)
    covered: Mapping[dt.date, float] = field(default_factory=dict)
    exposure: Mapping[dt.date, float] | None = None  # None: cost is not divided
    commitments: Mapping[str, tuple[dt.date, dt.date]] = field(default_factory=dict)
    touched: Mapping[str, float] = field(default_factory=dict)

    def usable(self, day: dt.date) -> bool:
        """Tell whether the logarithm of cost per exposure exists."""
        exposure = 1.0 if self.exposure is None else self.exposure.get(day, 0.0)
        return self.cost.get(day, 0.0) > 0 and exposure > 0


@dataclass(frozen=True, slots=True)
class Window:
    """Days compared: `first` to `until` before the start, `since` to `last` after it, all included."""

    first: dt.date
    until: dt.date
    since: dt.date
    last: dt.date

    @property
    def days(self) -> list[dt.date]:
        """Return the days on both sides, in order."""
        return [*_span(self.first, self.until), *_span(self.since, self.last)]

    def holds(self, day: dt.date) -> bool:
        """Tell whether a day lies between the first and the last day, left out or not."""
        return self.first <= day <= self.last


def window(started_on: dt.date, anticipation: int, ramp: int, known: tuple[dt.date, dt.date]) -> Window:
    """Return the window around a start, within the days that are `known` (first, last)."""
    until, since = started_on - (anticipation + 1) * DAY, started_on + ramp * DAY
    return Window(max(until - (WINDOW - 1) * DAY, known[0]), until, since, min(since + (WINDOW - 1) * DAY, known[1]))


def _span(first: dt.date, last: dt.date) -> Iterable[dt.date]:
    return (first + number * DAY for number in range((last - first).days + 1))


@dataclass(frozen=True, slots=True)
class DailyPanel:
    """The panel of log cost per exposure, weeks evened out, and what goes with it, or why there is none (`reason`).

    `rates` is log cost − log list cost, `exposures` log exposure (units × times); None where not known.
    `dropped` are controls that take no part, with the reason; `left_out` counts days that do not.
    """

    panel: Panel | None
    days: tuple[dt.date, ...] = ()
    rates: Floats | None = None
    exposures: Floats | None = None
    dropped: tuple[tuple[str, str], ...] = ()
    left_out: int = 0
    reason: str = ""


def compare(treated: Daily, controls: Sequence[Daily], window: Window) -> DailyPanel:
    """Return the panel of a treated unit and its controls over the days of a window on which all of them have cost."""
    days = window.days
    own = [day for day in days if treated.usable(day)]
    reason = too_few(own, window)
    if reason:
        return DailyPanel(None, left_out=len(days) - len(own), reason=reason)
    kept, dropped = [], []
    for control in controls:
        good = sum(control.usable(day) for day in own)
        if good < MOSTLY * len(own):
            dropped.append((control.name, f"cost and exposure on {good} of {len(own)} days only"))
        else:
            kept.append(control)
    shared = [day for day in own if all(control.usable(day) for control in kept)]
    reason = too_few(shared, window)
    if reason:
        return DailyPanel(None, dropped=tuple(dropped), left_out=len(days) - len(shared), reason=reason)
    units = [treated, *kept]
    cost = np.log([[unit.cost[day] for day in shared] for unit in units])
    exposures = None
    if treated.exposure is not None:
        exposures = np.log([[(unit.exposure or {})[day] for day in shared] for unit in units])
    start = sum(day <= window.until for day in shared)
    panel = Panel(
        units=tuple(unit.name for unit in units),
        times=tuple(day.isoformat() for day in shared),
        outcome=_evened(cost if exposures is None else cost - exposures, shared, start),
        treated=(0,),
        start=start,
        covariates=np.zeros((0, len(units), len(shared))),
        weekdays=tuple(day.weekday() for day in shared),
    )
    rates = _rates(units, shared, cost)
    return DailyPanel(panel, tuple(shared), rates, exposures, tuple(dropped), len(days) - len(shared))


def _evened(outcome: Floats, days: Sequence[dt.date], start: int) -> Floats:
    """Return the outcome without each unit's own week, as it was before the start: no weight is spent on weekends."""
    weekdays = np.array([day.weekday() for day in days])
    evened = outcome.copy()
    for weekday in range(7):
        before = np.flatnonzero(weekdays[:start] == weekday)
        if len(before):
            usual = outcome[:, before].mean(axis=1) - outcome[:, :start].mean(axis=1)
            evened[:, weekdays == weekday] -= usual[:, None]
    return evened


def _rates(units: Sequence[Daily], days: Sequence[dt.date], cost: Floats) -> Floats | None:
    listed = [[unit.listed.get(day) or 0.0 for day in days] for unit in units]
    if any(value <= 0 for row in listed for value in row):
        return None
    return np.asarray(cost - np.log(listed))


def too_few(days: Sequence[dt.date], window: Window) -> str:
    """Return why days are too few to be compared, '' where they are not."""
    before = sum(day <= window.until for day in days)
    after = len(days) - before
    if after < AFTER:
        return f"{after} days after the start can be compared, and it takes {AFTER}"
    if before < BEFORE:
        return f"{before} days before the start can be compared, and it takes {BEFORE}"
    return ""


def coverage_moves(unit: Daily, window: Window) -> list[tuple[dt.date, float, float]]:
    """Return when commitments came to cover more, or less, of a unit within the window, and the shares around it.

    Looked at where one begins or ends. One that only takes the place of another changes no share, and is none of this.
    """
    found = []
    days = {day for first, last in unit.commitments.values() for day in (first, last + DAY)}
    for day in sorted(days):
        if window.first < day <= window.last:
            before, after = _share(unit, day - AROUND * DAY, day - DAY), _share(unit, day, day + (AROUND - 1) * DAY)
            if before is not None and after is not None and abs(after - before) > SHARE_MOVED:
                found.append((day, before, after))
    return found


def _share(unit: Daily, first: dt.date, last: dt.date) -> float | None:
    cost = sum(unit.cost.get(day, 0.0) for day in _span(first, last))
    return sum(unit.covered.get(day, 0.0) for day in _span(first, last)) / cost if cost > 0 else None
