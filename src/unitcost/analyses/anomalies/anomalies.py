"""Anomalies of a month: days on which a service of an owner cost more or less than usual, by the money."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from unitcost.analyses.anomalies.control_chart import LEAST, Chart, chart, discoveries, p_values, tail
from unitcost.analyses.outlook.estimates.forecast import NOTEBOOK, _decimal
from unitcost.numbers.book import Findings
from unitcost.numbers.estimate import Estimate

if TYPE_CHECKING:
    from unitcost.analyses.outlook.estimates.smoothing import Array
else:
    Array = Any

WAIT = 3  # days that must follow before a day is judged: bills come in late
MATERIAL = 0.001  # of the cost of the window's last 30 days
HALF = 0.5
SHOWN = 35  # days before an anomaly that are shown with it
METHOD = (
    "daily cost of usage per active user, by service and owner: days that differ from the 28 usual days before, "
    "without the week's pattern (STL); scale: MAD of these errors; false discoveries at most 5 % (Benjamini-Hochberg)"
)
Key = tuple[str, str]  # service, owner


class Day(NamedTuple):
    """What a service of an owner cost on a day, and what would have been usual, in money."""

    date: dt.date
    cost: Decimal
    usual: Decimal | None


@dataclass(frozen=True)
class Anomaly:
    """Days in a row on which a service of an owner was not as usual; `money` is cost − what would have been usual.

    `state`: ended, still on in the last day judged, or stayed (the new level is usual since).
    """

    service: str
    owner: str
    first: dt.date
    last: dt.date
    days: int
    money: Decimal
    share: Decimal | None  # of what would have been usual
    state: str
    series: tuple[Day, ...]


@dataclass(frozen=True)
class Judged:
    """The anomalies of a month, dearest first; or, with none judged, the reason why."""

    anomalies: tuple[Anomaly, ...]
    first: dt.date | None = None
    last: dt.date | None = None
    series: int = 0
    reason: str = ""


class _Watched(NamedTuple):
    """A series with its chart; `end` is the first day that cannot be judged yet."""

    key: Key
    cost: Array
    chart: Chart
    users: Array
    dates: Sequence[dt.date]
    end: int


def anomalies(costs: Mapping[Key, Sequence[float]], dates: Sequence[dt.date], exposure: Sequence[float]) -> Judged:
    """Return the anomalies among the days of the last month of `dates` that have three later days.

    `costs` are daily amounts by service and owner, `exposure` the active users on each day. The last three days of
    the month before are judged too, because they could not be then.
    """
    import numpy as np

    if len(dates) < LEAST:
        return Judged((), reason=f"there are {len(dates)} days of usage by day, and {LEAST} are needed")
    users = np.array(exposure, dtype=float)
    first_of_month = dates[-1].replace(day=1)
    start, end = max(LEAST - 1, dates.index(first_of_month) - WAIT), len(dates) - WAIT
    made = {key: chart(np.array(costs[key], dtype=float) / users) for key in sorted(costs)}
    charts = {key: one for key, one in made.items() if one is not None}
    if not charts:
        return Judged((), dates[start], dates[end - 1], 0)
    out = _standing_out(charts, start, end)
    found: list[Anomaly] = []
    for key, one in charts.items():
        days = [day for day in out[key] if not _comes_every_month(one, dates, day)]
        watched = _Watched(key, np.array(costs[key], dtype=float), one, users, dates, end)
        found += [_episode(watched, run) for run in _runs(days, one)]
    least = MATERIAL * sum(sum(amounts[-30:]) for amounts in costs.values())
    kept = [one for one in found if abs(one.money) >= least]
    ordered = sorted(kept, key=lambda one: (-abs(one.money), one.service, one.owner, one.first))
    return Judged(tuple(ordered), dates[start], dates[end - 1], len(charts))


def _standing_out(charts: Mapping[Key, Chart], start: int, end: int) -> dict[Key, list[int]]:
    """Return the days from `start` to before `end` that stand out among all days of all series."""
    import numpy as np

    # Of all series together: one by itself has too few days that are far out.
    earlier = np.concatenate([one.z[:start] for one in charts.values()])
    below, above = tail(earlier[earlier < 0]), tail(earlier[earlier > 0])
    p = [float(value) for one in charts.values() for value in p_values(one.z[start:end], one.errors, below, above)]
    flags, length = discoveries(p), end - start
    return {
        key: [start + day for day in range(length) if flags[place * length + day]] for place, key in enumerate(charts)
    }


def _comes_every_month(one: Chart, dates: Sequence[dt.date], day: int) -> bool:
    """Tell whether the same day of an earlier month was out in the same direction, and at least half as far."""
    for earlier in range(day):
        alike = dates[earlier].day == dates[day].day and one.z[earlier] * one.z[day] > 0
        if alike and abs(one.z[earlier]) >= HALF * abs(one.z[day]):
            return True
    return False


def _runs(days: Sequence[int], one: Chart) -> list[list[int]]:
    """Return days in a row in the same direction; one day in between does not part them."""
    found: list[list[int]] = []
    for day in days:
        if found and day - found[-1][-1] <= 2 and one.z[day] * one.z[found[-1][-1]] > 0:
            found[-1].append(day)
        else:
            found.append([day])
    return found


def _episode(watched: _Watched, run: Sequence[int]) -> Anomaly:
    cost, dates = watched.cost, watched.dates
    days = range(run[0], run[-1] + 1)
    usual = watched.chart.usual * watched.users
    expected = sum(float(usual[day]) for day in days)
    money = sum(float(cost[day] - usual[day]) for day in days)
    series = tuple(
        Day(dates[d], _decimal(float(cost[d])), None if usual[d] != usual[d] else _decimal(float(usual[d])))
        for d in range(max(0, run[0] - SHOWN), len(dates))
    )
    return Anomaly(
        *watched.key,
        dates[run[0]],
        dates[run[-1]],
        len(days),
        _decimal(money),
        _decimal(money / expected) if expected > 0 else None,
        _state(watched.chart, run, watched.end),
        series,
    )


def _state(one: Chart, run: Sequence[int], end: int) -> str:
    import numpy as np

    if run[-1] >= end - 1:
        return "still on"
    before, out = float(one.level[run[0]]), float(np.median(one.rest[run[0] : run[-1] + 1]))
    since = float(np.median(one.rest[run[-1] + 1 :]))
    return "stayed" if (since - before) / (out - before) >= HALF else "ended"


def anomaly_findings(found: Judged, currency: str) -> Findings:
    """Return `anomalies.count` and `anomalies.money`: how many, and how much above or below the usual in sum."""
    reason = found.reason or None
    count = None if reason else Decimal(len(found.anomalies))
    money = None if reason else sum((one.money for one in found.anomalies), Decimal(0))
    return {
        "anomalies.count": Estimate(count, "anomalies", method=METHOD, notebook=NOTEBOOK, reason=reason),
        "anomalies.money": Estimate(
            money, currency, method="cost of these days − what would have been usual", notebook=NOTEBOOK, reason=reason
        ),
    }
