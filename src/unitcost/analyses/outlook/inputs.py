"""A company's outlook: what the next twelve months are likely to bring, from what was known at the end of a month."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from unitcost.analyses.analysis import Request
from unitcost.analyses.commitments.positions import terms
from unitcost.analyses.outlook.estimates.events import Event
from unitcost.analyses.outlook.estimates.forecast import Forecast, forecast, forecast_findings, target_gap
from unitcost.analyses.outlook.estimates.history import PastMonth
from unitcost.analyses.outlook.events_file import Events
from unitcost.analyses.unit_cost.plan_file import Plan
from unitcost.numbers.book import Findings
from unitcost.numbers.months import year_after
from unitcost.numbers.units import to_money, to_units
from unitcost.warehouse.rows import commitment_rows

if TYPE_CHECKING:
    from unitcost.month.company import Company

FOLDER = "outlook"


def findings(request: Request) -> Findings:
    """Return `forecast.*` and `target.gap` of a month."""
    company, month = request.company, request.month
    currency, targets = company.config.report.currency, company.config.targets.cost_per_user
    per_user = company.past(month).findings["cost_per_user"]
    return {
        **forecast_findings(outlook(company, month), currency),
        "target.gap": target_gap(per_user, month, targets, currency),
    }


def outlook(company: Company, month: str) -> Forecast:
    """Return the forecast of the twelve months after `month`; from the store, if it has it."""
    least, targets = company.config.report.min_users, company.config.targets.cost_per_user
    events = known_events(company, month)

    def compute() -> Forecast:
        rows = past_months(company, month)
        return forecast(rows, month=month, min_users=least, targets=targets, events=events)

    months = [each for each in company.months if each <= month]
    return company.keep(FOLDER, months, compute, Forecast, [repr(event) for event in events])


def past_months(company: Company, month: str) -> list[PastMonth]:
    """Return users, cost in scope and its fixed part of every month with data until `month`, oldest first."""
    found = []
    for each in company.months:
        if each <= month:
            one = company.past(each)
            users, cost = one.findings["mau"].value, one.findings["scope_cost"].value
            found.append(
                PastMonth(
                    each,
                    int(users) if isinstance(users, Decimal) else None,
                    cost if isinstance(cost, Decimal) else Decimal(0),
                    one.fixed,
                )
            )
    return found


def known_events(company: Company, month: str) -> list[Event]:
    """Return what is known to happen in the twelve months after `month`, by date.

    What the company says in [outlook] events is counted. A commitment may be renewed, so the forecast does not count
    its end; what it saves in `month` is at stake.
    """
    given = [
        Event(one.month, one.what, price=1 + one.price_change, fixed=one.fixed_change)
        for one in company.given(Events).rows
        if month < one.month <= year_after(month)
    ]
    return sorted([*given, *_ending(company, month)], key=lambda event: event.month)


def _ending(company: Company, month: str) -> list[Event]:
    """Return the commitments used in `month` that end in the twelve months after it."""
    until = [each for each in company.marts.cost_months() if each <= month]
    ends = terms(row for each in until for row in commitment_rows(company.marts, each))
    held = _held(company, month)
    return [
        Event(f"{end:%Y-%m}", f"{held[name][0]}: a commitment ends", at_stake=held[name][1])
        for name, end in sorted(ends.items(), key=lambda item: (item[1], item[0]))
        if name in held and month < f"{end:%Y-%m}" <= year_after(month)
    ]


def _held(company: Company, month: str) -> dict[tuple[str, str], tuple[str, Decimal | None]]:
    """Return the service and saving of each (provider, commitment) used in a month.

    What it saves is contracted − effective cost of the use it covers; None where a contracted cost is missing.
    """
    services: dict[tuple[str, str], str] = {}
    sums: dict[tuple[str, str], int | None] = {}
    for row in commitment_rows(company.marts, month):
        if row.commitment_status == "Used" and row.commitment_id:
            key = (row.provider, row.commitment_id)
            services[key] = max(row.service, services.get(key, ""))
            so_far = sums.get(key, 0)
            if so_far is None or row.contracted is None or not row.contracted_known:
                sums[key] = None
            else:
                sums[key] = so_far + to_units(row.contracted) - to_units(row.effective)
    return {key: (services[key], None if units is None else to_money(units)) for key, units in sums.items()}


def planned(company: Company, name: str) -> dict[str, Decimal]:
    """Return what was planned of 'scope_cost' or 'mau' by month; of 'cost_per_user' it is the targets."""
    if name == "cost_per_user":
        return dict(company.config.targets.cost_per_user)
    return {row.month: getattr(row, name) for row in company.given(Plan).rows}
