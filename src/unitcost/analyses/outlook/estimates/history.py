"""A company's past months as evenly spaced series on the log scale: users, variable cost per user, fixed cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from unitcost.numbers.months import month_after

if TYPE_CHECKING:
    from unitcost.analyses.outlook.estimates.smoothing import Array
else:
    Array = Any

YEAR = 12


class PastMonth(NamedTuple):
    """What is known of a month with data; `fixed` is the part of `cost` that no use explains, as in the bridge."""

    month: str
    users: int | None
    cost: Decimal
    fixed: Decimal


@dataclass(frozen=True)
class History:
    """Months without holes from the first usable one on, with logs of amounts; NaN where there is none.

    A part is None where it has no amount: `variable` without users or without use that is paid for, `fixed` where
    nothing is fixed, or where some of it is not above 0: then `uneven` has its amounts.
    """

    months: tuple[str, ...]
    users: Array | None
    cost: Array
    variable: Array | None
    fixed: Array | None
    uneven: Array | None
    holes: int  # months without data, or without an amount above 0, that are bridged

    @property
    def length(self) -> int:
        """Return the number of months."""
        return len(self.months)


def history(rows: Sequence[PastMonth]) -> History | None:
    """Return the series of these months, oldest first; None where no month has a cost above 0.

    Months that are missing, have no users or no cost above 0 are bridged on the log scale, because a model needs a
    value in every month; they do not count when a forecast is judged.
    """
    import numpy as np

    known = {row.month: row for row in rows}
    usable = [row.month for row in rows if row.cost > 0]
    with_users = [row.month for row in rows if row.cost > 0 and row.users]
    usable = with_users or usable
    if not usable:
        return None
    months = _span(min(usable), max(known))
    own = [known.get(month) for month in months]
    cost = _logs([float(row.cost) if row else 0.0 for row in own])
    users = _logs([float(row.users or 0) if row else 0.0 for row in own]) if with_users else None
    amounts = np.array([float(row.fixed) if row else np.nan for row in own])
    fixed = uneven = None
    if users is None:
        return History(months, None, cost, None, filled(cost), None, _holes(cost, cost))
    per_user = [float((row.cost - row.fixed) / row.users) if row and row.users and row.cost > 0 else 0.0 for row in own]
    if sum(value > 0 for value in per_user) * 2 <= len(usable):
        # Hardly any use is paid for, so all cost is as good as fixed.
        return History(months, users, cost, None, filled(cost), None, _holes(users, cost))
    variable = filled(_logs(per_user))
    there = amounts[~np.isnan(amounts)]
    if (there > 0).all():
        fixed = filled(_logs(list(np.nan_to_num(amounts))))
    elif (there != 0).any():
        uneven = np.nan_to_num(amounts)
    return History(months, users, cost, variable, fixed, uneven, _holes(users, cost))


def _span(first: str, last: str) -> tuple[str, ...]:
    found = [first]
    while found[-1] < last:
        found.append(month_after(found[-1]))
    return tuple(found)


def _logs(amounts: Sequence[float]) -> Array:
    import numpy as np

    values = np.array(amounts, dtype=float)
    return np.log(np.where(values > 0, values, np.nan))


def _holes(users: Array, cost: Array) -> int:
    import numpy as np

    return int((np.isnan(users) | np.isnan(cost)).sum())


def filled(logs: Array) -> Array:
    """Return logs without holes: in between along a straight line, at the ends the nearest value."""
    import numpy as np

    there = ~np.isnan(logs)
    places = np.arange(len(logs))
    return np.asarray(np.interp(places, places[there], logs[there]))


def level_of(amounts: Array) -> float:
    """Return what uneven fixed cost comes to in a month: the mean of the last year, never below 0."""
    return max(0.0, float(amounts[-YEAR:].mean()))
