"""A company's cost of usage day by day, its anomalies, and what lies behind each: cells of the bridge."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from unitcost.analyses.analysis import Request
from unitcost.analyses.anomalies.anomalies import Anomaly, Judged, Key, anomalies, anomaly_findings
from unitcost.month.cells import OwnedCell
from unitcost.month.owners import OwnerKind, matching_rules, owner_of
from unitcost.numbers.book import Findings
from unitcost.numbers.lmdi import log_ratio, product_effects
from unitcost.numbers.months import by_day, days_of, month_before
from unitcost.warehouse.rows import ruled_rows

if TYPE_CHECKING:
    from unitcost.month.company import Company

FOLDER = "anomalies"
MONTHS = 5  # the month and four before: a reference, and as many errors as tell a scale
USAGE = "Usage"
NO_USAGE = "no bill has usage by the day or the hour"
NO_USERS = "the users of these months are not known"


class ServiceDayRow(NamedTuple):
    """What decides the owner of a row of the service_days mart, and its cost."""

    service: str
    product_tag: str | None
    day: dt.date
    billed: Decimal
    effective: Decimal
    charge_category: str = USAGE
    commitment_status: str | None = None


@dataclass(frozen=True, slots=True)
class Driver:
    """What moved most in the direction of an anomaly: quantity, price, new SKUs or users; and in which SKU."""

    what: str
    name: str


def findings(request: Request) -> Findings:
    """Return `anomalies.*` of a month."""
    company = request.company
    return anomaly_findings(judged(company, request.month), company.config.report.currency)


def judged(company: Company, month: str) -> Judged:
    """Return the anomalies of a month; from the store, if it has them."""
    months = _window(company, month)
    return company.keep(FOLDER, months, lambda: _judge(company, months), Judged)


def _window(company: Company, month: str) -> list[str]:
    """Return the month and those before it, as far as they follow each other without a gap, oldest first."""
    found = [month]
    while len(found) < MONTHS and month_before(found[-1]) in company.months:
        found.append(month_before(found[-1]))
    return found[::-1]


def _judge(company: Company, months: Sequence[str]) -> Judged:
    counts = {each: company.past(each).findings["mau"].value for each in months}
    users = {each: float(count) for each, count in counts.items() if isinstance(count, Decimal) and count > 0}
    if len(users) < len(months):
        return Judged((), reason=NO_USERS)
    costs = _costs(company, months)
    if not costs:
        return Judged((), reason=NO_USAGE)
    dates = [date for each in months for date in days_of(each)]
    series = {key: [math.fsum(by_day.get(date, ())) for date in dates] for key, by_day in costs.items()}
    return anomalies(series, dates, by_day(users, dates))


def _costs(company: Company, months: Sequence[str]) -> dict[Key, dict[dt.date, list[float]]]:
    """Return amounts by service and owner and day, in scope."""
    matching, scope = matching_rules(company.rules, company.scope), company.scope
    found: dict[Key, dict[dt.date, list[float]]] = {}
    for month in months:
        for *values, rule_values in ruled_rows(company.marts, "service_days", month, ServiceDayRow._fields[:5]):
            row = ServiceDayRow(*values)
            kind, owner, _ = owner_of(row, matching(rule_values), scope)
            if kind not in (OwnerKind.EXCLUDED, OwnerKind.OUT_OF_SCOPE):
                amount = row.billed if scope.basis == "billed" else row.effective
                found.setdefault((row.service, owner), {}).setdefault(row.day, []).append(float(amount))
    return found


# What lies behind


def driver(company: Company, month: str, one: Anomaly) -> Driver | None:
    """Return what moved most in an anomaly's direction against the month before, None where nothing did.

    Cells of the same service and owner are compared by quantity and price per day of the month; a SKU that is in one
    month only is new. Where cost moved less than users, it is users.
    """
    earlier = month_before(month)
    if earlier not in company.months:
        return None
    now, before = (_cells(company, each, one) for each in (month, earlier))
    heads = [company.past(each).findings["mau"].value for each in (month, earlier)]
    up = one.money > 0
    effects: list[tuple[Decimal, str, str]] = []
    for key in sorted(now.keys() | before.keys()):
        effects += [(e if up else -e, what, key[0]) for what, e in _effects(now.get(key), before.get(key)).items()]
    if isinstance(heads[0], Decimal) and isinstance(heads[1], Decimal) and heads[0] and heads[1]:
        cost = sum((amount for _, amount in before.values()), Decimal(0))
        users = cost * (heads[1] / heads[0] - 1)
        effects.append((users if up else -users, "users", ""))
    best = max(effects, default=None, key=lambda effect: (effect[0], effect[2]))
    return Driver(best[1], best[2]) if best is not None and best[0] > 0 else None


Used = tuple[Decimal, Decimal]  # quantity and cost per day


def _cells(company: Company, month: str, one: Anomaly) -> dict[tuple[str, str], Used]:
    days = Decimal(len(days_of(month)))
    found: dict[tuple[str, str], Used] = {}
    for cell in company.cells(month):
        if _is_of(cell, one):
            key = (cell.row.description or cell.row.sku or cell.row.service, f"{cell.row.sku}{cell.row.region}")
            quantity, cost = found.get(key, (Decimal(0), Decimal(0)))
            found[key] = (quantity + cell.quantity / days, cost + cell.cost / days)
    return found


def _is_of(cell: OwnedCell, one: Anomaly) -> bool:
    is_use = cell.row.charge_category == USAGE and cell.row.commitment_status != "Unused"
    return is_use and cell.row.service == one.service and cell.owner == one.owner


def _effects(now: Used | None, before: Used | None) -> dict[str, Decimal]:
    if now is None or before is None:
        cost = (now or (0, Decimal(0)))[1] - (before or (0, Decimal(0)))[1]
        return {"new or retired SKUs": cost}
    if min(*now, *before) <= 0:
        return {"use without quantity": now[1] - before[1]}
    prices = [round(cost / quantity, 18) for quantity, cost in (now, before)]
    if not all(prices):
        return {}
    logs = {"quantity": log_ratio(now[0], before[0]), "price": log_ratio(prices[0], prices[1])}
    return product_effects(now[1], before[1], logs)
