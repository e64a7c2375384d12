"""Cost seen from other sides: by service, by account, from the bill to the scope, against invoices."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from unitcost.month.owners import OwnedRow, OwnerKind, Scope
from unitcost.numbers.units import to_money, to_units
from unitcost.warehouse.marks import Mark
from unitcost.warehouse.rows import SpendRow

Key = TypeVar("Key", bound=Hashable)
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class BridgeStep:
    """One step of a bridge: a level ('total') or what leads to the next one ('step')."""

    name: str
    amount: Decimal
    kind: str


@dataclass(frozen=True, slots=True)
class Mover:
    """A name with its money now and in the month before."""

    name: str
    now: Decimal
    before: Decimal

    @property
    def change(self) -> Decimal:
        """Return now − before, exactly."""
        return to_money(to_units(self.now) - to_units(self.before))


def cost_by(rows: Iterable[OwnedRow], key: Callable[[OwnedRow], Key]) -> dict[Key, Decimal]:
    """Return the in-scope cost by anything a row can be asked for."""
    sums: dict[Key, int] = {}
    for row in rows:
        if row.in_scope:
            name = key(row)
            sums[name] = sums.get(name, 0) + row.cost
    return {name: to_money(units) for name, units in sums.items()}


def movers(now: Mapping[str, Decimal], before: Mapping[str, Decimal]) -> list[Mover]:
    """Return every name of two months, the largest change first, ties by name."""
    names = set(now) | set(before)
    found = [Mover(name, now.get(name, NOTHING), before.get(name, NOTHING)) for name in names]
    return sorted(found, key=lambda m: (-abs(to_units(m.change)), m.name.encode()))


def largest_with_rest(amounts: Mapping[str, Decimal], at_most: int, rest: str) -> dict[str, Decimal]:
    """Return the largest amounts and, where some are left, the exact remainder under the name `rest`."""
    ordered = sorted(amounts.items(), key=lambda item: (-abs(to_units(item[1])), item[0].encode()))
    if len(ordered) <= at_most:
        return dict(ordered)
    head, tail = ordered[: at_most - 1], ordered[at_most - 1 :]
    return {**dict(head), rest: to_money(sum(to_units(amount) for _, amount in tail))}


def scope_bridge(rows: Sequence[OwnedRow], scope: Scope) -> list[BridgeStep]:
    """Return the way from billed to effective to in scope; every step is the sum of named rows, and it adds up.

    A step is there where it has rows, even if they cancel out. With basis 'billed' the way is shorter: nothing lies
    between billed and the exclusions.
    """
    billed = sum(to_units(r.row.billed) for r in rows)
    steps = [BridgeStep("Billed", to_money(billed), "total")]
    if scope.basis == "effective":
        steps += _steps(_amortisation(rows), _AMORTISED)
        effective = sum(to_units(r.row.effective) for r in rows)
        steps.append(BridgeStep("Effective", to_money(effective), "total"))
    left_out = _sums((_exclusion(row), -row.cost) for row in rows if not row.in_scope)
    others = sorted(name for name in left_out if name not in (*_EXCLUDED.values(), _OUTSIDE))
    steps += _steps(left_out, (*_EXCLUDED.values(), *others, _OUTSIDE))
    total = sum(row.cost for row in rows if row.in_scope)
    return [*steps, BridgeStep("In scope", to_money(total), "total")]


_EXCLUDED = {"Tax": "Tax", "Credit": "Credits"}
_OUTSIDE = "Out of scope"
_AMORTISED = (_LATER, _USED, _UNUSED, _CORRECTED, _OTHER, _SPREAD) = (
    "Purchases for later use",
    "Use covered by commitments",
    "Unused commitments",
    "Corrections",
    "Other differences",
    "Charges spread over months",
)


def _steps(amounts: Mapping[str, int], order: Iterable[str]) -> list[BridgeStep]:
    return [BridgeStep(name, to_money(amounts[name]), "step") for name in order if name in amounts]


def _sums(amounts: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, units in amounts:
        found[name] = found.get(name, 0) + units
    return found


def _exclusion(row: OwnedRow) -> str:
    if row.kind is OwnerKind.OUT_OF_SCOPE:
        return _OUTSIDE
    return _EXCLUDED.get(row.owner, f"Excluded: {row.owner}")


def _amortisation(rows: Sequence[OwnedRow]) -> dict[str, int]:
    """Return effective − billed by what makes them differ: each row by one reason, what is spread apart from it."""
    found: list[tuple[str, int]] = []
    for owned in rows:
        row = owned.row
        booked = to_units(row.booked)
        difference, moved = booked - to_units(row.billed), to_units(row.effective) - booked
        name = _reason(row)
        # A row without an invoice line of its own is a piece of another row, and only spreads that one's cost.
        if difference or (row.rows and name != _OTHER):
            found.append((name, difference))
        if moved or row.has(Mark.SPREAD):
            found.append((_SPREAD, moved))
    return _sums(found)


def _reason(row: SpendRow) -> str:
    if row.has(Mark.CORRECTION):
        return _CORRECTED
    if row.has(Mark.LATER_USE):
        return _LATER
    return {"Used": _USED, "Unused": _UNUSED}.get(row.commitment_status or "", _OTHER)


def unowned(rows: Sequence[OwnedRow]) -> list[tuple[str, str, Decimal, int]]:
    """Return (account, service, cost, rows) of cost that no rule and no tag claims, the largest first."""
    sums: dict[tuple[str, str], list[int]] = {}
    for owned in rows:
        if owned.kind is OwnerKind.UNALLOCATED:
            row = owned.row
            entry = sums.setdefault((account_of(row), row.service), [0, 0])
            entry[0] += owned.cost
            entry[1] += row.rows
    found = [(account, service, to_money(cost), count) for (account, service), (cost, count) in sums.items()]
    return sorted(found, key=lambda item: (-abs(to_units(item[2])), item[0].encode(), item[1].encode()))


def account_of(row: SpendRow) -> str:
    """Return the name people know an account by: the sub account's, else the billing account's id."""
    return row.sub_account_name or row.sub_account or row.billing_account or "(no account)"
