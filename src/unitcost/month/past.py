"""What a past month came to: little enough to be kept in the store, so that history is only read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from unitcost.month.breakdown import cost_by
from unitcost.month.cells import is_fixed
from unitcost.month.result import MonthResult
from unitcost.numbers.book import Findings
from unitcost.numbers.units import to_money


@dataclass(frozen=True, slots=True)
class Past:
    """A month's own findings, without values of the month before, and its in-scope cost by service, in money.

    `fixed` is the part of the cost in scope that no use explains: purchases, fees, what was committed and not used.
    """

    findings: Findings
    services: Mapping[str, Decimal]
    fixed: Decimal

    def labelled(self, prefix: str) -> dict[str, Decimal | None]:
        """Return the findings below a prefix by their real name; None is unknown."""
        return {
            estimate.label: estimate.value if isinstance(estimate.value, Decimal) else None
            for name, estimate in self.findings.items()
            if estimate.label is not None and name.startswith(f"{prefix}.")
        }


def past_of(result: MonthResult) -> Past:
    """Return what a month came to."""
    return Past(
        result.findings,
        cost_by(result.rows, lambda row: row.row.service),
        to_money(sum(row.cost for row in result.rows if row.in_scope and is_fixed(row.row))),
    )
