"""The bridges of one company: for all of it, for a product line, for a service, and the findings they come to."""

from __future__ import annotations

import calendar
import json
import os
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING

from unitcost.errors import DataProblem, UsageProblem
from unitcost.metrics.breakdown import cost_by
from unitcost.metrics.bridge import bridge
from unitcost.metrics.cells import CellRow, MonthCells, month_cells
from unitcost.metrics.estimate import Estimate, ratio
from unitcost.metrics.lmdi import PLACES
from unitcost.metrics.month import Findings
from unitcost.metrics.moves import BARS, Bridge, Ends, no_bridge
from unitcost.metrics.owners import Scope
from unitcost.metrics.sides import Side, of_company, of_line, of_service
from unitcost.metrics.tier_mix import TierMix, tier_mix
from unitcost.metrics.units import to_money

if TYPE_CHECKING:
    from unitcost.company import Company

NOTEBOOK = "25_why_it_moved"
PUBLISHED = "UNITCOST_PUBLISHED"
NO_EARLIER = "there is no month before with data"
End = tuple[Decimal, Decimal]  # the published value per user, and the exact cost
LMDI = "L(v₁, v₀) · ln(x₁ ÷ x₀) summed over SKU × unit × region × currency × tier, v the cell's cost per user, x "
METHODS = {
    "rate": LMDI + "its cost ÷ quantity",
    "usage": LMDI + "its quantity per user and day",
    "mix": LMDI + "its tier's share of users",
    "month_length": LMDI + "the days of the month, for units that do not count months",
    "fx": LMDI + "the rate of conversion",
    "fixed": "fees, purchases, adjustments and unused commitments: (F₁ − F₀) · (1/U₁ + 1/U₀) ÷ 2",
    "dilution": "fees, purchases, adjustments and unused commitments: (F₁ + F₀) ÷ 2 · (1/U₁ − 1/U₀)",
    "new_retired": "change of SKUs that cost or measure something in only one of the two months",
    "negative": "change of SKUs that are refunded more than they cost in one of the two months",
    "unquantified": "change of usage without SKU, unit or quantity above 0",
    "restatement": "cost_per_user of the earlier month as now computed − as last published",
}


