"""Usage metrics as drivers: what systems measured by product line and tier, beside what activity tells.

A metric is a driver where allocation.toml names it. Its rows are parts and are added up. Its coverage in a month is
that of the product line and tier with the least: the mean over the days measured, each day by its lowest row. So no
weight of a split is that of a line of which much was not seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from unitcost.errors import DataProblem, nearest
from unitcost.inputs.config import Config
from unitcost.inputs.rules import Rules
from unitcost.month.users import Users, with_drivers
from unitcost.numbers.units import to_units
from unitcost.warehouse.marts import Marts
from unitcost.warehouse.usage.usage_metrics import SECTION, Metered

Part = tuple[str, str | None]  # product line, tier


class MeasuredCompany(Protocol):
    """What metrics are looked up in: a company, as far as it is needed here."""

    config: Config
    rules: Rules
    marts: Marts


def with_metrics(company: MeasuredCompany, month: str, users: Users) -> Users:
    """Return a month's users with the metrics that allocation.toml names as drivers.

    Raises DataProblem for a metric that cannot be the driver it is named as; none is left out in silence.
    """
    sums: dict[Part, dict[str, int]] = {}
    for metric, rows in used(company, month).items():
        _check(company, month, metric, rows, users)
        for row in rows:
            drivers = sums.setdefault((str(row.product_line), row.tier), {})
            drivers[metric] = drivers.get(metric, 0) + to_units(row.value)
    return with_drivers(users, sums) if sums else users


def used(company: MeasuredCompany, month: str) -> dict[str, list[Metered]]:
    """Return the rows of a month of each metric that is named as a driver, metrics in order."""
    named, found = company.rules.named_drivers(), dict[str, list[Metered]]()
    for row in company.marts.usage_metrics.of(month):
        if row.metric in named:
            found.setdefault(row.metric, []).append(row)
    return dict(sorted(found.items()))


def coverage(rows: Iterable[Metered]) -> tuple[Fraction, Part]:
    """Return the coverage of a driver in a month, and the product line and tier that have it."""
    days: dict[tuple[str, str], dict[str, Decimal]] = {}
    for row in rows:
        lowest = days.setdefault((str(row.product_line), row.tier or ""), {})
        lowest[row.date] = min(row.coverage, lowest.get(row.date, row.coverage))
    means = {part: sum(map(Fraction, by_day.values()), Fraction(0)) / len(by_day) for part, by_day in days.items()}
    line, tier = min(means, key=lambda part: (means[part], part))
    return means[line, tier], (line, tier or None)


def _check(company: MeasuredCompany, month: str, metric: str, rows: Sequence[Metered], users: Users) -> None:
    where = f"{company.config.usage_metrics.path} ([{SECTION}]), {month}, metric {metric}"
    if any(metric in drivers for drivers in users.line_drivers.values()):
        raise DataProblem(
            f"Driver '{metric}' is both a column of the activity and a usage metric",
            where=where,
            why="nobody can tell which of the two splits cost",
            fix="give one of them another name, and name the one you want in allocation.toml",
        )
    if any(row.product_line is None for row in rows):
        raise DataProblem(
            f"Driver '{metric}' has rows without product_line in {month}",
            where=f"{where}, column product_line",
            why="a driver splits cost by product line, and such rows belong to none",
            fix="name the product line in every row, or leave these rows out",
        )
    if metric in company.rules.tier_drivers() and any(row.tier is None for row in rows):
        line = next(str(row.product_line) for row in rows if row.tier is None)
        raise DataProblem(
            f"Driver '{metric}' cannot split product line '{line}' between free and paid users",
            where=f"{where}, column tier",
            why="[drivers] of allocation.toml names it (or it is the default), and rows of the line have no tier",
            fix="fill in tier, or name another driver; a metric without tiers can split a [[shared]] pool",
        )
    _check_coverage(company, metric, rows, where)
    _check_lines(company, metric, rows, users, where=where)


def _check_coverage(company: MeasuredCompany, metric: str, rows: Sequence[Metered], where: str) -> None:
    least = company.config.usage_metrics.min_coverage
    found, (line, tier) = coverage(rows)
    if found < Fraction(least):
        raise DataProblem(
            f"Driver '{metric}' is refused: its coverage is {_floor(found)}, below min_coverage {least}",
            where=f"{where}, product line {line}" + (f", tier {tier}" if tier else ""),
            why="the mean of the days measured; what was not measured would be missing from its share of cost",
            fix="complete the metric, name another driver in allocation.toml, or lower [usage_metrics] min_coverage",
        )


def _floor(share: Fraction) -> Decimal:
    """Return a share cut off after four places, so that what is below a limit of as many never reads as the limit."""
    return (Decimal(share.numerator * 10**4 // share.denominator) / 10**4).normalize()


def _check_lines(company: MeasuredCompany, metric: str, rows: Sequence[Metered], users: Users, *, where: str) -> None:
    """Raise for a product line that neither bills nor rules nor activity know: its share would go to nobody."""
    measured = sorted({str(row.product_line) for row in rows})
    known = {*company.marts.product_tags, *users.lines}
    known |= {rule.product_line for rule in company.rules.rules if rule.product_line is not None}
    if set(measured) <= known:
        return
    known |= company.marts.active_lines()
    for line in measured:
        if line not in known:
            raise DataProblem(
                f"Driver '{metric}' is measured for an unknown product line '{line[:60]}'",
                where=f"{where}, column product_line",
                why="no tag, rule or activity names it",
                fix=nearest(line, known),
            )
