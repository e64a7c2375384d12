"""What notebooks show: rows for tables and charts, shaped from a company's numbers.

A view computes nothing new. It picks findings and sums of owned rows, so a page and findings.json agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from unitcost.display.formats import Formats
from unitcost.display.tables import Column, cell
from unitcost.month import usage_drivers
from unitcost.month.company import Company
from unitcost.month.users import TIERS

# Notebooks ask for the arithmetic here.
from unitcost.numbers.amounts import Amount, adds_up, growth, minus, part, total  # noqa: F401
from unitcost.numbers.estimate import Estimate, ratio
from unitcost.numbers.months import year_before
from unitcost.numbers.units import to_money


@dataclass(frozen=True, slots=True)
class EarlierValues:
    """A name with its value now, a month before and a year before; None is unknown."""

    name: str
    now: Amount
    before: Amount
    year_ago: Amount


def value(company: Company, month: str | None, name: str) -> Amount:
    """Return a finding's value in a month, None where either is not there."""
    if month is None or month not in company.months:
        return None
    estimate = company.past(month).findings.get(name)
    return estimate.value if estimate is not None and isinstance(estimate.value, Decimal) else None


def compared(company: Company, month: str, names: Mapping[str, str]) -> list[EarlierValues]:
    """Return findings (label → name) with their earlier values."""
    before, year = company.before(month), year_before(month)
    return [
        EarlierValues(label, *(value(company, m, name) for m in (month, before, year))) for label, name in names.items()
    ]


def series(company: Company, months: Sequence[str], name: str) -> list[Amount]:
    """Return a finding over months."""
    return [value(company, month, name) for month in months]


def per_user_by(company: Company, month: str, what: str) -> list[EarlierValues]:
    """Return cost per user by 'service' or 'product', the dearest first; names are matched by their real name."""
    months = (month, company.before(month), year_before(month))
    by_month = [_labelled(company, m, what) for m in months]
    found = [EarlierValues(name, *(values.get(name) for values in by_month)) for name in by_month[0]]
    return sorted(found, key=lambda c: (-(c.now if c.now is not None else Decimal(-1)), c.name.encode()))


def _labelled(company: Company, month: str | None, what: str) -> dict[str, Amount]:
    if month is None or month not in company.months:
        return {}
    return company.past(month).labelled(f"cost_per_user.{what}")


def per_user_history(company: Company, months: Sequence[str], what: str, at_most: int = 6) -> dict[str, list[Amount]]:
    """Return cost per user over months by name: the largest of the last month, then the exact rest as 'Other'.

    Only services have a rest: product lines overlap in users, so their unit costs do not add up.
    """
    by_month = [_labelled(company, month, what) for month in months]
    ordered = [c.name for c in per_user_by(company, months[-1], what) if c.now is not None]
    if what == "product" or len(ordered) <= at_most:
        return {name: [values.get(name) for values in by_month] for name in ordered[:8]}
    kept = ordered[: at_most - 1]
    found: dict[str, list[Amount]] = {name: [values.get(name) for values in by_month] for name in kept}
    found["Other"] = [_rest(company, month, kept) for month in months]
    return found


def _rest(company: Company, month: str, kept: Sequence[str]) -> Amount:
    mau = value(company, month, "mau")
    if not mau or value(company, month, "cost_per_user") is None:
        return None
    services = company.past(month).services
    return ratio(total(amount for name, amount in services.items() if name not in kept), mau)


def drivers_per_user(company: Company, month: str) -> list[EarlierValues]:
    """Return what one user uses of each driver, now and earlier."""
    months = (month, company.before(month), year_before(month))
    by_month = [_drivers(company, m) for m in months]
    return [EarlierValues(name, *(found.get(name) for found in by_month)) for name in sorted(by_month[0])]


def metric_notes(company: Company, month: str) -> list[str]:
    """Return a sentence for each usage metric that is a driver: its unit and how much of it was measured."""
    report, said = company.config.report, []
    fmt = Formats.of(report.locale, report.currency)
    for metric, rows in usage_drivers.used(company, month).items():
        unit = f" in {rows[0].unit}" if rows[0].unit else ""
        share, _ = usage_drivers.coverage(rows)
        seen = "all" if share == 1 else f"at least {fmt.share(ratio(share, 1))}"
        said.append(f"{metric}{unit} is a usage metric; {seen} of it was measured in each product line.")
    return said


def _drivers(company: Company, month: str | None) -> dict[str, Amount]:
    if month is None or month not in company.months:
        return {}
    users = company.result(month).users
    if not users.mau or users.mau < company.config.report.min_users:
        return {}
    totals: dict[str, int] = {}
    for drivers in users.line_drivers.values():
        for name, units in drivers.items():
            totals[name] = totals.get(name, 0) + units
    return {name: ratio(to_money(units), users.mau) for name, units in totals.items()}


def tier_table(company: Company, month: str) -> list[list[object]]:
    """Return [tier, cost, users, user-months, cost per user]; unknowns carry their reason."""
    names = ("cost", "mau", "user_months", "cost_per_user")
    findings = company.result(month).findings
    return [[tier, *(cell(findings[f"{name}.{tier}"]) for name in names)] for tier in TIERS]


def line_table(company: Company, month: str, findings: Mapping[str, Estimate]) -> list[list[object]]:
    """Return [line, cost, users, cost per user, change on the month before]; unknowns carry their reason."""
    rows: list[list[object]] = []
    for line, slug in company.result(month).slugs["product"].items():
        unit = findings[f"cost_per_user.product.{slug}"]
        cells = [cell(findings[f"{name}.{slug}"]) for name in ("cost.product", "mau.product", "cost_per_user.product")]
        now = unit.value if isinstance(unit.value, Decimal) else None
        rows.append([line, *cells, minus(now, unit.previous)])
    return rows


def known_columns(
    rows: Sequence[Sequence[object]], columns: Sequence[Column]
) -> tuple[list[list[object]], list[Column]]:
    """Return rows and columns without the columns in which nothing is known."""
    kept = [i for i in range(len(columns)) if any(row[i] is not None for row in rows)]
    return [[row[i] for i in kept] for row in rows], [columns[i] for i in kept]
