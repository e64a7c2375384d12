"""A company's machines that could be smaller or go: its utilisation, joined to its bills by ResourceId."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from functools import reduce
from typing import TYPE_CHECKING

from unitcost.analyses.analysis import Request
from unitcost.analyses.candidates.candidates import (
    Candidates,
    Cost,
    ResourceDay,
    Thresholds,
    candidate_findings,
    candidates,
)
from unitcost.analyses.candidates.utilisation_file import Utilisation
from unitcost.month.asked import asked_of
from unitcost.numbers.estimate import EXACT
from unitcost.numbers.months import span
from unitcost.warehouse.bills.matched import COMMITTED, ON_DEMAND, SPOT, Matched, OfResource

if TYPE_CHECKING:
    from unitcost.month.company import Company
    from unitcost.numbers.book import Findings

NOT_GIVEN = "no utilisation is given ([utilisation] path)"
NO_ROWS = "the utilisation has no row of the month"
HOURS = re.compile(r"(?<![A-Za-z])(hours?|hrs?)(?![A-Za-z])", re.IGNORECASE)


def findings(request: Request) -> Findings:
    """Return `candidates.*` of a month."""
    company = request.company
    found, currency = found_in(company, request.month), company.config.report.currency
    if isinstance(found, str):
        return candidate_findings(None, currency, found)
    return candidate_findings(found, currency)


def found_in(company: Company, month: str) -> Candidates | str:
    """Return the candidates of a month, or why there are none to tell."""
    given = company.given(Utilisation)
    if not given.given:
        return NOT_GIVEN
    days: dict[str, list[ResourceDay]] = defaultdict(list)
    for row in given.of(month):
        day = dt.date.fromisoformat(row.date)
        days[row.resource].append(ResourceDay(day, row.cpu, row.memory, row.vcpu, row.memory_gb))
    if not days:
        return NO_ROWS
    rows = Matched(company.marts.repeats).resources(asked_of(company, month, {"ChargeCategory": "Usage"}), days)
    hourly = _total(row for row in rows if row.paid in (ON_DEMAND, SPOT) and _by_hour(row))
    return candidates(days, _costs(rows), hourly, thresholds(company))


def thresholds(company: Company) -> Thresholds:
    """Return what the company counts as idle, as busy and as enough days."""
    settings = company.config.utilisation
    return Thresholds(settings.idle_below, settings.busy_below, settings.min_days)


def _costs(rows: list[OfResource]) -> dict[str, Cost]:
    by_resource: dict[str, list[OfResource]] = defaultdict(list)
    for row in rows:
        if row.resource is not None:
            by_resource[row.resource].append(row)
    return {
        name: Cost(
            _total(row for row in own if row.paid in (ON_DEMAND, SPOT)),
            _total(row for row in own if row.paid in (ON_DEMAND, SPOT) and _by_hour(row)),
            _total(row for row in own if row.paid == COMMITTED),
        )
        for name, own in by_resource.items()
    }


def _by_hour(row: OfResource) -> bool:
    """Tell whether a row is priced by time: a smaller machine changes nothing about storage or requests."""
    return row.unit is not None and HOURS.search(row.unit) is not None


def _total(rows: Iterable[OfResource]) -> Decimal:
    return reduce(EXACT.add, (row.cost for row in rows), Decimal(0))


def check(company: Company) -> list[str]:
    """Return which months are measured."""
    given = company.given(Utilisation)
    return [f"utilisation: {span(sorted(given.months))}"] if given.given else []
