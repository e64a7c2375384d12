"""The hourly commitment that makes a month cheapest, and what any other one would come to.

A month is the on-demand value U of each of its hours, of one provider, in money; hours without use are 0. With a
discount d a commitment of K an hour, counted at on-demand prices, costs (1 − d)·K in every hour whether it is used or
not, and what exceeds it is paid on demand: (1 − d)·K + max(U − K, 0). That is cheapest where the share of hours that
stay within K reaches d: K* is the quantile of U at the discount, taken from the hours themselves.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from functools import reduce
from itertools import accumulate

from unitcost.numbers.estimate import EXACT, ratio

HOURS_A_DAY = 24
BLOCK_DAYS = 7
DRAWS = 999
SEED = 20240501
LEVEL = Decimal("0.9")
HOURLY_SHARE = Decimal("0.99")  # of the matched on-demand cost; less than that tells too little about hours

NOTHING = "no on-demand use matches in the month"


@dataclass(frozen=True, slots=True)
class Load:
    """One provider's month: money by hour, at on-demand prices, and matched money that is known for longer times only.

    `hours` has 24 × days values in the order of the month.
    """

    hours: tuple[Decimal, ...]
    longer: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        if not self.hours or len(self.hours) % HOURS_A_DAY:
            raise ValueError(f"a month has whole days of 24 hours, not {len(self.hours)} hours")


@dataclass(frozen=True, slots=True)
class HourlyCommitment:
    """What a commitment of `per_hour` money, counted at on-demand prices, makes of a month; all in money.

    `low` and `high` enclose the best commitment; both None where `per_hour` was given. A negative saving is that of
    a commitment too large.
    """

    per_hour: Decimal
    low: Decimal | None
    high: Decimal | None
    on_demand: Decimal  # the month without it
    covered: Decimal  # what it covers, at on-demand prices
    paid: Decimal  # what it costs, used or not
    floor: Decimal  # the hour with the least use

    @property
    def bill(self) -> Decimal:
        """Return what the month costs with it."""
        return EXACT.add(EXACT.subtract(self.on_demand, self.covered), self.paid)

    @property
    def saving(self) -> Decimal:
        """Return what the month costs less with it."""
        return EXACT.subtract(self.covered, self.paid)

    @property
    def coverage(self) -> Decimal | None:
        """Return the share of the use that it covers; None without use."""
        return ratio(self.covered, self.on_demand) if self.on_demand else None


@dataclass(frozen=True, slots=True)
class Sorted:
    """A month's hours in the order of their use, with running sums: any commitment costs one look."""

    hours: tuple[Decimal, ...]
    sums: tuple[Decimal, ...]

    @classmethod
    def of(cls, hours: Sequence[Decimal]) -> Sorted:
        """Sort hours; what was given back in an hour (below 0) is no use that could be committed."""
        found = tuple(sorted(max(hour, Decimal(0)) for hour in hours))
        return cls(found, (Decimal(0), *accumulate(found, EXACT.add)))

    def covered(self, per_hour: Decimal) -> Decimal:
        """Return the use within `per_hour`, over all hours."""
        within = bisect_right(self.hours, per_hour)
        return EXACT.add(self.sums[within], EXACT.multiply(per_hour, Decimal(len(self.hours) - within)))

    def paid(self, per_hour: Decimal, discount: Decimal) -> Decimal:
        """Return what `per_hour` costs over all hours."""
        price = EXACT.subtract(Decimal(1), discount)
        return EXACT.multiply(EXACT.multiply(price, per_hour), Decimal(len(self.hours)))

    def at(self, rank: int) -> Decimal:
        """Return the use that `rank` hours do not exceed; 0 for none."""
        return self.hours[rank - 1] if rank else Decimal(0)


def several(providers: Sequence[str]) -> str:
    """Return why an amount that somebody decided on says nothing where usage of several providers matches."""
    return (
        f"commit_per_hour is an amount with one provider, and usage of {' and '.join(providers)} matches: name one in "
        f'applies_to, such as ProviderName = "{providers[0]}"'
    )


def unusable(load: Load) -> str:
    """Return why a month tells no best commitment; '' if it does."""
    hourly = reduce(EXACT.add, load.hours, Decimal(0))
    known, rest = abs(hourly), abs(load.longer)
    if not known and not rest:
        return NOTHING
    share = ratio(known, EXACT.add(known, rest))
    if share < HOURLY_SHARE:
        shown = f"only {int(share * 100)} %" if known else "nothing"
        return (
            f"{shown} of the matched on-demand cost is billed by the hour, the rest by the day or longer, and an "
            "hourly commitment can only be read from hours"
        )
    return ""


