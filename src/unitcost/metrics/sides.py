"""One side of a bridge: a month's cost per user as a sum of cells, for the company, a service or a product line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from unitcost.metrics.cells import WHOLE, Bought, Key, MonthCells, Shares, Tier
from unitcost.metrics.lmdi import EXACT, NOTHING
from unitcost.metrics.owners import Kind

POOLS = (Kind.SHARED, Kind.UNUSED)
# Less than a thousandth of the smallest unit of money is what is left where amounts cancel each other.
SMALLEST = Decimal("1e-21")


@dataclass(slots=True)
class Base:
    """What a SKU came to before it was shared out: cost, the same in the currency of the bill, quantity."""

    cost: Decimal = NOTHING
    own: Decimal = NOTHING
    quantity: Decimal = NOTHING

    def add(self, row: Bought) -> None:
        """Add a row of the mart."""
        self.cost = EXACT.add(self.cost, row.cost)
        self.own = EXACT.add(self.own, row.own)
        self.quantity = EXACT.add(self.quantity, row.quantity)


@dataclass(frozen=True)
class Side:
    """One month of a bridge: `users` divide all, `heads` are users by tier where the cells have tiers.

    `costs` are those of cells by key and tier; `fixed` and `unquantified` by key, before `share` of a pool is taken.
    """

    users: int
    days: int
    heads: Mapping[Tier, int]
    bases: dict[Key, Base] = field(default_factory=dict)
    costs: dict[tuple[Key, Tier], Decimal] = field(default_factory=dict)
    fixed: dict[Key, Decimal] = field(default_factory=dict)
    unquantified: dict[Key, Decimal] = field(default_factory=dict)
    share: dict[str, Decimal] = field(default_factory=dict)  # pool → what of it belongs here
    names: dict[Key, dict[tuple[str, str], Decimal]] = field(default_factory=dict)  # (service, owner) → size

    def cost(self, key: Key, tier: Tier) -> Decimal:
        """Return a cell's cost, 0 where it is not there or cancels out."""
        cost = self.costs.get((key, tier), NOTHING)
        return cost if abs(cost) >= SMALLEST else NOTHING

    def add(self, key: Key, row: Bought, share: Decimal, tiers: Callable[[Bought], Shares]) -> None:
        """Add a row of the mart, of which `share` belongs here."""
        self.share[key.pool] = share
        names = self.names.setdefault(key, {})
        who = (row.service, row.owner)
        names[who] = EXACT.add(names.get(who, NOTHING), abs(row.cost))
        if row.part != "cell":
            into = self.fixed if row.part == "fixed" else self.unquantified
            into[key] = EXACT.add(into.get(key, NOTHING), row.cost)
            return
        self.bases.setdefault(key, Base()).add(row)
        cost = EXACT.multiply(share, row.cost)
        for tier, part in tiers(row).items():
            before = self.costs.get((key, tier), NOTHING)
            self.costs[key, tier] = EXACT.add(before, EXACT.multiply(cost, part))


def of_company(month: MonthCells, rows: Iterable[Bought] | None = None) -> Side:
    """Return the whole company, or some rows of it, over all active users."""
    heads: dict[Tier, int] = {tier: count for tier, count in month.users.by_tier.items() if count}
    side = Side(month.users.mau or 0, month.days, heads)
    for row in month.bought if rows is None else rows:
        side.add(row.key, row, WHOLE, month.tiers_of)
    return side


def of_service(month: MonthCells, service: str) -> Side:
    """Return one service over all active users."""
    return of_company(month, [row for row in month.bought if row.service == service])


def of_line(month: MonthCells, line: str) -> Side:
    """Return one product line over its own users; how many of them are on which tier is not known.

    Pools are there whole, with the line's share of them in `share`, be it 0.
    """
    side = Side(month.users.by_line.get(line, 0), month.days, {})
    for row in month.bought:
        if row.kind is Kind.PRODUCT_LINE and row.owner == line:
            side.add(row.key, row, WHOLE, _no_tier)
        elif row.kind in POOLS:
            share = month.pools.get((row.kind, row.owner), {}).get(line, NOTHING)
            pool = f"{row.kind.value}:{row.owner}"
            side.add(row.key._replace(pool=pool), row, share, _no_tier)
    return side


def _no_tier(_: Bought) -> Shares:
    return {None: WHOLE}
