"""Every spend, user, unit cost, allocation and sensitivity finding of a company's month, as published text.

Written from the definitions alone, row by row in whole numbers of 1e-18 and exact fractions, so that it
shares neither code nor approach with the marts it is compared with.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from .bridge import NAMES, bars, month_of_bridge
from .costs import Piece, pieces
from .exact import ONE, decimal_text, money_text, ratio_text
from .freemium import freemium
from .names import slugs
from .owners import Owned, Scope, scope
from .people import (
    TIERS,
    Counts,
    People,
    Period,
    dedicated_accounts,
    people,
    periods,
    registered_users,
    users_of_accounts,
)
from .reading import Config, load_config
from .sensitivity import allocations, marginal
from .sets import concentration, growth
from .splits import Allocation, allocate

Values = dict[str, "Value"]


@dataclass(frozen=True)
class Value:
    """One finding: complete decimal text or None, and the real name behind a slug."""

    text: str | None
    label: str | None = None


@dataclass(frozen=True)
class Company:
    """Everything read from one folder."""

    config: Config
    pieces: dict[str, list[Piece]]
    people: dict[str, People]
    subscriptions: list[Period]

    def months(self) -> list[str]:
        return sorted(self.pieces.keys() & self.people.keys())


@lru_cache(maxsize=4)
def company(folder: Path) -> Company:
    """Read a company folder once; its files must not change afterwards."""
    config = load_config(folder)
    return Company(config, pieces(config), people(config), periods(config))


def months(folder: Path) -> list[str]:
    """Months with cost rows and activity."""
    return company(folder).months()


def findings(folder: Path, month: str) -> dict[str, dict[str, Any]]:
    """Name to value, label, previous (texts or None) and whether a reason is due."""
    whole = company(folder)
    now = _values(whole, month)
    earlier = month_before(month)
    before = _values(whole, earlier) if earlier in whole.months() else {}
    previous = {_identity(name, value): value.text for name, value in before.items()}
    return {
        name: {
            "value": value.text,
            "label": value.label,
            "previous": previous.get(_identity(name, value)),
            "reason": value.text is None,
        }
        for name, value in now.items()
    }


def month_before(month: str) -> str:
    """The calendar month before `2024-05`."""
    year, number = map(int, month.split("-"))
    return f"{year - 1}-12" if number == 1 else f"{year}-{number - 1:02d}"


def _identity(name: str, value: Value) -> tuple[str, str | None]:
    """A slug may pass from one name to another between months; the real name does not."""
    if value.label is None:
        return name, None
    parts = name.split(".")
    at = -2 if parts[-1].endswith("_method") else -1
    return ".".join([*parts[:at], *parts[at:][1:]]) + "/", value.label


def _values(whole: Company, month: str) -> Values:
    config, month_people = whole.config, whole.people[month]
    month_pieces = whole.pieces[month]
    in_scope = scope(month_pieces, config)
    split = allocate(in_scope.owned, month_people, config)
    total = sum(each.cost for each in in_scope.owned)
    divide = UnitCost(config.min_users)
    values: Values = {}
    values |= _spend(month_pieces, in_scope, total)
    values |= _users(month_people.counts, split)
    values |= _allocation(split)
    values |= _unit_costs(in_scope, split, month_people.counts, divide, config)
    values |= _registered(whole, month, total, divide)
    values |= _tenancy(whole, month, in_scope.owned, divide)
    values |= _sensitivity(in_scope.owned, month_people, divide, config)
    grown = growth(whole.people, month, month_before(month))
    values |= {f"growth.{name}": Value(size) for name, size in grown.items()}
    tops = concentration(month_people, config)
    values |= {f"concentration.top_{top}": Value(share) for top, share in tops.items()}
    values |= _bridge(whole, month, in_scope.owned)
    sold = whole.subscriptions if config.tables["subscriptions"] else None
    exact = freemium(config, month, in_scope.owned, split, month_people, sold)
    return values | {name: Value(text) for name, text in exact.items()}


def _bridge(whole: Company, month: str, owned: list[Owned]) -> Values:
    """Bars and their sum, or none of them where a month is missing or has too few users."""
    names = [f"bridge.{name}" for name in (*NAMES, "total")]
    months = [month_before(month), month]
    heads = [whole.people[m].counts.mau if m in whole.months() else None for m in months]
    if any(count is None or count < max(whole.config.min_users, 1) for count in heads):
        return dict.fromkeys(names, Value(None))
    earlier = scope(whole.pieces[months[0]], whole.config).owned
    ends = [
        month_of_bridge(m, rows, whole.people[m], whole.config)
        for m, rows in zip(months, (earlier, owned), strict=True)
    ]
    found = bars(ends[0], ends[1], whole.config.currency)
    found["total"] = sum(found.values())
    return {f"bridge.{name}": Value(decimal_text(value, 12)) for name, value in found.items()}


@dataclass(frozen=True)
class UnitCost:
    """Cost divided by users, unless they are unknown or too few."""

    min_users: int

    def __call__(self, cost: int, users: int | None, label: str | None = None) -> Value:
        if users is None or users < self.min_users or users == 0:
            return Value(None, label)
        return Value(ratio_text(Fraction(cost, users * ONE)), label)


def _money(cost: int, label: str | None = None) -> Value:
    return Value(money_text(cost), label)


def _count(number: int | None, label: str | None = None) -> Value:
    return Value(None if number is None else str(number), label)


def _cogs(owned: list[Owned]) -> int:
    return sum(each.cost for each in owned if each.is_cogs)


def _spend(month_pieces: list[Piece], in_scope: Scope, total: int) -> Values:
    cogs = _cogs(in_scope.owned)
    return {
        "billed_cost": _money(sum(piece.billed for piece in month_pieces)),
        "effective_cost": _money(sum(piece.effective for piece in month_pieces)),
        "scope_cost": _money(total),
        "cost.tax": _money(in_scope.tax),
        "cost.credits": _money(in_scope.credits),
        "cost.excluded": _money(in_scope.excluded),
        "cost.out_of_scope": _money(in_scope.out_of_scope),
        "cost.cogs": _money(cogs),
        "cost.rnd": _money(total - cogs),
        "reconciliation_gap": Value("0"),
    }


def _line_count(counts: Counts, line: str) -> int | None:
    return counts.lines.get(line, 0 if counts.lines_are_complete else None)


def _users(counts: Counts, split: Allocation) -> Values:
    values = {
        "mau": _count(counts.mau),
        "mau.multi_product": _count(counts.multi_product),
        "mau.switched_tier": _count(counts.switched),
    }
    for tier in TIERS:
        values[f"mau.{tier}"] = _count(counts.tiers[tier])
        share = counts.user_months[tier] if counts.user_months else None
        values[f"user_months.{tier}"] = Value(None if share is None else ratio_text(share))
    for line, slug in slugs(split.lines).items():
        values[f"mau.product.{slug}"] = _count(_line_count(counts, line), line)
    return values


def _allocation(split: Allocation) -> Values:
    values = {f"cost.{tier}": _money(split.tiers[tier]) for tier in TIERS}
    values["cost.no_tier"] = _money(split.no_tier)
    values["cost.unused_commitment"] = _money(split.unused)
    values["cost.unallocated"] = _money(split.unallocated)
    for line, slug in slugs(split.lines).items():
        values[f"cost.product.{slug}"] = _money(split.lines[line], line)
    return values


def _unit_costs(in_scope: Scope, split: Allocation, counts: Counts, divide: UnitCost, config: Config) -> Values:
    total = sum(each.cost for each in in_scope.owned)
    net = total + (in_scope.credits if "Credit" in config.costs["exclude_categories"] else 0)
    values = {
        "cost_per_user": divide(total, counts.mau),
        "cost_per_user.net_of_credits": divide(net, counts.mau),
        "cost_per_user.cogs": divide(_cogs(in_scope.owned), counts.mau),
    }
    for tier in TIERS:
        values[f"cost_per_user.{tier}"] = divide(split.tiers[tier], counts.tiers[tier])
    for line, slug in slugs(split.lines).items():
        heads = _line_count(counts, line)
        values[f"cost_per_user.product.{slug}"] = divide(split.lines[line], heads, line)
    services: dict[str, int] = defaultdict(int)
    for each in in_scope.owned:
        services[each.piece.row.service] += each.cost
    for service, slug in slugs(services).items():
        values[f"cost_per_user.service.{slug}"] = divide(services[service], counts.mau, service)
    product_tag = config.costs["product_tag"]
    tagged = [each for each in in_scope.owned if each.piece.row.tags.get(product_tag)]
    decided = [each for each in in_scope.owned if each.owner.by in ("rule", "tag")]
    values["tag_coverage"] = _coverage(tagged, in_scope.owned)
    values["allocation_coverage"] = _coverage(decided, in_scope.owned)
    return values


def _sensitivity(owned: list[Owned], people: People, divide: UnitCost, config: Config) -> Values:
    counts, found = people.counts, allocations(owned, people, config)
    alone = marginal(owned, people, config)
    total = sum(each.cost for each in owned)
    values: Values = {}
    for end, pick in (("low_method", min), ("high_method", max)):
        values[f"cost_per_user.{end}"] = divide(total, counts.mau)
        for tier in TIERS:
            cost = pick(each.tiers[tier] for each in found)
            values[f"cost_per_user.{tier}.{end}"] = divide(cost, counts.tiers[tier])
        for line, slug in slugs(found[0].lines).items():
            cost = pick(each.lines[line] for each in found)
            values[f"cost_per_user.product.{slug}.{end}"] = divide(cost, _line_count(counts, line), line)
    for tier in TIERS:
        values[f"cost_per_user.{tier}.marginal"] = divide(alone[tier], counts.tiers[tier])
    return values


def _coverage(part: list[Owned], whole: list[Owned]) -> Value:
    size = sum(abs(each.cost) for each in whole)
    share = sum(abs(each.cost) for each in part)
    return Value(ratio_text(Fraction(share, size)) if size else None)


def _registered(whole: Company, month: str, total: int, divide: UnitCost) -> Values:
    known = bool(whole.config.tables["subscriptions"])
    heads = registered_users(whole.subscriptions, month) if known else None
    return {"registered_users": _count(heads), "cost_per_registered_user": divide(total, heads)}


def _tenancy(whole: Company, month: str, owned: list[Owned], divide: UnitCost) -> Values:
    users = whole.people[month].counts.users
    dedicated, shared = "cost_per_user.tenancy.dedicated", "cost_per_user.tenancy.shared"
    if users is None:
        return {dedicated: Value(None), shared: Value(None)}
    accounts = dedicated_accounts(whole.subscriptions, month)
    tenants = users & users_of_accounts(whole.subscriptions, accounts, month)
    tag = whole.config.costs["account_tag"]
    cost = sum(each.cost for each in owned if each.piece.row.tags.get(tag) in accounts)
    total = sum(each.cost for each in owned)
    return {
        dedicated: divide(cost, len(tenants)) if accounts else Value(None),
        shared: divide(total - cost, len(users - tenants)),
    }
