"""What was bought in a month, for whom: the cells that a change of cost per user is told apart by.

A cell is a provider's SKU in a unit, a region and a currency. Its cost goes to product lines and tiers by the same
weights as the allocation, as shares of 40 digits: published money is rounded to 18 places by largest remainders, which
moves at most some units of 1e-18.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from unitcost.metrics.allocation import COVERED, Allocation, tier_weights
from unitcost.metrics.lmdi import EXACT, NOTHING, total
from unitcost.metrics.owners import Kind, Matching, Scope, owner_of
from unitcost.metrics.users import Users
from unitcost.rules import Rules

Tier = str | None
Shares = Mapping[Tier, Decimal]
WHOLE = Decimal(1)


class CellRow(NamedTuple):
    """One row of the mart `cells`; amounts are exact, in the reporting currency (`*_own`: the bill's).

    `quantity` belongs to effective cost; `quantity_booked` to billed cost, which is never spread over months.
    """

    provider: str
    sku: str | None
    pricing_unit: str | None
    region: str | None
    currency: str
    charge_category: str
    commitment_status: str | None
    service: str
    service_category: str | None
    product_tag: str | None
    is_measured: bool
    billed: Decimal
    effective: Decimal
    billed_own: Decimal
    effective_own: Decimal
    quantity: Decimal
    quantity_booked: Decimal
    rows: int
    rule_values: tuple[str | None, ...]


class Key(NamedTuple):
    """What makes a cell, apart from the tier; `pool` is where it comes from for a product line, '' for its own."""

    provider: str
    sku: str
    unit: str
    region: str
    currency: str
    pool: str = ""


@dataclass(frozen=True, slots=True)
class Bought:
    """A row of the mart in scope: its part in the bridge, its owner, and its amounts on the basis that counts."""

    key: Key
    part: str  # 'cell', 'fixed' or 'unquantified'
    kind: Kind
    owner: str
    service: str
    category: str | None
    cost: Decimal
    own: Decimal
    quantity: Decimal


@dataclass(frozen=True)
class MonthCells:
    """A month's rows in scope, with the shares by which they reach product lines and tiers."""

    bought: tuple[Bought, ...]
    users: Users
    days: int
    pools: Mapping[tuple[Kind, str], Mapping[str, Decimal]]  # pool → product line → share
    rules: Rules
    _tiers: dict[tuple[str, str | None], Shares] = field(default_factory=dict, repr=False)

    def tiers_of(self, row: Bought) -> Shares:
        """Return the shares of tiers in a row's cost, None for what has no tier; they add up to 1."""
        if row.kind is Kind.PRODUCT_LINE:
            return self._line_tiers(row.owner, row.category)
        lines = self.pools.get((row.kind, row.owner))
        if not lines:
            return {None: WHOLE}
        found: dict[Tier, Decimal] = {}
        for line, share in lines.items():
            for tier, part in self._line_tiers(line, row.category).items():
                found[tier] = EXACT.add(found.get(tier, NOTHING), EXACT.multiply(share, part))
        return found

    def _line_tiers(self, line: str, category: str | None) -> Shares:
        key = (line, category)
        if key not in self._tiers:
            _, weights = tier_weights(line, category, self.users, self.rules)
            self._tiers[key] = shares(weights) or {None: WHOLE}
        return self._tiers[key]

    @cached_property
    def tier_costs(self) -> dict[Tier, Decimal]:
        """Return all that is in scope by tier."""
        found: dict[Tier, Decimal] = {}
        for row in self.bought:
            for tier, share in self.tiers_of(row).items():
                found[tier] = EXACT.add(found.get(tier, NOTHING), EXACT.multiply(row.cost, share))
        return found


def month_cells(
    rows: Iterable[CellRow], *, users: Users, days: int, allocation: Allocation, rules: Rules, scope: Scope
) -> MonthCells:
    """Return a month's rows in scope with their owners; `days` are those of the calendar month."""
    matching = Matching(rules, scope)
    found = []
    for row in rows:
        kind, owner, _ = owner_of(row, matching.of(row), scope)
        if kind not in (Kind.EXCLUDED, Kind.OUT_OF_SCOPE):
            found.append(_bought(row, kind, owner, billed=scope.basis == "billed"))
    return MonthCells(tuple(found), users, days, _pools(allocation), rules)


def _bought(row: CellRow, kind: Kind, owner: str, *, billed: bool) -> Bought:
    part = "fixed"
    if row.charge_category == "Usage" and row.commitment_status != "Unused":
        part = "cell" if row.is_measured and row.sku and row.pricing_unit else "unquantified"
    return Bought(
        key=Key(row.provider, row.sku or "", row.pricing_unit or "", row.region or "", row.currency),
        part=part,
        kind=kind,
        owner=owner,
        service=row.service,
        category=row.service_category,
        cost=row.billed if billed else row.effective,
        own=row.billed_own if billed else row.effective_own,
        quantity=row.quantity_booked if billed else row.quantity,
    )


def _pools(allocation: Allocation) -> dict[tuple[Kind, str], Mapping[str, Decimal]]:
    """Return what each product line takes of each pool; every category of a pool has the same weights."""
    weights: dict[tuple[Kind, str], dict[str, int]] = {}
    for share in allocation.shares:
        kind = Kind.UNUSED if share.method == COVERED else Kind.SHARED
        weights.setdefault((kind, share.pool), {})[share.line] = share.weight
    return {pool: {str(line): part for line, part in shares(of).items()} for pool, of in weights.items()}


def shares(weights: Mapping[str, int]) -> dict[Tier, Decimal]:
    """Return each name's share, without those that have none; a negative weight counts as 0."""
    positive = {name: Decimal(weight) for name, weight in weights.items() if weight > 0}
    whole = total(positive.values())
    return {name: EXACT.divide(weight, whole) for name, weight in positive.items()}
