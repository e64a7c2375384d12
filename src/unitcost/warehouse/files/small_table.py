"""Small hand-kept tables (rates, invoices, counts) as rows of texts with their line numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from unitcost.errors import DataProblem, nearest
from unitcost.inputs.config import MONTH
from unitcost.warehouse.files import content, texts
from unitcost.warehouse.files.raw import fitting_rows
from unitcost.warehouse.files.sources import Hashes, SourceFile, find

NO_COMMAS, WITH_COMMAS = "the columns are not separated by commas", "save the file with commas between the columns"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its texts by column (lower case; null is None) and where it stands."""

    cells: dict[str, str | None]
    where: str

    def text(self, column: str) -> str:
        """Return a cell that must not be null."""
        value = self.cells.get(column)
        if value is None:
            raise DataProblem("A value is missing", where=f"{self.where}, column {column}", fix="fill it in")
        return value

    def month(self, column: str) -> str:
        """Return a cell as a month; a date counts by its month."""
        text = self.text(column)
        month = text[:7]
        if not MONTH.fullmatch(month) or (len(text) > 7 and not _is_day(text)):
            raise DataProblem(
                f"{column} holds '{text[:40]}'",
                where=f"{self.where}, column {column}",
                fix="write a month such as 2024-05",
            )
        return month

    def amount(self, column: str) -> Decimal:
        """Return a cell as an exact decimal at 18 places."""
        text = self.text(column)
        try:
            return texts.parse_money(text).value
        except ValueError as error:
            raise DataProblem(
                f"{column} holds '{text[:40]}'",
                where=f"{self.where}, column {column}",
                why=str(error),
                fix="correct it",
            ) from None

    def day(self, column: str) -> str:
        """Return a cell as a day such as 2024-05-31."""
        day = _day(self.text(column))
        if day is None:
            raise DataProblem(
                f"{column} holds '{self.text(column)[:40]}'",
                where=f"{self.where}, column {column}",
                fix="write a day such as 2024-05-31",
            )
        return day

    def share(self, column: str, of: str) -> Decimal | None:
        """Return a cell as a share from 0 to 1, None where it is null; `of` says in words of what."""
        if self.cells.get(column) is None:
            return None
        value = self.amount(column)
        if not 0 <= value <= 1:
            raise DataProblem(
                f"{column} holds '{self.text(column)[:40]}'",
                where=f"{self.where}, column {column}",
                why=f"it is a share from 0 to 1 of {of}" + (", not a percentage" if value > 1 else ""),
                fix=f"divide the column by 100: 45 % is {Decimal('0.45')}" if value > 1 else "correct it",
            )
        return value


@cache
def _day(text: str) -> str | None:
    try:
        moment = texts.parse_moment(text)
    except ValueError:
        return None
    return moment.at.date().isoformat() if moment.at.time() == dt.time() and not moment.slashed else None


def _is_day(text: str) -> bool:
    try:
        return not texts.parse_moment(text).slashed
    except ValueError:
        return False


# What a required column holds; any other one holds text.
MEANINGS: dict[str, Callable[[Row, str], object]] = {
    "month": Row.month,
    "billing_month": Row.month,
    "rate": Row.amount,
    "amount": Row.amount,
    "scope_cost": Row.amount,
    "mau": Row.amount,
}


def read(
    folder: Path, path: str, section: str, required: Sequence[str], hashes: Hashes, *, nullable: Sequence[str] = ()
) -> list[Row]:
    """Return all rows of a table; columns that are `nullable` must be there too.

    Raises DataProblem for an unreadable file, or a required column missing or unfit.
    """
    files = find(folder, [path], section, hashes).files
    return [row for source in files for row in _rows(source, section, required, nullable)]


def _rows(source: SourceFile, section: str, required: Sequence[str], nullable: Sequence[str]) -> Iterator[Row]:
    rows = _parquet(source) if source.is_parquet else _csv(source)
    first = True
    for row in rows:
        if first:
            check_columns(source.name, section, list(row.cells), (*required, *nullable))
            first = False
        if any(value is not None for value in row.cells.values()):
            for column in required:
                MEANINGS.get(column, Row.text)(row, column)
            yield row


def is_one_column(names: Iterable[str]) -> bool:
    """Tell whether a header is one text with another mark than commas between its names."""
    found = list(names)
    return len(found) == 1 and any(mark in found[0] for mark in ";\t|")


def check_columns(name: str, section: str, columns: Sequence[str], required: Sequence[str]) -> None:
    """Raise DataProblem for the first required column that is not there."""
    for column in required:
        if column not in columns:
            why, fix = f"found: {', '.join(columns)[:200]}", "add the column"
            if is_one_column(columns):
                why, fix = NO_COMMAS, WITH_COMMAS
            elif columns:
                fix += f"; {nearest(column, columns)}"
            raise DataProblem(f"Column '{column}' is missing", where=f"{name} ([{section}])", why=why, fix=fix)


def _refuse_twice(names: Sequence[str], where: str) -> None:
    for number, name in enumerate(names):
        if name and name in names[:number]:
            raise DataProblem(f"Column '{name}' appears twice", where=where, fix="keep one of the two columns")


def _csv(source: SourceFile) -> Iterator[Row]:
    content.check_text(source.path, source.name)
    rows = fitting_rows(source)
    _, head = next(rows)
    names = [name.strip().lower() for name in head]
    _refuse_twice(names, f"{source.name}, line 1")
    yield Row(dict.fromkeys(names), f"{source.name}, line 1")
    for line, cells in rows:
        tidy = [None if cell.strip() in ("", "NULL", "null") else cell.strip() for cell in cells]
        yield Row(dict(zip(names, tidy, strict=True)), f"{source.name}, line {line}")


def _parquet(source: SourceFile) -> Iterator[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(source.path, partitioning=None)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DataProblem(
            "The file cannot be read", where=source.name, why=str(error)[:200], fix="export it again"
        ) from None
    names = [name.lower() for name in table.column_names]
    _refuse_twice(names, source.name)
    yield Row(dict.fromkeys(names), source.name)
    for number, cells in enumerate(zip(*(column.to_pylist() for column in table.columns), strict=True), start=1):
        tidy = [None if cell is None or cell == "" else _cell(cell) for cell in cells]
        yield Row(dict(zip(names, tidy, strict=True)), f"{source.name}, row {number}")


def _cell(value: object) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
