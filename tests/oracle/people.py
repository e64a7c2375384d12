"""Who was active in a month: single users with their tiers, or counts given from outside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Protocol

from .exact import amount
from .reading import Config, Record, day, month_of, table

TIERS = ("free", "paid")
TRUE = ("true", "t", "1", "yes")
_ACTIVITY_KEYS = ("date", "user_id", "product_line", "is_internal")
_AGGREGATE_KEYS = ("month", "tier", "product_line", "mau")


@dataclass(frozen=True)
class Period:
    """One subscription of a user; `end` is exclusive, None while it runs."""

    user: str
    tier: str
    start: date
    end: date | None
    account: str | None
    is_dedicated: bool
    price: str = "0"

    def holds(self, when: date) -> bool:
        return self.start <= when and (self.end is None or when < self.end)

    def overlaps(self, first: date, last: date) -> bool:
        return self.start <= last and (self.end is None or first < self.end)


@dataclass(frozen=True)
class Counts:
    """Active users of a month as far as they are known; None is unknown."""

    mau: int | None
    tiers: dict[str, int | None]
    lines: dict[str, int]
    lines_are_complete: bool = True
    user_months: dict[str, Fraction] | None = None
    switched: int | None = None
    multi_product: int | None = None
    users: frozenset[str] | None = None


class People(Protocol):
    """What a month's spend is divided by, and the weights that split it."""

    counts: Counts

    def active_lines(self) -> set[str]: ...

    def line_driver(self, line: str, column: str) -> int: ...

    def tier_driver(self, line: str, column: str) -> dict[str, int]: ...

    def tier_days(self, line: str) -> dict[str, int]: ...


@dataclass
class Users:
    """People of a month known one by one: (user, day, line) rows with the tier of that day."""

    counts: Counts
    rows: list[tuple[str, date, str, Record]]
    tier_on: dict[tuple[str, date], str]

    def active_lines(self) -> set[str]:
        return {line for _, _, line, _ in self.rows}

    def line_driver(self, line: str, column: str) -> int:
        return sum(self.tier_driver(line, column).values())

    def tier_driver(self, line: str, column: str) -> dict[str, int]:
        sums = dict.fromkeys(TIERS, 0)
        for user, when, row_line, record in self.rows:
            if row_line == line:
                sums[self.tier_on[user, when]] += _driver(record, column)
        return sums

    def tier_days(self, line: str) -> dict[str, int]:
        days = {(user, when) for user, when, row_line, _ in self.rows if row_line == line}
        return {tier: sum(self.tier_on[each] == tier for each in days) for tier in TIERS}


@dataclass
class Aggregate:
    """People of a month known as counts by (tier, product line), each at its own grain only."""

    counts: Counts
    rows: dict[tuple[str, str], Record] = field(default_factory=dict)

    def active_lines(self) -> set[str]:
        return {line for _, line in self.rows if line}

    def line_driver(self, line: str, column: str) -> int:
        whole = self.rows.get(("", line))
        if whole is not None and whole.get(column.lower()) is not None:
            return _driver(whole, column)
        return sum(self.tier_driver(line, column).values())

    def tier_driver(self, line: str, column: str) -> dict[str, int]:
        rows = {tier: self.rows.get((tier, line)) for tier in TIERS}
        return {tier: _driver(row, column) if row else 0 for tier, row in rows.items()}

    def tier_days(self, line: str) -> dict[str, int]:  # noqa: ARG002
        return dict.fromkeys(TIERS, 0)


def _driver(record: Record, column: str) -> int:
    if column.lower() in (*_ACTIVITY_KEYS, *_AGGREGATE_KEYS):
        return 0
    value = record.get(column.lower())
    return amount(value) if value else 0


def periods(config: Config) -> list[Period]:
    """Subscriptions without those of zero length; empty when the company gives none."""
    found = []
    for row in table(config.folder, config.tables["subscriptions"]):
        started, ended = row["started_on"], row["ended_on"]
        if started is None or (ended and day(ended) <= day(started)):
            continue
        found.append(
            Period(
                user=row["user_id"] or "",
                tier=row["tier"] or "",
                start=day(started),
                end=day(ended) if ended else None,
                account=row.get("account_id"),
                is_dedicated=row.get("tenancy") == "dedicated",
                price=row["mrr"] or "0",
            )
        )
    return found


