"""Daily activity: one row per user, day and product line, and its sums, which drive the bills."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from unitcost.sample.chance import happens, lognormal_table, pick
from unitcost.sample.members import INTERNAL, LINES, TENANT_SEAT, Members
from unitcost.sample.plants import STORAGE_GROWTH_PERMILLE

if TYPE_CHECKING:
    import pyarrow as pa

    from unitcost.sample.chance import Flags, Ints, Stream
    from unitcost.sample.months import Month

# Per product line: requests of an average free user on an active day, CPU milliseconds and kilobytes of
# egress a request, and the share of the user's stored notes.
REQUESTS = (700, 340, 580)
CPU_MILLISECONDS = (700, 3100, 400)
EGRESS_KB = (230, 20, 190)
STORAGE_SHARE_PERMILLE = (680, 70, 250)
STORAGE_CENTI_GB = 260

PAID_INTENSITY_PERMILLE, PAID_STORAGE_PERMILLE = 2600, 3600
INTENSITY_GROWTH_PERMYRIAD = 25
WEEKDAY_PERMILLE = (1040, 1080, 1080, 1050, 960, 520, 560)
SECOND_LINE_PERMILLE, FIRST_LINE_PERMILLE = 450, 820


@dataclass(frozen=True)
class ActivityMonth:
    """The rows of one month, ordered by day, user and line, and what the bills need of them.

    Units: requests as counts, `cpu` in seconds, `egress` in MB, `storage` and `stored` in hundredths of a GB.
    The `sums` have one entry a day; `stored` is one figure per product line for the whole month.
    """

    month: Month
    user: Ints
    day: Ints
    line: Ints
    requests: Ints
    cpu: Ints
    storage: Ints
    egress: Ints
    mau: int
    stored: Ints
    sums: dict[str, Ints] = field(default_factory=dict)


def stored_by_line(members: Members, month: Month) -> Ints:
    """Return what the active users of the month have stored, in hundredths of a GB, by product line."""
    import numpy as np

    users = members.active[month.index]
    amounts = [_stored(members, users, month, line).sum() for line in range(len(LINES))]
    return np.array(amounts, dtype=np.int64)


def growth_permille(month: Month) -> int:
    """Return how much an average user stores against January 2021, compounded in integers."""
    level = 1_000_000
    for _ in range(month.published_number):
        level += level * STORAGE_GROWTH_PERMILLE // 1000
    return level // 1000


def activity(members: Members, rng: Stream, month: Month) -> ActivityMonth:
    """Draw the month."""
    import numpy as np

    users = members.active[month.index]
    user_day = _days(members, rng, users, month)
    user, day = users[user_day[1]], user_day[0]
    position, line = np.nonzero(_lines(members, rng, user))
    user, day = user[position], day[position]
    paying = members.pays(user, month.first_day + day)
    requests = _requests(members, rng, user, line, paying=paying, month=month)
    jitter = lognormal_table(1000, 0.25, 32)
    cpu = 1 + requests * np.array(CPU_MILLISECONDS)[line] * pick(rng, jitter, len(line)) // 1_000_000
    egress = requests * np.array(EGRESS_KB)[line] * pick(rng, jitter, len(line)) // 1_000_000
    stored = np.stack([_stored(members, users, month, number) for number in range(len(LINES))])
    row = np.searchsorted(users, user)
    external = users[members.kind[users] != INTERNAL]
    result = ActivityMonth(
        month, user, day, line, requests, cpu, stored[line, row], egress, len(external), stored.sum(axis=1)
    )
    _sum_up(result, members)
    return result


def _days(members: Members, rng: Stream, users: Ints, month: Month) -> tuple[Ints, Ints]:
    """Return (day, position in `users`) of all active days; everybody in `users` has at least one."""
    import numpy as np

    start = np.maximum(members.signup[users] - month.first_day, 0)
    stop = np.minimum(members.left[users] - month.first_day, month.days)
    days = np.arange(month.days)
    open_days = (days >= start[:, None]) & (days < stop[:, None])
    weekday = np.array(WEEKDAY_PERMILLE)[[date.weekday() for date in month.dates]]
    chance = members.engagement[users][:, None] * weekday[None, :] // 1000
    here = (rng.integers(0, 1000, open_days.shape, dtype=np.int32) < chance) & open_days
    # The day of sign-up is an active day; for the others one day is certain, so that the month counts them.
    newcomer = members.signup[users] >= month.first_day
    certain = np.where(newcomer, start, start + rng.integers(0, 1 << 30, len(users)) % (stop - start))
    here[np.arange(len(users)), certain] = True
    day, position = np.nonzero(here.T)
    return day, position


def _lines(members: Members, rng: Stream, user: Ints) -> Flags:
    """Return which product lines each user-day touched (user-days × lines), at least one."""
    import numpy as np

    rows = np.arange(len(user))
    primary = members.primary[user]
    touched = members.adopts[user] & happens(rng, SECOND_LINE_PERMILLE, (len(user), len(LINES)))
    touched[rows, primary] |= happens(rng, FIRST_LINE_PERMILLE, len(user))
    nothing = ~touched.any(axis=1)
    touched[rows[nothing], primary[nothing]] = True
    return touched


def _requests(members: Members, rng: Stream, user: Ints, line: Ints, *, paying: Flags, month: Month) -> Ints:
    import numpy as np

    per_mille = 1000 + INTENSITY_GROWTH_PERMYRIAD * month.published_number // 10
    tier = np.where(paying, PAID_INTENSITY_PERMILLE, 1000)
    mood = pick(rng, lognormal_table(1000, 0.55, 64), len(user))
    scaled = np.array(REQUESTS)[line] * members.intensity[user] // 100 * mood // 1000 * tier // 1000
    return 1 + scaled * per_mille // 10_000


def _stored(members: Members, users: Ints, month: Month, line: int) -> Ints:
    """Return what each user holds in a product line on any day of the month, in hundredths of a GB."""
    import numpy as np

    payer = members.pays(users, month.end_day - 1)
    tier = np.where(payer, PAID_STORAGE_PERMILLE, 1000)
    amount = STORAGE_CENTI_GB * members.storage[users] * tier // 1000 * growth_permille(month) // 1000
    held: Ints = amount * STORAGE_SHARE_PERMILLE[line] // 1_000_000 * members.adopts[users, line]
    return held


def _sum_up(data: ActivityMonth, members: Members) -> None:
    import numpy as np

    days = data.month.days
    cell = data.line * days + data.day
    for name, values in (("requests", data.requests), ("cpu", data.cpu), ("egress", data.egress)):
        # Sums stay far below 2 ** 53, so the doubles of bincount are exact.
        sums = np.bincount(cell, weights=values, minlength=days * len(LINES)).astype(np.int64)
        for number, line in enumerate(LINES):
            data.sums[f"{name}.{line}"] = sums.reshape(len(LINES), days)[number]
        data.sums[f"{name}.all"] = sums.reshape(len(LINES), days).sum(axis=0)
    seat = members.kind[data.user] == TENANT_SEAT
    weights = np.where(seat, data.requests, 0)
    data.sums["requests.tenant"] = np.bincount(data.day, weights=weights, minlength=days).astype(np.int64)


def activity_table(data: ActivityMonth, members: Members) -> pa.Table:
    """Return the month as it is delivered: one row per user, day and product line."""
    import numpy as np
    import pyarrow as pa

    present, codes = np.unique(data.user, return_inverse=True)
    names = pa.array([members.name(user) for user in present.tolist()])
    user_id = pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), names)
    line = pa.DictionaryArray.from_arrays(pa.array(data.line.astype(np.int32)), pa.array(LINES))
    date = np.datetime64(data.month.first, "D") + data.day.astype("timedelta64[D]")
    return pa.table(
        {
            "date": pa.array(date.astype("datetime64[D]")),
            "user_id": user_id,
            "product_line": line,
            "requests": pa.array(data.requests),
            "cpu_seconds": pa.array(data.cpu.astype(np.float64)),
            "storage_gb": pa.array(data.storage / 100),
            "egress_gb": pa.array(data.egress / 1000),
            "is_internal": pa.array(members.kind[data.user] == INTERNAL),
        }
    )
