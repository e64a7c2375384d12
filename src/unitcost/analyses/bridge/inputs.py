"""Why a company's cost per user moved between two of its months: in total, by product line and by service."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

from unitcost.analyses.analysis import Request
from unitcost.analyses.bridge.bridge import BARS, Bridge, bridge
from unitcost.inputs.rules import Rules
from unitcost.month.allocation import tier_weights
from unitcost.month.cells import CellMonth, OwnedCell, Shares, cell_month
from unitcost.month.owners import OwnerKind
from unitcost.month.result import MonthResult
from unitcost.numbers.book import Findings
from unitcost.numbers.estimate import Estimate
from unitcost.numbers.months import last_day

if TYPE_CHECKING:
    from unitcost.month.company import Company

NOTEBOOK = "25_why_it_moved"
METHODS = {
    "rate": "price of a unit of use: Σ L·ln(p₁ ÷ p₀) over SKU × unit × region × currency × tier; L: logarithmic mean",
    "usage": "use per user and day: Σ L·ln(q₁ ÷ q₀) over the same cells",
    "mix": "share of the tiers in users: Σ L·ln of the ratio of U_t ÷ U",
    "month_length": "days of the month, except for units by the month: Σ L·ln(days₁ ÷ days₀)",
    "fixed": "purchases, fees, adjustments and unused commitments: (F₁ − F₀) × (1/U₁ + 1/U₀) ÷ 2",
    "dilution": "the same fixed cost over another number of users: (1/U₁ − 1/U₀) × (F₁ + F₀) ÷ 2",
    "new_retired": "cells whose cost or quantity is 0 in one of the months",
    "negative": "cells whose cost is below 0 in one of the months",
    "unquantified": "usage without SKU, unit or quantity",
    "fx": "conversion rates of cells billed in another currency: Σ L·ln(rate₁ ÷ rate₀)",
    "restatement": "the earlier month as now computed − as last published; 0 where nothing was published",
}


def findings(request: Request) -> Findings:
    """Return `bridge.*` of a month."""
    company = request.company
    return bridge_findings(bridge_of(company, request.month, request.against), company.config.report.currency)


def bridge_of(company: Company, month: str, against: str | None = None) -> Bridge:
    """Return why cost per user moved since `against`, by default since the month before as last published."""
    earlier = against or company.before(month)
    published = company.published.get(earlier or "")
    return company.once(
        ("bridge", month, earlier, published),
        lambda: _between(company, month, earlier, "cost_per_user", published=published),
    )


def bridge_of_service(company: Company, month: str, against: str | None, service: str) -> Bridge:
    """Return the bridge of one service's cost per user."""
    return _between(company, month, against, "", service=service)


def bridge_of_line(company: Company, month: str, against: str | None, line: str) -> Bridge:
    """Return the bridge of a product line's cost per user of its own; it has the bar `allocation` as well."""
    return _between(company, month, against, "", line=line)


def bridge_findings(found: Bridge, currency: str) -> Findings:
    """Return the bars as findings: all of them, or all null with the one reason."""
    unit = f"{currency}/user"
    values = {"total": found.total} | {bar: found.bars.get(bar) for bar in BARS}
    methods = {"total": "cost_per_user now − the earlier month's, as last published or else as now computed"} | METHODS
    return {
        f"bridge.{name}": Estimate(value, unit, method=methods[name], notebook=NOTEBOOK, reason=found.reason)
        for name, value in values.items()
    }


def _between(
    company: Company,
    month: str,
    against: str | None,
    finding: str,
    *,
    service: str | None = None,
    line: str | None = None,
    published: Decimal | None = None,
) -> Bridge:
    if against is None:
        return Bridge(reason="there is no earlier month with data to compare with")
    least = company.config.report.min_users
    sides = []
    for one in (month, against):
        users = _users(company.result(one), line)
        if users is None:
            return Bridge(reason=f"the users of {one} are not known")
        if users < least:
            return Bridge(reason=f"{one} has {users} of the {least} users that a unit cost needs (min_users)")
        sides.append(cells_of(company, one, users, service=service, line=line))
    values = None
    if finding:
        now, before = (company.result(one).findings[finding].value for one in (month, against))
        values = (now, before) if isinstance(now, Decimal) and isinstance(before, Decimal) else None
    return bridge(*sides, values=values, published=published)


def _users(result: MonthResult, line: str | None) -> int | None:
    if line is None:
        return result.users.mau
    return result.users.by_line.get(line, 0 if result.users.by_user else None)


def cells_of(
    company: Company, month: str, users: int, *, service: str | None = None, line: str | None = None
) -> CellMonth:
    """Return a month's cells: all of them, those of a service, or what a product line carries of them."""
    result = company.result(month)
    rows: list[OwnedCell] = company.cells(month)
    if service is not None:
        rows = [owned for owned in rows if owned.row.service == service]
    return cell_month(
        rows,
        users=users,
        # How many users of a line are on which tier is not known, so a line has no mix.
        tier_users={} if line is not None else result.users.by_tier,
        days=last_day(month).day,
        currency=company.config.report.currency,
        tiers=_no_tier if line is not None else _tiers(result, company.rules),
        counted=None if line is None else _carried(result, line),
    )


def _no_tier(kind: OwnerKind, owner: str, category: str | None) -> Shares:
    del kind, owner, category
    return {None: Fraction(1)}


def _tiers(result: MonthResult, rules: Rules) -> Callable[[OwnerKind, str, str | None], Shares]:
    """Return how an owner's cost of a category spreads over tiers: over lines first, then by each line's driver."""

    @cache
    def of_line(line: str, category: str | None) -> Shares:
        weights = tier_weights(line, category, result.users, rules)[1]
        whole = sum(weights.values())
        return {tier: Fraction(weight, whole) for tier, weight in weights.items()} if whole else {None: Fraction(1)}

    @cache
    def tiers(kind: OwnerKind, owner: str, category: str | None) -> Shares:
        found: dict[str | None, Fraction] = {}
        for line, share in result.allocation.line_shares(kind, owner, category).items():
            for tier, part in of_line(line, category).items():
                found[tier] = found.get(tier, Fraction(0)) + share * part
        rest = 1 - sum(found.values(), Fraction(0))
        return found | ({None: found.get(None, Fraction(0)) + rest} if rest else {})

    return tiers


def _carried(result: MonthResult, line: str) -> Callable[[OwnerKind, str, str | None], Fraction | None]:
    """Return which share of an owner's cost a line carries, None where it is another line's or nobody's."""

    @cache
    def carried(kind: OwnerKind, owner: str, category: str | None) -> Fraction | None:
        shares = result.allocation.line_shares(kind, owner, category)
        if kind is OwnerKind.PRODUCT_LINE or not shares:
            return shares.get(line)
        return shares.get(line, Fraction(0))

    return carried
