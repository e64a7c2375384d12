"""How long users pay and how long they are free: what a payer brings in a lifetime, what a sign-up takes before."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from unitcost.analyses.freemium.estimates.conversion import survival

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

MONTH_DAYS = 30.4375
NOBODY_PAID = "nobody has paid so far"
NO_AGE = "no sign-ups on the free tier were seen in their first month"


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Paid users over months: survival from month 0 on, its discounted sum, and churn if it is constant.

    `factor` × a month's margin is the lifetime value over `horizon` months, the first margin now; `ceiling` × it what
    that would be at most, if those still paying at the end stayed until the horizon that was asked for. `churn` is the
    monthly rate where a Weibull curve fits no better than a constant one (likelihood ratio, 5 %), else None.
    """

    survival: tuple[float, ...]
    factor: float
    ceiling: float
    horizon: int
    churn: float | None


@dataclass(frozen=True, slots=True)
class FreeTime:
    """Months on free per sign-up: by age in months, their sum and the number of sign-ups seen at each age."""

    by_age: tuple[float, ...]
    seen: tuple[int, ...]

    @property
    def total(self) -> float:
        """Return the expected months on free over all ages that were seen."""
        return math.fsum(self.by_age)


def lifetime(days: Array, ended: Array, discount_annual: float, horizon: int) -> Lifetime | str:
    """Return the survival of first paid spells; `days` until they ended or, if not, until now.

    Nothing is made up beyond the longest spell seen: the horizon is cut there. Why not, where nobody has paid.
    """
    if not len(days):
        return NOBODY_PAID
    found, longest = survival(days, ended), float(days.max())
    seen = horizon if found.evaluate(longest) == 0 else min(horizon, int(longest / MONTH_DAYS) + 1)
    shares = tuple(float(found.evaluate(month * MONTH_DAYS)) for month in range(seen))
    most = discounted([*shares, *[shares[-1]] * (horizon - seen)], discount_annual)
    return Lifetime(shares, discounted(shares, discount_annual), most, seen, constant_churn(days, ended))


def discounted(shares: Sequence[float], discount_annual: float) -> float:
    """Return the sum of shares by month, each discounted by its months; the first counts whole."""
    monthly = (1 + discount_annual) ** (-1 / 12)
    return math.fsum(share * monthly**month for month, share in enumerate(shares))


def constant_churn(days: Array, ended: Array) -> float | None:
    """Return the monthly churn where it does not change with age, None where it does or nobody has left."""
    import numpy as np
    from scipy import optimize, stats

    events = int(ended.sum())
    times = np.maximum(days.astype(float), 0.5)
    logs = float(np.log(times[ended]).sum())
    if not events:
        return None

    def loss(shape: float) -> float:
        return -(
            events * math.log(shape) + (shape - 1) * logs - events * math.log(float((times**shape).sum()) / events)
        )

    best = optimize.minimize_scalar(loss, bounds=(0.1, 10), method="bounded")
    if 2 * (loss(1.0) - float(best.fun)) > float(stats.chi2.ppf(0.95, 1)):
        return None
    return 1 - math.exp(-events / float(times.sum()) * MONTH_DAYS)


def free_time(
    cohorts: Mapping[int, int], use: Sequence[tuple[int, int, float]], active_ago: Collection[int], horizon: int
) -> FreeTime | str:
    """Return months on free by age, each over the cohorts that were seen at that age, until an age nobody has seen.

    `cohorts` has sign-ups by months since sign-up, `use` free months by (months since sign-up, age), `active_ago`
    how many months ago activity is known.
    """
    by_age: list[float] = []
    seen: list[int] = []
    for age in range(horizon):
        there = {since for since in cohorts if since >= age and since - age in active_ago}
        count = sum(cohorts[since] for since in there)
        if not count:
            break
        by_age.append(math.fsum(months for since, at, months in use if at == age and since in there) / count)
        seen.append(count)
    return FreeTime(tuple(by_age), tuple(seen)) if by_age else NO_AGE
