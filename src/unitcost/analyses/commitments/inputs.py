"""What a filter matches in a company's bills: the load of each hour, for commitments, and how it is paid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import TYPE_CHECKING

from unitcost.analyses.analysis import Request
from unitcost.analyses.commitments.hourly import HOURS_A_DAY, Load
from unitcost.analyses.commitments.positions import commitment_findings
from unitcost.month.asked import asked_of
from unitcost.numbers.book import Findings
from unitcost.numbers.estimate import EXACT
from unitcost.numbers.months import last_day
from unitcost.warehouse.bills.bill_rows import Filter
from unitcost.warehouse.bills.matched import COMMITTED, ON_DEMAND, OTHER, SPOT, Hour, Matched
from unitcost.warehouse.rows import commitment_rows

if TYPE_CHECKING:
    from unitcost.month.company import Company

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Loads:
    """The matched cost in scope of a month, in money: what could still be committed by provider, and the rest."""

    by_provider: Mapping[str, Load]
    committed: Decimal  # what an existing commitment covers, and its unused part
    spot: Decimal
    other: Decimal  # purchases, adjustments and whatever else is no use

    @property
    def on_demand(self) -> Decimal:
        """Return the use that is paid on demand, by the hour or not."""
        return _sum(cost for load in self.by_provider.values() for cost in (*load.hours, load.longer))

    @property
    def matched(self) -> Decimal:
        """Return all that matches."""
        return _sum((self.on_demand, self.committed, self.spot, self.other))


def findings(request: Request) -> Findings:
    """Return `commitment.*` of a month."""
    return commitment_findings(commitment_rows(request.company.marts, request.month))


def loads(company: Company, month: str, applies_to: Filter) -> Loads:
    """Return the hourly loads of a month. Raises DataProblem for a month without data.

    Keys of `applies_to` are FOCUS columns or Tags.<key>; values are matched as those of allocation rules.
    """
    rows = Matched(company.marts.repeats).hours(asked_of(company, company.check_month(month), applies_to))
    days = last_day(month).day
    providers = sorted({row.provider for row in rows if row.paid == ON_DEMAND})
    return Loads(
        {name: _load([r for r in rows if r.provider == name and r.paid == ON_DEMAND], days) for name in providers},
        *(_sum(row.cost for row in rows if row.paid == paid) for paid in (COMMITTED, SPOT, OTHER)),
    )


def _load(rows: list[Hour], days: int) -> Load:
    hours = [ZERO] * (days * HOURS_A_DAY)
    for row in rows:
        if row.hour is not None:
            hours[row.hour] = row.cost
    return Load(tuple(hours), _sum(row.cost for row in rows if row.hour is None))


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return reduce(EXACT.add, amounts, ZERO)
