"""[utilisation]: how busy machines were, by resource and day, and how large they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import NamedTuple

from unitcost.errors import DataProblem
from unitcost.warehouse import texts
from unitcost.warehouse.kept import kept
from unitcost.warehouse.small_table import Row, read
from unitcost.warehouse.sources import Hashes, digest, find

FOLDER = "utilisation"
SECTION = "utilisation"
REQUIRED = ("date", "resource_id", "cpu_p95")
SHARES, SIZES = ("cpu_p95", "memory_p95"), ("vcpu", "memory_gb")


class Measured(NamedTuple):
    """A resource on a day: 95th percentiles as shares of its size, and its size; None is unknown."""

    date: str
    resource: str
    cpu: Decimal
    memory: Decimal | None
    vcpu: Decimal | None
    memory_gb: Decimal | None


@dataclass(frozen=True)
class Utilisation:
    """What is measured, by month; months are read where they are asked for."""

    folder: Path = Path()
    path: str = ""
    store: Path = Path()
    key: tuple[str, ...] = ()
    months: Mapping[str, tuple[int, str]] = field(default_factory=dict)  # month → rows, digest of them

    @property
    def given(self) -> bool:
        """Tell whether there is such an input at all."""
        return bool(self.path)

    def of(self, month: str) -> list[Measured]:
        """Return the rows of a month, by resource and day."""
        if month not in self.months:
            return []
        rows = kept(self.store, [*self.key, month], lambda: _parsed(self.folder, self.path)[month])
        return [Measured(day, name, Decimal(cpu), *map(_maybe, rest)) for day, name, cpu, *rest in rows]


def load(folder: Path, path: str, hashes: Hashes, store: Path, code: str) -> Utilisation:
    """Return what [utilisation] names; an empty path gives nothing.

    Raises DataProblem for a value that is none, a share that is a percentage, or a resource twice on a day.
    """
    if not path:
        return Utilisation()
    files = find(folder, [path], SECTION, hashes).files
    key = (code, *sorted(f.sha256 for f in files))
    own = store / FOLDER

    def answer() -> dict[str, list[object]]:
        found = _parsed(folder, path)
        for month, rows in found.items():
            kept(own, [*key, month], lambda rows=rows: rows)  # type: ignore[misc]
        return {month: [len(rows), digest(rows)] for month, rows in sorted(found.items())}

    months = kept(own, [*key, "months"], answer)
    return Utilisation(folder, path, own, key, {m: (int(n), str(sha)) for m, (n, sha) in months.items()})


def _maybe(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _parsed(folder: Path, path: str) -> dict[str, list[list[str | None]]]:
    """Return month → rows in JSON, each month in one order whatever the files' is."""
    months: dict[str, list[list[str | None]]] = {}
    places: dict[tuple[str, str], str] = {}
    for row in read(folder, path, SECTION, REQUIRED, Hashes(None), nullable=("memory_p95", *SIZES)):
        day, resource = _day(row), row.text("resource_id")
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


@cache
def _date(text: str) -> str | None:
    try:
        moment = texts.parse_moment(text)
    except ValueError:
        return None
    return moment.at.date().isoformat() if moment.at.time() == dt.time() and not moment.slashed else None


def _day(row: Row) -> str:
    day = _date(row.text("date"))
    if day is None:
        raise DataProblem(
            f"date holds '{row.text('date')[:40]}'",
            where=f"{row.where}, column date",
            fix="write a day such as 2024-05-31",
        )
    return day


def _share(row: Row, column: str) -> str | None:
    if row.cells.get(column) is None:
        return None
    value = row.amount(column)
    if not 0 <= value <= 1:
        raise DataProblem(
            f"{column} holds '{row.text(column)[:40]}'",
            where=f"{row.where}, column {column}",
            why="it is a share from 0 to 1 of what the machine has" + (", not a percentage" if value > 1 else ""),
            fix=f"divide the column by 100: 45 % is {Decimal('0.45')}" if value > 1 else "correct it",
        )
    return _text(value)


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
    return _text(value)


def _text(value: Decimal) -> str:
    return f"{value.normalize():f}"


def until(months: Mapping[str, tuple[int, str]], month: str) -> Sequence[tuple[str, int, str]]:
    """Return (month, rows, digest) of all months up to `month`."""
    return sorted((m, rows, sha) for m, (rows, sha) in months.items() if m <= month)
