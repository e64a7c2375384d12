"""From owners to product lines to tiers: every split is exact, and nothing gets lost on the way."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from .exact import largest_remainder, units
from .owners import Owned
from .people import TIERS, People
from .reading import Config

Money = dict[str, dict[str | None, int]]
"""Product line (or pool) to service category to money in units of 1e-18."""


@dataclass
class Allocation:
    """A month's in-scope cost by product line and tier (units of 1e-18)."""

    lines: dict[str, int] = field(default_factory=dict)
    tiers: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TIERS, 0))
    no_tier: int = 0
    unused: int = 0
    unallocated: int = 0


def product_lines(owned: list[Owned], people: People) -> set[str]:
    """A line exists in a month when it owns an in-scope row or has activity."""
    return {each.owner.name for each in owned if each.owner.kind == "line"} | people.active_lines()


def allocate(owned: list[Owned], people: People, config: Config) -> Allocation:
    """Owners' direct cost, then pools, then unused commitment, then tiers."""
    result = Allocation()
    lines = product_lines(owned, people)
    direct, pools = _sums(owned, "line"), _sums(owned, "pool")
    weights = {line: sum(direct.get(line, {}).values()) for line in lines}
    total: Money = {line: defaultdict(int, direct.get(line, {})) for line in lines}
    result.unallocated = _all(_sums(owned, "unallocated"))
    for pool in sorted(pools):
        of_pool = pool_weights(pool_named(pool, config), weights, people)
        for category, cost in pools[pool].items():
            if not _spread(cost, category, of_pool, total):
                result.unallocated += cost
    used = used_cost(owned) if config.unused_commitment == "split" else {}
    for category, cost in _sums(owned, "unused").get("", {}).items():
        if not _spread(cost, category, used, total):
            result.unused += cost
    result.lines = {line: sum(total[line].values()) for line in lines}
    for line in sorted(lines):
        for category, cost in total[line].items():
            _split_tiers(cost, tier_weights(line, category, people, config), result)
    return result


def _sums(owned: list[Owned], kind: str) -> Money:
    sums: Money = {}
    for each in owned:
        if each.owner.kind == kind:
            categories = sums.setdefault(each.owner.name, defaultdict(int))
            categories[each.piece.row.service_category] += each.cost
    return sums


def _all(money: Money) -> int:
    return sum(sum(categories.values()) for categories in money.values())


def _spread(cost: int, category: str | None, weights: dict[str, int], total: Money) -> bool:
    parts = largest_remainder(cost, weights)
    for line, part in parts.items():
        total[line][category] += part
    return bool(parts)


def pool_named(name: str, config: Config) -> dict[str, Any]:
    """The [[shared]] of that name."""
    return next(pool for pool in config.allocation["shared"] if pool["pool"] == name)


def pool_weights(pool: dict[str, Any], direct: dict[str, int], people: People) -> dict[str, int]:
    """Weights over the lines that exist; only their proportions matter."""
    method = pool["method"]
    if method == "proportional":
        return direct
    if method == "even":
        active = people.active_lines()
        return {line: 1 for line, cost in direct.items() if cost != 0 or line in active}
    if method == "fixed":
        return {line: units(share) for line, share in pool["shares"].items() if line in direct}
    return {line: people.line_driver(line, pool["driver"]) for line in direct}


def used_cost(owned: list[Owned]) -> dict[str, int]:
    """Each line's own cost that commitments cover."""
    used: dict[str, int] = defaultdict(int)
    for each in owned:
        if each.owner.kind == "line" and each.piece.row.commitment == "Used":
            used[each.owner.name] += each.cost
    return used


def tier_weights(line: str, category: str | None, people: People, config: Config) -> dict[str, int]:
    """The category's driver, else the default driver, else user-days."""
    drivers = config.allocation.get("drivers", {})
    default = drivers.get("default", "requests")
    for column in (drivers.get(category, default) if category else default, default):
        weights = people.tier_driver(line, column)
        if any(weights.values()):
            return weights
    return people.tier_days(line)


def _split_tiers(cost: int, weights: dict[str, int], result: Allocation) -> None:
    parts = largest_remainder(cost, weights)
    for tier, part in parts.items():
        result.tiers[tier] += part
    if not parts:
        result.no_tier += cost
