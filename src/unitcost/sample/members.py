"""The users of the sample company: who signs up, converts, pauses, pays, leaves.

Sign-ups of a month are what is missing to the month's target of active users, so growth follows the plan
while every single life is drawn at random.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from unitcost.sample.chance import happens, lognormal_table, pick, stream, weibull_table
from unitcost.sample.months import BURN_IN, EPOCH, PUBLISHED, Month, day_number

if TYPE_CHECKING:
    from unitcost.sample.chance import Flags, Ints, Stream

LINES = ("web", "search", "mobile")
NEVER = 1_000_000
CAPACITY = 60_000

# Active users aimed at, by month index; between two anchors the way is straight.
MAU_ANCHORS = ((0, 350), (12, 1700), (24, 3300), (36, 5200), (48, 7150), (53, 8150))
SEASON_PERMILLE = (1000, 998, 1010, 1002, 1005, 990, 970, 965, 1008, 1018, 1014, 985)

CONVERTER_PERMILLE = 31
DIRECT_PAID_PERMILLE = 3
BOUNCE_PERMILLE = 340
LOYAL_PERMILLE = 550
LOYAL_CHURN_PERMILLE, FICKLE_CHURN_PERMILLE = 22, 85
DORMANT_PERMILLE, DORMANT_PAID_PERMILLE = 110, 25
BACK_TO_FREE_PERMILLE = 550
SECOND_CONVERSION_PERMILLE = 160
NO_SUBSCRIPTION_PERMILLE = 25
MIN_NEWCOMERS_PERMILLE = 45

INTERNAL_USERS = 6
TENANT = "acct-aurora-health"
TENANT_SEATS = ((dt.date(2022, 9, 1), 34), (dt.date(2022, 10, 1), 18), (dt.date(2023, 3, 1), 12))

ORDINARY, TENANT_SEAT, INTERNAL = 0, 1, 2


@dataclass
class Members:
    """All users ever, one array element each; days are day numbers, `NEVER` stands for "not at all"."""

    kind: Ints
    signup: Ints
    primary: Ints
    adopts: Flags
    engagement: Ints
    intensity: Ints
    storage: Ints
    churn: Ints
    listed: Flags
    paid_from: Ints
    paid_until: Ints
    back_to_free: Flags
    left: Ints
    count: int = 0
    active: dict[int, Ints] = field(default_factory=dict)

    @classmethod
    def empty(cls) -> Members:
        import numpy as np

        def ints(value: int = 0) -> Ints:
            return np.full(CAPACITY, value, dtype=np.int64)

        def flags(columns: int = 0) -> Flags:
            return np.zeros((CAPACITY, columns) if columns else CAPACITY, dtype=np.bool_)

        spans = (CAPACITY, 2)
        return cls(
            kind=ints(), signup=ints(NEVER), primary=ints(), adopts=flags(len(LINES)), engagement=ints(),
            intensity=ints(), storage=ints(), churn=ints(), listed=flags(),
            paid_from=np.full(spans, NEVER, dtype=np.int64), paid_until=np.full(spans, NEVER, dtype=np.int64),
            back_to_free=flags(), left=ints(NEVER),
        )  # fmt: skip

    def name(self, user: int) -> str:
        return f"internal-{user + 1:02d}" if self.kind[user] == INTERNAL else f"u{user:06d}"

    def pays(self, users: Ints, day: Ints | int) -> Flags:
        """Return whether each user is on the paid tier on `day` (one day for all, or one each)."""
        first = (self.paid_from[users, 0] <= day) & (day < self.paid_until[users, 0])
        second = (self.paid_from[users, 1] <= day) & (day < self.paid_until[users, 1])
        paying: Flags = first | second
        return paying


def simulate(seed: int) -> Members:
    """Return all users with the list of the active ones for every month from December 2020 on."""
    rng = stream(seed, "members")
    members = Members.empty()
    _join(members, rng, BURN_IN[0], INTERNAL_USERS, INTERNAL)
    for month in BURN_IN + PUBLISHED:
        _live(members, rng, month)
    return members


def target(month: Month) -> int:
    """Return the number of active users the month is steered to, before chance."""
    for (start, low), (end, high) in pairwise(MAU_ANCHORS):
        if start <= month.index <= end:
            level = low + (high - low) * (month.index - start) // (end - start)
            return level * SEASON_PERMILLE[month.first.month - 1] // 1000
    raise ValueError(f"no target for {month.text}")


def add_months(day: int, months: int) -> int:
    """Return the day number `months` later, on the 28th at the latest so that every month has it."""
    date = EPOCH + dt.timedelta(days=day)
    ahead = Month((date.year - 2020) * 12 + date.month - 1 + months)
    return ahead.first_day + min(date.day, 28) - 1


def _live(members: Members, rng: Stream, month: Month) -> None:
    """One month: some leave, some pause, the others are active, and newcomers fill up to the target."""
    import numpy as np

    users = np.arange(members.count)
    _leave(members, rng, users, month)
    here = users[(members.signup[users] < month.first_day) & (members.left[users] > month.first_day)]
    pays = members.pays(here, month.first_day)
    holidays = 1000 - SEASON_PERMILLE[month.first.month - 1]
    quiet = np.where(pays, DORMANT_PAID_PERMILLE, DORMANT_PERMILLE + holidays)
    quiet[members.kind[here] == INTERNAL] = 0
    # Somebody who converts or cancels this month is not away.
    due = (members.paid_from[here] >= month.first_day) & (members.paid_from[here] < month.end_day)
    quiet[due.any(axis=1)] = 0
    active = here[rng.integers(0, 1000, len(here)) >= quiet]
    goal = target(month) * int(rng.integers(992, 1009)) // 1000
    missing = goal - int((members.kind[active] != INTERNAL).sum())
    first_new = members.count
    seats = sum(number for start, number in TENANT_SEATS if start == month.first)
    _join(members, rng, month, seats, TENANT_SEAT)
    _join(members, rng, month, max(missing - seats, goal * MIN_NEWCOMERS_PERMILLE // 1000), ORDINARY)
    members.active[month.index] = np.concatenate([active, np.arange(first_new, members.count)])


def _leave(members: Members, rng: Stream, users: Ints, month: Month) -> None:
    """End the lives of those who do not come back after the previous month."""
    stays = members.left[users] == NEVER
    leaves = rng.integers(0, 1000, len(users)) < members.churn[users]
    bound = (members.paid_until[users] > month.first_day) & (members.paid_from[users] < NEVER)
    members.left[users[stays & leaves & ~bound.any(axis=1)]] = month.first_day


def _join(members: Members, rng: Stream, month: Month, number: int, kind: int) -> None:
    """Add users who sign up in the month, in the order of their day, with what is decided at birth."""
    import numpy as np

    new = np.arange(members.count, members.count + number)
    members.count += number
    members.kind[new] = kind
    latest = month.days if kind == ORDINARY else 1
    members.signup[new] = month.first_day + np.sort(rng.integers(0, latest, number))
    primary = np.searchsorted(np.array([540, 700]), rng.integers(0, 1000, number), side="right")
    members.primary[new] = primary
    members.adopts[new] = np.stack([happens(rng, chance, number) for chance in (420, 330, 300)], axis=1)
    members.adopts[new, primary] = True
    members.engagement[new] = pick(rng, np.minimum(lognormal_table(230, 0.75), 850), number)
    members.intensity[new] = pick(rng, lognormal_table(1000, 0.8), number)
    members.storage[new] = pick(rng, lognormal_table(1000, 0.9), number)
    members.listed[new] = ~happens(rng, NO_SUBSCRIPTION_PERMILLE, number)
    loyal = np.where(happens(rng, LOYAL_PERMILLE, number), LOYAL_CHURN_PERMILLE, FICKLE_CHURN_PERMILLE)
    members.churn[new] = np.where(happens(rng, BOUNCE_PERMILLE, number), 1000, loyal)
    if kind == ORDINARY:
        _plan_payments(members, rng, new)
    else:
        members.churn[new] = 0
        members.engagement[new] = np.maximum(members.engagement[new], 450)
        members.listed[new] = kind == TENANT_SEAT
    if kind == TENANT_SEAT:
        members.paid_from[new, 0] = members.signup[new]


def _plan_payments(members: Members, rng: Stream, new: Ints) -> None:
    """Decide who converts when, for how long, and who comes back for a second time."""
    import numpy as np

    number = len(new)
    delay = 2 + np.minimum(pick(rng, weibull_table(50, 0.9), number), 400)
    lasts = 1 + pick(rng, weibull_table(28, 1.0), number)
    pause = 45 + pick(rng, weibull_table(90, 1.2), number)
    again = 1 + pick(rng, weibull_table(18, 1.0), number)
    direct = happens(rng, DIRECT_PAID_PERMILLE, number)
    converts = happens(rng, CONVERTER_PERMILLE, number) | direct
    returns = happens(rng, BACK_TO_FREE_PERMILLE, number)
    second = returns & happens(rng, SECOND_CONVERSION_PERMILLE, number)
    for position in np.flatnonzero(converts).tolist():
        user = int(new[position])
        start = int(members.signup[user]) + (0 if direct[position] else int(delay[position]))
        end = add_months(start, int(lasts[position]))
        members.paid_from[user, 0], members.paid_until[user, 0] = start, end
        members.listed[user] = True
        members.engagement[user] = min(850, int(members.engagement[user]) * 3 // 2 + 100)
        members.back_to_free[user] = returns[position]
        members.churn[user] = LOYAL_CHURN_PERMILLE
        if not returns[position]:
            members.left[user] = end
        elif second[position]:
            start = end + int(pause[position])
            members.paid_from[user, 1] = start
            members.paid_until[user, 1] = add_months(start, int(again[position]))


LAST_DAY = day_number(PUBLISHED[-1].dates[-1])