def people(config: Config) -> dict[str, People]:
    """The people of every month that has any."""
    if config.tables["aggregate"]:
        return dict(_aggregates(table(config.folder, config.tables["aggregate"])))
    rows = table(config.folder, config.tables["activity"])
    by_month: dict[str, list[tuple[str, date, str, Record]]] = defaultdict(list)
    for row in rows:
        if (row.get("is_internal") or "").lower() not in TRUE:
            when = day(row["date"] or "")
            by_month[month_of(when)].append((row["user_id"] or "", when, row["product_line"] or "", row))
    by_user: dict[str, list[Period]] = defaultdict(list)
    for period in periods(config):
        by_user[period.user].append(period)
    return {month: _users(rows, by_user, config.default_tier) for month, rows in by_month.items()}


def _users(rows: list[tuple[str, date, str, Record]], by_user: dict[str, list[Period]], default_tier: str) -> Users:
    days: dict[str, set[date]] = defaultdict(set)
    lines: dict[str, set[str]] = defaultdict(set)
    for user, when, line, _ in rows:
        days[user].add(when)
        lines[user].add(line)
    tier_on = {
        (user, when): next((p.tier for p in by_user.get(user, []) if p.holds(when)), default_tier)
        for user, dates in days.items()
        for when in dates
    }
    last_tier = {user: tier_on[user, max(dates)] for user, dates in days.items()}
    tiers_of = {user: {tier_on[user, when] for when in dates} for user, dates in days.items()}
    by_line: dict[str, int] = defaultdict(int)
    for user_lines in lines.values():
        for line in user_lines:
            by_line[line] += 1
    user_months = {
        tier: sum(
            (Fraction(sum(tier_on[user, when] == tier for when in dates), len(dates)) for user, dates in days.items()),
            Fraction(0),
        )
        for tier in TIERS
    }
    counts = Counts(
        mau=len(days),
        tiers={tier: sum(each == tier for each in last_tier.values()) for tier in TIERS},
        lines=dict(by_line),
        user_months=user_months,
        switched=sum(len(tiers) > 1 for tiers in tiers_of.values()),
        multi_product=sum(len(each) > 1 for each in lines.values()),
        users=frozenset(days),
    )
    return Users(counts, rows, tier_on)


def _aggregates(rows: Iterable[Record]) -> dict[str, Aggregate]:
    by_month: dict[str, dict[tuple[str, str], Record]] = defaultdict(dict)
    for row in rows:
        grain = row.get("tier") or "", row.get("product_line") or ""
        by_month[month_of(day(f"{row['month']}-01"[:10]))][grain] = row
    return {month: Aggregate(_aggregate_counts(grains), grains) for month, grains in by_month.items()}


def _aggregate_counts(grains: dict[tuple[str, str], Record]) -> Counts:
    heads = {grain: int(row["mau"]) for grain, row in grains.items() if row["mau"]}
    return Counts(
        mau=heads.get(("", "")),
        tiers={tier: heads.get((tier, "")) for tier in TIERS},
        lines={line: count for (tier, line), count in heads.items() if line and not tier},
        lines_are_complete=False,
    )


def registered_users(subscriptions: list[Period], month: str) -> int:
    """Distinct users whose subscription covers the month's last day."""
    last = month_days(month)[1]
    return len({period.user for period in subscriptions if period.holds(last)})


def month_days(month: str) -> tuple[date, date]:
    """First and last day of a month."""
    first = date.fromisoformat(f"{month}-01")
    following = (first + timedelta(days=32)).replace(day=1)
    return first, following - timedelta(days=1)


def dedicated_accounts(subscriptions: list[Period], month: str) -> set[str]:
    """Accounts that hold a dedicated subscription at some time of the month."""
    first, last = month_days(month)
    return {p.account for p in subscriptions if p.is_dedicated and p.account and p.overlaps(first, last)}


def users_of_accounts(subscriptions: list[Period], accounts: set[str], month: str) -> set[str]:
    """Users with a subscription of one of the accounts at some time of the month."""
    first, last = month_days(month)
    return {p.user for p in subscriptions if p.account in accounts and p.overlaps(first, last)}
