"""[utilisation]: how busy machines were, by resource and day, and how large they are."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from unitcost.errors import DataProblem
from unitcost.month.company import Company
from unitcost.month.keys import code
from unitcost.storage.digest import digest
from unitcost.warehouse.files.measurements import Measurements, Rows, load
from unitcost.warehouse.files.small_table import Row, read
from unitcost.warehouse.files.sources import Hashes
from unitcost.warehouse.files.texts import shortest
from unitcost.warehouse.marts import InputContent

SECTION = "utilisation"
REQUIRED = ("date", "resource_id", "cpu_p95")
SHARES, SIZES = ("cpu_p95", "memory_p95"), ("vcpu", "memory_gb")


class UtilisationRow(NamedTuple):
    """A resource on a day: 95th percentiles as shares of its size, and its size; None is unknown."""

    date: str
    resource: str
    cpu: Decimal
    memory: Decimal | None
    vcpu: Decimal | None
    memory_gb: Decimal | None


class Utilisation(Measurements):
    """What is measured, by month."""

    def of(self, month: str) -> list[UtilisationRow]:
        """Return the rows of a month, by resource and day."""
        rows = self.rows(month)
        return [
            UtilisationRow(str(day), str(name), Decimal(cpu or 0), *map(_maybe, rest)) for day, name, cpu, *rest in rows
        ]


def _maybe(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def parsed(folder: Path, path: str) -> dict[str, Rows]:
    """Return month → rows of `UtilisationRow` in JSON.

    Raises DataProblem for a value that is none, a share that is a percentage, or a resource twice on a day.
    """
    months: dict[str, Rows] = {}
    places: dict[tuple[str, str], str] = {}
    for row in read(folder, path, SECTION, REQUIRED, Hashes(None), nullable=("memory_p95", *SIZES)):
        day, resource = row.day("date"), row.text("resource_id")
        first = places.setdefault((day, resource), row.where)
        if first != row.where:
            raise DataProblem(
                f"Resource '{resource[:60]}' is measured twice on {day}",
                where=row.where,
                why=f"the other row: {first}",
                fix="keep one row a resource and day",
            )
        values = [*(_share(row, name) for name in SHARES), *(_size(row, name) for name in SIZES)]
        months.setdefault(day[:7], []).append([day, resource, *values])
    for rows in months.values():
        rows.sort(key=lambda cells: (cells[1], cells[0]))
    return months


def _share(row: Row, column: str) -> str | None:
    value = row.share(column, "what the machine has")
    return None if value is None else shortest(value)


def _size(row: Row, column: str) -> str | None:
    if row.cells.get(column) is None:
        return None
    value = row.amount(column)
    if value <= 0:
        raise DataProblem(
            f"{column} holds '{row.text(column)[:40]}'",
            where=f"{row.where}, column {column}",
            why="a machine has more than nothing of it",
            fix="correct it, or leave it empty where it is not known",
        )
    return shortest(value)


def load_utilisation(folder: Path, path: str, hashes: Hashes, store: Path) -> Utilisation:
    """Return what [utilisation] path names; an empty path gives nothing. Raises DataProblem as `parsed` does."""
    kept_in = store / SECTION
    return load(Utilisation, folder, path, section=SECTION, parse=parsed, hashes=hashes, kept_in=kept_in, code=code())


def utilisation_inputs(company: Company, month: str) -> list[InputContent]:
    """Return the utilisation until a month as a source of a report."""
    months = company.given(Utilisation).until(month)
    return [InputContent(SECTION, SECTION, sum(rows for _, rows, _ in months), digest(months))] if months else []