class Bridges:
    """Everything between two months of a company, computed on demand and kept."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self.cells = lru_cache(maxsize=None)(self._cells)
        self.whole = lru_cache(maxsize=None)(self._whole)
        self.of_line = lru_cache(maxsize=None)(self._of_line)
        self.of_service = lru_cache(maxsize=None)(self._of_service)

    def against(self, month: str, wanted: str | None) -> str | None:
        """Return the month to compare with. Raises DataProblem for one that has no data or is not earlier."""
        if wanted is None:
            return self._company.before(month)
        self._company.check_month(wanted)
        if wanted >= month:
            raise DataProblem(
                f"{wanted} is not before {month}",
                where="--against",
                why="a bridge leads from an earlier month to a later one",
                fix="name an earlier month",
            )
        return wanted

    def _cells(self, month: str) -> MonthCells:
        company = self._company
        costs = company.config.costs
        result = company.result(month)
        return month_cells(
            cell_rows(company, month),
            users=result.users,
            days=calendar.monthrange(int(month[:4]), int(month[5:]))[1],
            allocation=result.allocation,
            rules=company.rules,
            scope=Scope(costs.basis, costs.exclude_categories, company.marts.rule_order),
        )

    def _whole(self, month: str, against: str | None = None) -> Bridge:
        earlier = self.against(month, against)

        def end(at: str) -> End | str:
            return self._finding(at, "cost_per_user", None, self._company.result(at).findings["scope_cost"])

        return self._bridge(month, earlier, of_company, end, published=self._company.published.get(earlier or ""))

    def _of_line(self, line: str, month: str, against: str | None = None) -> Bridge:
        def side(cells: MonthCells) -> Side:
            return of_line(cells, line)

        def end(at: str) -> End | str:
            result = self._company.result(at)
            if line not in result.allocation.by_line:
                return f"{line} is no product line in {at}"
            cost = Estimate(to_money(result.allocation.by_line[line]))
            return self._finding(at, f"cost_per_user.product.{result.slugs['product'][line]}", line, cost)

        return self._bridge(month, self.against(month, against), side, end, lines=True)

    def _of_service(self, service: str, month: str, against: str | None = None) -> Bridge:
        def side(cells: MonthCells) -> Side:
            return of_service(cells, service)

        def end(at: str) -> End | str:
            result = self._company.result(at)
            cost = cost_by(result.rows, lambda row: row.row.service).get(service, Decimal(0))
            whole = self._finding(at, "cost_per_user", None, result.findings["scope_cost"])
            return whole if isinstance(whole, str) else (ratio(cost, result.users.mau or 1), cost)

        return self._bridge(month, self.against(month, against), side, end)

    def _finding(self, month: str, name: str, label: str | None, cost: Estimate) -> End | str:
        """Return a published value and its exact cost, or why there is none."""
        found = self._company.result(month).findings[name]
        what = f"cost per user of {label} in {month}" if label else f"cost per user of {month}"
        if not isinstance(found.value, Decimal) or not isinstance(cost.value, Decimal):
            return f"{what} is unknown: {found.reason}"
        return found.value, cost.value

    def _bridge(
        self,
        month: str,
        earlier: str | None,
        side: Callable[[MonthCells], Side],
        end: Callable[[str], End | str],
        *,
        lines: bool = False,
        published: Decimal | None = None,
    ) -> Bridge:
        if earlier is None:
            return no_bridge(month, None, NO_EARLIER)
        before, now = end(earlier), end(month)
        if isinstance(before, str):
            return no_bridge(month, earlier, before)
        if isinstance(now, str):
            return no_bridge(month, earlier, now)
        return bridge(
            side(self.cells(earlier)),
            side(self.cells(month)),
            Ends(before[0], now[0], before[1], now[1], published),
            month=month,
            against=earlier,
            currency=self._company.config.report.currency,
            lines=lines,
        )

    def tier_mix(self, month: str, against: str | None = None) -> list[TierMix]:
        """Return what the changed mix of tiers does, by tier; nothing where there is no earlier month."""
        earlier = self.against(month, against)
        if earlier is None:
            return []
        results = [self._company.result(m) for m in (earlier, month)]
        sides = [
            {tier: (to_money(cost), r.users.by_tier[tier] or 0) for tier, cost in r.allocation.by_tier.items()}
            for r in results
        ]
        return tier_mix(*sides)

    def findings(self, month: str, against: str | None = None) -> Findings:
        """Return the findings of the company's bridge: all null with one reason, or all known."""
        found = self.whole(month, against)
        earlier = found.against or "the month before"
        methods = {**METHODS, "total": f"cost_per_user − that of {earlier} as last published, else as now computed"}
        unit = f"{self._company.config.report.currency}/user"
        return {
            f"bridge.{name}": Estimate(
                found.total if name == "total" else found.bars.get(name),
                unit,
                reason=found.reason,
                method=methods[name] if name == "total" else f"against {earlier}: {methods[name]}",
                notebook=NOTEBOOK,
            )
            for name in (*BARS, "total")
        }


def cell_rows(company: Company, month: str) -> list[CellRow]:
    """Return the mart `cells` of a month."""
    names, rows = company.marts.table("cells", month)
    if not rows:
        return []
    own = [names.index(field) for field in CellRow._fields if field != "rule_values"]
    rules = [names.index(f"rule_{number}") for number in range(len(company.marts.rule_order))]
    return [CellRow._make([*(row[i] for i in own), tuple(row[i] for i in rules)]) for row in rows]


def published() -> Mapping[str, Decimal]:
    """Return cost per user as last published, by month, from UNITCOST_PUBLISHED. Raises UsageProblem if it is odd."""
    text = os.environ.get(PUBLISHED, "")
    try:
        values = json.loads(text) if text else {}
        found = {str(month): Decimal(value) for month, value in values.items() if isinstance(value, str)}
        if len(found) == len(values) and all(v.is_finite() and v == v.quantize(PLACES) for v in found.values()):
            return found
    except (ValueError, AttributeError, InvalidOperation):
        pass
    raise UsageProblem(
        f"{PUBLISHED} holds '{text[:60]}'",
        why="it is no JSON object of months and decimal texts with at most 12 places",
        fix='write {"2024-04": "0.541"}, or leave it out',
    )
