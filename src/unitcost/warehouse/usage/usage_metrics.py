"""[usage_metrics]: what systems measured, by day, product line and tier; it may split cost as activity does."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from unitcost.errors import DataProblem
from unitcost.warehouse.files.measurements import Measurements, Rows
from unitcost.warehouse.files.small_table import Row, read
from unitcost.warehouse.files.sources import Hashes
from unitcost.warehouse.files.texts import shortest

SECTION = "usage_metrics"
REQUIRED = ("date", "metric", "value")
NULLABLE = ("unit", "tier", "product_line", "service", "coverage")
TIERS = ("free", "paid")


class Metered(NamedTuple):
    """An amount measured on a day and the share of what there was to measure; None: the row does not say."""

    date: str
    metric: str  # in lower case, as allocation.toml names drivers
    unit: str | None
    value: Decimal
    tier: str | None
    product_line: str | None
    service: str | None
    coverage: Decimal


class UsageMetrics(Measurements):
    """What is measured, by month."""

    def of(self, month: str) -> list[Metered]:
        """Return the rows of a month in one order."""
        found = []
        for day, metric, unit, value, tier, line, service, coverage in self.rows(month):
            amounts = Decimal(value or 0), Decimal(coverage or 0)
            found.append(Metered(str(day), str(metric), unit, amounts[0], tier, line, service, amounts[1]))
        return found


def parsed(folder: Path, path: str) -> dict[str, Rows]:
    """Return month → rows of Metered in JSON.

    Raises DataProblem for a value that is none or negative, a tier or coverage that is none, and a metric in two units.
    """
    months: dict[str, Rows] = {}
    units: dict[str, tuple[str | None, str]] = {}
    for row in read(folder, path, SECTION, REQUIRED, Hashes(None), nullable=NULLABLE):
        day, metric = row.day("date"), row.text("metric").lower()
        unit = row.cells["unit"]
        first, where = units.setdefault(metric, (unit, row.where))
        if first != unit:
            raise DataProblem(
                f"Metric '{metric[:60]}' is measured in two units",
                where=f"{row.where}, column unit",
                why=f"{unit or 'no unit'} here, {first or 'no unit'} in {where}; rows of a metric are added up",
                fix="give all rows of a metric in one unit, or the metric another name",
            )
        amounts = _value(row), _tier(row), row.cells["product_line"], row.cells["service"], _coverage(row)
        months.setdefault(day[:7], []).append([day, metric, unit, *amounts])
    for rows in months.values():
        rows.sort(key=lambda cells: [(cell is not None, cell or "") for cell in cells])
    return months


def _value(row: Row) -> str:
    value = row.amount("value")
    if value < 0:
        raise DataProblem(
            f"value holds '{row.text('value')[:40]}'",
            where=f"{row.where}, column value",
            why="a metric measures use, so it is not negative",
            fix="correct the row",
        )
    return shortest(value)


def _tier(row: Row) -> str | None:
    tier = row.cells["tier"]
    if tier is not None and tier not in TIERS:
        raise DataProblem(
            f"tier holds '{tier[:40]}'", where=f"{row.where}, column tier", fix="write free, paid or nothing"
        )
    return tier


def _coverage(row: Row) -> str:
    """Return the share that was measured; a row that does not tell stands for all of it."""
    share = row.share("coverage", "what there was to measure")
    return "1" if share is None else shortest(share)
