"""What notebooks show of spend: what moved, who owns it, what nobody owns, and whether it reconciles."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from unitcost.month.breakdown import BridgeStep, account_of, cost_by, largest_with_rest, movers, scope_bridge, unowned
from unitcost.month.company import Company
from unitcost.month.owners import OwnedRow, OwnerKind, Scope
from unitcost.numbers.amounts import minus
from unitcost.numbers.estimate import ratio
from unitcost.numbers.units import to_money, to_units


def moved(company: Company, month: str) -> list[tuple[str, str, Decimal, Decimal, Decimal]]:
    """Return (product line or owner, service, now, before, change) in money, the largest movement first."""
    earlier = company.before(month)
    if earlier is None:
        return []

    def key(row: OwnedRow) -> str:
        return f"{_owner(row)}\x1f{row.row.service}"

    both = [cost_by(company.result(m).rows, key) for m in (month, earlier)]
    found = movers(both[0], both[1])
    return [(*m.name.split("\x1f", 1), m.now, m.before, m.change) for m in found if m.change]  # type: ignore[misc]


def _owner(row: OwnedRow) -> str:
    names = {
        OwnerKind.UNUSED: "Unused commitments",
        OwnerKind.UNALLOCATED: "Nobody",
    }
    return names.get(row.kind, row.owner)


def moved_by(company: Company, month: str, what: str) -> list[tuple[str, Decimal, Decimal, Decimal]]:
    """Return (name, now, before, change) in money by 'service' or 'environment', the largest movement first."""
    earlier = company.before(month)

    def key(row: OwnedRow) -> str:
        return row.row.service if what == "service" else environment(row)

    before = cost_by(company.result(earlier).rows, key) if earlier else {}
    return [(m.name, m.now, m.before, m.change) for m in movers(cost_by(company.result(month).rows, key), before)]


def environment(row: OwnedRow) -> str:
    """Return the environment a row counts in, in words."""
    if row.kind is OwnerKind.SHARED:
        return "shared pools"
    return row.environment or "no environment"


def environments(company: Company, month: str) -> list[tuple[str, str, Decimal]]:
    """Return (environment, 'COGS' or 'R&D', cost) of a month, the largest first."""

    def key(row: OwnedRow) -> tuple[str, str]:
        return environment(row), "COGS" if row.is_cogs else "R&D"

    found = cost_by(company.result(month).rows, key)
    ordered = sorted(found.items(), key=lambda item: (-to_units(item[1]), item[0][0].encode()))
    return [(name, kind, cost) for (name, kind), cost in ordered]


def scope_steps(company: Company, month: str) -> list[BridgeStep]:
    """Return the way from billed to effective to in scope."""
    costs = company.config.costs
    scope = Scope(costs.basis, costs.exclude_categories, company.marts.rule_order)
    return scope_bridge(company.result(month).rows, scope)


def unowned_rows(company: Company, month: str, at_most: int = 10) -> list[tuple[str, str, Decimal, int]]:
    """Return (account, service, cost, rows) of the largest cost nobody owns."""
    return unowned(company.result(month).rows)[:at_most]


def listing(company: Company, month: str, what: str, at_most: int = 120) -> tuple[list[list[object]], int]:
    """Return ([name, cost, share of scope], how many are summed in the last row), the largest first.

    `what` is 'service', 'owner', 'account' or 'provider'.
    """
    of: dict[str, Callable[[OwnedRow], str]] = {
        "service": lambda owned: owned.row.service,
        "owner": _owner,
        "account": lambda owned: account_of(owned.row),
        "provider": lambda owned: owned.row.provider,
    }
    amounts = cost_by(company.result(month).rows, of[what])
    kept = largest_with_rest(amounts, at_most, "Other")
    whole = sum(to_units(amount) for amount in amounts.values())
    rows: list[list[object]] = [
        [name, cost, ratio(to_units(cost), whole) if whole > 0 else None] for name, cost in kept.items()
    ]
    return rows, max(0, len(amounts) - len(kept) + 1) if len(amounts) > at_most else 0


def shared_split(company: Company, month: str) -> list[tuple[str, str, str, Decimal]]:
    """Return (pool, method, product line, amount) over all categories, pools in order."""
    sums: dict[tuple[str, str, str], int] = {}
    for share in company.result(month).allocation.shares:
        key = (share.pool.replace("_", " "), share.method, share.line)
        sums[key] = sums.get(key, 0) + share.amount
    return [(*key, to_money(units)) for key, units in sums.items()]


def negative_weights(company: Company, month: str) -> list[str]:
    """Return sentences about weights below 0, which count as 0 in a split."""
    found = {(s.pool, s.line) for s in company.result(month).allocation.shares if s.weight < 0}
    return [f"{line} has a negative weight in pool {pool}, which counts as 0." for pool, line in sorted(found)]


def reconciliation(company: Company, month: str) -> tuple[list[list[object]], Decimal]:
    """Return ([amount, marts, second reader, difference], rows both have read)."""
    control, own = company.control[month], company.mart_totals[month]
    pairs = {"Billed": (own.billed, control.billed), "Effective": (own.effective, control.effective)}
    return [[name, *pair, minus(*pair)] for name, pair in pairs.items()], Decimal(own.rows)