def best(hours: Sequence[Decimal], discount: Decimal) -> HourlyCommitment:
    """Return the smallest commitment that makes the month cheapest, with the interval of it.

    Raises ValueError for a discount outside 0 to 1. The interval is that of months made of the weeks of this one: a
    month says nothing about growth or seasons to come.
    """
    rank = _rank(len(hours), discount)
    order = Sorted.of(hours)
    low, high = _interval(hours, order, rank)
    return _evaluated(order, order.at(rank), discount, (low, high))


def given(hours: Sequence[Decimal], per_hour: Decimal, discount: Decimal) -> HourlyCommitment:
    """Return what a commitment that somebody decided on makes of the month. Raises ValueError as `best`."""
    _rank(len(hours), discount)
    if per_hour < 0:
        raise ValueError("a commitment is not below 0")
    return _evaluated(Sorted.of(hours), per_hour, discount, (None, None))


def _evaluated(
    order: Sorted, per_hour: Decimal, discount: Decimal, interval: tuple[Decimal | None, Decimal | None]
) -> HourlyCommitment:
    covered, paid = order.covered(per_hour), order.paid(per_hour, discount)
    return HourlyCommitment(per_hour, *interval, order.sums[-1], covered, paid, order.hours[0])


def utilisation(found: HourlyCommitment, hours: int) -> Decimal | None:
    """Return the share of a commitment that is used over so many hours; None without a commitment."""
    return ratio(found.covered, EXACT.multiply(found.per_hour, Decimal(hours))) if found.per_hour else None


def per_hour_cost(found: HourlyCommitment, hours: int) -> Decimal:
    """Return what an hour costs with a commitment, the mean of so many hours, quantised once to 12 places."""
    return ratio(found.bill, hours)


def together(found: Mapping[str, HourlyCommitment]) -> HourlyCommitment | None:
    """Return the sum of commitments with several providers, None of none.

    Ends of intervals are added too, as if all were low at once: the sum of the ends encloses more than each.
    """
    each = list(found.values())
    if not each:
        return None

    def total(part: Callable[[HourlyCommitment], Decimal]) -> Decimal:
        return reduce(EXACT.add, map(part, each), Decimal(0))

    known = all(one.low is not None and one.high is not None for one in each)
    return HourlyCommitment(
        per_hour=total(lambda one: one.per_hour),
        low=total(lambda one: one.low or Decimal(0)) if known else None,
        high=total(lambda one: one.high or Decimal(0)) if known else None,
        on_demand=total(lambda one: one.on_demand),
        covered=total(lambda one: one.covered),
        paid=total(lambda one: one.paid),
        floor=total(lambda one: one.floor),
    )


def curve(hours: Sequence[Decimal], discount: Decimal, points: int = 60) -> list[tuple[Decimal, Decimal]]:
    """Return (commitment, cost of an hour) from 0 to the hour of most use, evenly apart, in money.

    The cost is the month's mean, quantised once to 12 places.
    """
    order = Sorted.of(hours)
    top, count = order.hours[-1], len(order.hours)
    found = []
    for step in range(points + 1):
        per_hour = ratio(EXACT.multiply(top, Decimal(step)), points)
        found.append((per_hour, per_hour_cost(_evaluated(order, per_hour, discount, (None, None)), count)))
    return found


def _rank(hours: int, discount: Decimal) -> int:
    """Return how many hours are to stay within the best commitment."""
    if not 0 <= discount <= 1:
        raise ValueError(f"a discount is a share from 0 to 1, not {discount}")
    return int(EXACT.multiply(discount, Decimal(hours)).to_integral_value(ROUND_CEILING))


def _interval(hours: Sequence[Decimal], order: Sorted, rank: int) -> tuple[Decimal, Decimal]:
    """Return the middle `LEVEL` of the best commitments of months made of whole weeks of this one.

    A week starts on any day and goes on at the month's first day when it passes the last. What is drawn are places in
    the order of hours, so that the result is exact and the same everywhere.
    """
    import numpy as np

    count, days = len(hours), len(hours) // HOURS_A_DAY
    if not rank:
        return Decimal(0), Decimal(0)
    place = np.array([bisect_right(order.hours, max(hour, Decimal(0))) - 1 for hour in hours], dtype=np.int64)
    by_day = place.reshape(days, HOURS_A_DAY)
    starts = np.random.Generator(np.random.PCG64(SEED)).integers(0, days, (DRAWS, -(-days // BLOCK_DAYS)))
    drawn = ((starts[:, :, None] + np.arange(BLOCK_DAYS)) % days).reshape(DRAWS, -1)[:, :days]
    months = np.sort(by_day[drawn].reshape(DRAWS, count), axis=1)[:, rank - 1]
    found = np.sort(months)
    outside = int((1 - LEVEL) / 2 * (DRAWS + 1))
    return order.hours[int(found[outside - 1])], order.hours[int(found[DRAWS - outside])]
