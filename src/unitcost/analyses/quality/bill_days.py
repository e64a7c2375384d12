"""Bills day by day: does one come daily, which of its days are missing, and which look as if they came twice?

A bill is judged by the days of its usage; purchases, taxes and credits come when they come. Nothing here depends on
the files in which the rows arrived.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from unitcost.numbers.months import last_day
from unitcost.numbers.units import to_units

DAILY_SPANS = ("hour", "day", "unknown")
AT_LEAST = 7  # days with usage that make a bill a daily one
ENDS_EARLY = 2  # days missing at the end of the month
OTHER_DAYS = 6
ENOUGH_ROWS = 1000  # more rows make chance no smaller that matters


class BillDay(NamedTuple):
    """One row of the days mart; amounts are in the currency of the bill, `effective` without rows that have none."""

    provider: str
    billing_account: str
    billing_start: dt.datetime
    currency: str
    charge_category: str
    day: dt.date
    span: str
    rows: int
    effective_rows: int
    billed: Decimal
    effective: Decimal | None


class Account(NamedTuple):
    """Whose bills they are, in one currency."""

    provider: str
    billing_account: str
    currency: str


@dataclass(slots=True)
class Usage:
    """Rows and cost (units of 1e-18) of one day."""

    rows: int = 0
    cost: int = 0


Calendar = dict[dt.date, Usage]


@dataclass(frozen=True, slots=True)
class Gap:
    """Days without usage in an account whose bill comes daily; `cost` (units) is that of the `present` days."""

    account: Account
    days: tuple[dt.date, ...]
    first: dt.date
    last: dt.date
    cost: int
    present: int


@dataclass(frozen=True, slots=True)
class Suspect:
    """A day of a bill with about twice the rows of its other days, and some of those to compare it with."""

    account: Account
    billing_start: dt.datetime
    day: dt.date
    others: tuple[dt.date, ...]
    cost: int


def calendars(days: Iterable[BillDay], basis: str) -> dict[Account, dict[dt.datetime, Calendar]]:
    """Return the usage of each account by billing period and day."""
    found: dict[Account, dict[dt.datetime, Calendar]] = {}
    for row in days:
        if row.charge_category == "Usage" and row.span in DAILY_SPANS:
            account = Account(row.provider, row.billing_account, row.currency)
            of_day = found.setdefault(account, {}).setdefault(row.billing_start, {}).setdefault(row.day, Usage())
            of_day.rows += row.rows
            amount = row.billed if basis == "billed" else row.effective
            of_day.cost += to_units(amount) if amount is not None else 0
    return found


def comes_daily(bill: Mapping[dt.date, Usage]) -> bool:
    """Tell whether a bill has usage on most days between its first and its last one."""
    return len(bill) >= AT_LEAST and 2 * len(bill) > (max(bill) - min(bill)).days + 1


def gaps(month: str, now: Iterable[BillDay], before: Iterable[BillDay], basis: str) -> tuple[list[Gap], list[Gap]]:
    """Return the days missing inside bills, and those missing at their end (two or more), by account.

    An account is judged if its bill comes daily in the month, or came daily in the month before.
    """
    earlier = {account: _union(bills, strict=True) for account, bills in calendars(before, basis).items()}
    inside, ends = [], []
    for account, bills in sorted(calendars(now, basis).items()):
        known = earlier.get(account, {})
        days = _union(bills, strict=not known)
        if not days:
            continue
        first, last, until = min(days), max(days), last_day(month)
        if known and max(known) == first.replace(day=1) - dt.timedelta(days=1):
            first = first.replace(day=1)
        missing = [d for d in _between(first, last) if d not in days and _expected(d, days, known, last)]
        regular = _is_regular({**known, **days}, len(missing))
        if missing and (regular or _has_no_room_for_gaps(days, (last - first).days + 1, len(missing))):
            inside.append(_gap(account, missing, days, first, last))
        missing = [d for d in _between(last, until)[1:] if _expected(d, days, known, last)]
        if len(missing) >= ENDS_EARLY and (regular or _would_go_on(days, (until - first).days + 1)):
            ends.append(_gap(account, missing, days, first, last))
    return inside, ends


def suspects(days: Iterable[BillDay], basis: str) -> list[Suspect]:
    """Return the days that stand out of a daily bill with about twice its rows, or more."""
    found = []
    for account, bills in sorted(calendars(days, basis).items()):
        for billing_start, bill in sorted(bills.items()):
            if comes_daily(bill):
                found += _standing_out(account, billing_start, bill)
    return found


def _standing_out(account: Account, billing_start: dt.datetime, bill: Calendar) -> list[Suspect]:
    counts = sorted(of_day.rows for of_day in bill.values())
    usual = counts[(len(counts) - 1) // 2]
    high = {day for day, of_day in bill.items() if 10 * of_day.rows >= 17 * usual}
    if not high or 3 * len(high) > len(bill):
        return []
    others = sorted(set(bill) - high)
    most = max(bill[day].rows for day in others)
    found = []
    for day in sorted(high):
        if 10 * bill[day].rows >= 14 * most:
            nearest = sorted(others, key=lambda other: (abs((other - day).days), other))[:OTHER_DAYS]
            found.append(Suspect(account, billing_start, day, tuple(sorted(nearest)), bill[day].cost))
    return found


def _union(bills: Mapping[dt.datetime, Calendar], *, strict: bool) -> Calendar:
    """Return the days of all bills of an account that come daily; of all of them where that is known already."""
    days: Calendar = {}
    for bill in bills.values():
        if not strict or comes_daily(bill):
            for day, of_day in bill.items():
                usage = days.setdefault(day, Usage())
                usage.rows += of_day.rows
                usage.cost += of_day.cost
    return days


def _gap(account: Account, missing: Sequence[dt.date], days: Calendar, first: dt.date, last: dt.date) -> Gap:
    return Gap(account, tuple(missing), first, last, sum(of_day.cost for of_day in days.values()), len(days))


def _expected(day: dt.date, days: Calendar, known: Calendar, last: dt.date) -> bool:
    """Tell whether usage is to be expected on a day of the week: some bills rest at weekends."""
    seen = _between(min([*known, *days]), last)
    alike = [other for other in seen if other.weekday() == day.weekday() and other != day]
    return 2 * sum(other in days or other in known for other in alike) >= len(alike)


def _is_regular(days: Calendar, missing: int) -> bool:
    """Tell whether nearly every day has about the same number of rows, so that an empty one is no matter of chance."""
    counts = sorted(of_day.rows for of_day in days.values())
    usual = counts[(len(counts) - 1) // 2]
    alike = sum(4 * abs(count - usual) <= usual for count in counts)
    return 5 * alike >= 4 * len(counts) and 4 * missing <= len(counts)


def _has_no_room_for_gaps(days: Calendar, length: int, missing: int) -> bool:
    """Tell whether there are too many rows for chance to leave a day empty.

    Thrown over `length` days they would leave less than a twentieth of a day, and days that are nearly empty are
    rarer than empty ones.
    """
    counts = sorted(of_day.rows for of_day in days.values())
    usual = counts[(len(counts) - 1) // 2]
    quiet = sum(4 * count < usual for count in counts)
    thrown = min(sum(counts), ENOUGH_ROWS)
    return quiet < missing and 20 * length * (length - 1) ** thrown < length**thrown


def _would_go_on(days: Calendar, length: int) -> bool:
    """Tell whether rows thrown over `length` days would leave the end empty with a chance below 1 in 1,000."""
    covered = min((max(days) - min(days)).days + 1, length)
    thrown = min(sum(of_day.rows for of_day in days.values()), ENOUGH_ROWS)
    return bool(1000 * covered**thrown < length**thrown)


def _between(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]


def in_words(days: Sequence[dt.date], at_most: int = 3) -> str:
    """Return days as runs: '2024-05-03', '2024-05-10 to 2024-05-12 and 2024-05-20'."""
    runs: list[list[dt.date]] = []
    for day in sorted(days):
        if runs and (day - runs[-1][-1]).days == 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    texts = [f"{run[0]}" if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]
    shown = texts[:at_most] if len(texts) <= at_most else [*texts[: at_most - 1], f"{len(texts) - at_most + 1} more"]
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]
