"""The cells of a month: what one unit of each SKU cost, how much of it was used, and by which tier."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple, TypeVar

from unitcost.inputs.rules import Rules
from unitcost.month.owners import OwnerKind, Scope, matching_rules, owner_of
from unitcost.numbers.lmdi import DIGITS
from unitcost.warehouse.rows import CellRow, SpendRow

Key = TypeVar("Key")
ZERO = Decimal(0)
Shares = Mapping[str | None, Fraction]  # tier, or None for no tier → share; they sum to 1


class OwnedCell(NamedTuple):
    """A cell row in scope with its owner, and by the basis its cost (also in the bill's currency) and quantity."""

    row: CellRow
    kind: OwnerKind
    owner: str
    cost: Decimal
    own_cost: Decimal
    quantity: Decimal


def owned_cells(rows: Iterable[CellRow], rules: Rules, scope: Scope) -> list[OwnedCell]:
    """Return the cells in scope with their owners, by the same order of rules and tags as every row of spend."""
    matching = matching_rules(rules, scope)
    found = []
    for row in rows:
        kind, owner, _ = owner_of(row, matching(row.rule_values), scope)
        if kind not in (OwnerKind.EXCLUDED, OwnerKind.OUT_OF_SCOPE):
            booked = scope.basis == "billed"
            amounts = (
                (row.billed, row.billed_own, row.quantity_booked)
                if booked
                else (row.effective, row.effective_own, row.quantity)
            )
            found.append(OwnedCell(row, kind, owner, *amounts))
    return found


class Sku(NamedTuple):
    """What a cell is: never its price id or pricing category, because coverage belongs to the rate.

    `origin` is empty, or the pool whose share a product line carries.
    """

    provider: str
    sku: str
    unit: str
    region: str
    currency: str
    origin: str = ""


@dataclass(slots=True)
class SkuCell:
    """A SKU in a month: cost by tier, quantity, and who owns it. `share` is the part of a pool that is counted."""

    cost: Decimal = ZERO
    own_cost: Decimal = ZERO
    quantity: Decimal = ZERO
    share: Decimal = Decimal(1)
    by_tier: dict[str | None, Decimal] = field(default_factory=dict)
    description: str = ""
    services: dict[str, Decimal] = field(default_factory=dict)
    owners: dict[str, Decimal] = field(default_factory=dict)


class Origin(NamedTuple):
    """Where cost without cells comes from: a provider's service, directly or as the share of a pool."""

    provider: str
    service: str
    origin: str = ""


@dataclass(slots=True)
class Lump:
    """Cost that no quantity explains: that of a whole pool, and the share of it that is counted."""

    whole: Decimal = ZERO
    share: Decimal = Decimal(1)

    @property
    def cost(self) -> Decimal:
        """Return the cost that is counted."""
        return DIGITS.multiply(self.whole, self.share)


@dataclass(frozen=True, slots=True)
class CellMonth:
    """A month's cost ready to be compared: in cells, fixed, and without quantity; they sum to the cost compared."""

    users: int
    tier_users: Mapping[str, int | None]
    days: int
    currency: str
    cells: Mapping[Sku, SkuCell]
    fixed: Mapping[Origin, Lump]
    unquantified: Mapping[Origin, Lump]

    @property
    def cost(self) -> Decimal:
        """Return the cost of the month, exactly."""
        lumps = (lump.cost for lumps in (self.fixed, self.unquantified) for lump in lumps.values())
        return _sum([*(cell.cost for cell in self.cells.values()), *lumps])


def cell_month(
    rows: Iterable[OwnedCell],
    *,
    users: int,
    tier_users: Mapping[str, int | None],
    days: int,
    currency: str,
    tiers: Callable[[OwnerKind, str, str | None], Shares],
    counted: Callable[[OwnerKind, str, str | None], Fraction | None] | None = None,
) -> CellMonth:
    """Return the cells of a month.

    `tiers` says how an owner's cost of a category is spread over tiers. `counted` says which share of an owner's
    cost belongs to what is looked at (a product line), None for nothing; without it everything counts whole.
    """
    cells: dict[Sku, SkuCell] = {}
    fixed: dict[Origin, Lump] = {}
    unquantified: dict[Origin, Lump] = {}
    for owned in rows:
        row = owned.row
        share = counted(owned.kind, owned.owner, row.service_category) if counted else Fraction(1)
        if share is None:
            continue
        is_pool = counted is not None and owned.kind is not OwnerKind.PRODUCT_LINE
        origin = f"{owned.owner}\x1f{row.service_category or ''}" if is_pool else ""
        part = _times(share)
        if is_fixed(row):
            _lump(fixed, Origin(row.provider, row.service, origin), owned.cost, share)
        elif not (row.is_measured and row.sku and row.pricing_unit):
            _lump(unquantified, Origin(row.provider, row.service, origin), owned.cost, share)
        else:
            key = Sku(row.provider, row.sku, row.pricing_unit, row.region or "", row.currency, origin)
            cell = cells.setdefault(key, SkuCell())
            cell.cost = DIGITS.add(cell.cost, part(owned.cost))
            cell.own_cost = DIGITS.add(cell.own_cost, part(owned.own_cost))
            cell.quantity = DIGITS.add(cell.quantity, part(owned.quantity))
            cell.share = part(Decimal(1))
            cell.description = max(cell.description, row.description or "")
            for tier, weight in tiers(owned.kind, owned.owner, row.service_category).items():
                _add(cell.by_tier, tier, part(_times(weight)(owned.cost)))
            _add(cell.services, row.service, part(owned.cost))
            _add(cell.owners, owned.owner, part(owned.cost))
    return CellMonth(users, tier_users, days, currency, cells, fixed, unquantified)


def is_fixed(row: CellRow | SpendRow) -> bool:
    """Tell whether no use explains a row's cost: purchases, fees, adjustments, and what was committed and not used."""
    return row.charge_category != "Usage" or row.commitment_status == "Unused"


def _times(share: Fraction) -> Callable[[Decimal], Decimal]:
    if share == 1:
        return lambda amount: amount
    top, bottom = Decimal(share.numerator), Decimal(share.denominator)
    return lambda amount: DIGITS.divide(DIGITS.multiply(amount, top), bottom)


def _lump(lumps: dict[Origin, Lump], key: Origin, whole: Decimal, share: Fraction) -> None:
    lump = lumps.setdefault(key, Lump())
    lump.whole = DIGITS.add(lump.whole, whole)
    lump.share = _times(share)(Decimal(1))


def _add(sums: dict[Key, Decimal], key: Key, amount: Decimal) -> None:
    sums[key] = DIGITS.add(sums.get(key, ZERO), amount)


def _sum(amounts: Sequence[Decimal]) -> Decimal:
    total = ZERO
    for amount in amounts:
        total = DIGITS.add(total, amount)
    return total
