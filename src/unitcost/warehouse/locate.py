"""Finding the row of a bad value again, so that an error can name it. Only runs when something is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from unitcost.warehouse.engine import Connection, identifier
from unitcost.warehouse.raw import csv_rows, parquet_types, select_texts
from unitcost.warehouse.sources import SourceFile

Row = Mapping[str, str | None]
Rows = Iterator[tuple[str, Row]]


def place(con: Connection, source: SourceFile, column: str, text: str | None) -> str:
    """Return 'file, line N, column C' of the first row whose `column` holds `text` (None: a null)."""
    row = find_row(con, source, (column,), lambda cells: cells[column] == text)
    where = f"{source.name}, {row}" if row else source.name
    return f"{where}, column {column}"


def find_row(
    con: Connection, source: SourceFile, columns: tuple[str, ...], wanted: Callable[[Row], bool], nth: int = 1
) -> str | None:
    """Return 'line N' (CSV) or 'row N' (Parquet) of the nth row that `wanted` accepts, or None."""
    rows = _parquet(con, source, columns) if source.is_parquet else _csv(source, columns)
    for where, cells in rows:
        if wanted(cells):
            nth -= 1
            if not nth:
                return where
    return None


def _csv(source: SourceFile, columns: tuple[str, ...]) -> Rows:
    rows = csv_rows(source)
    _, names = next(rows)
    index = {name.strip().lower(): number for number, name in enumerate(names)}
    at = {column: index.get(column.lower()) for column in columns}
    for line, cells in rows:
        texts = {c: (cells[i] if i is not None and i < len(cells) else None) for c, i in at.items()}
        yield f"line {line}", {c: None if t in ("", "NULL", "null") else t for c, t in texts.items()}


def _parquet(con: Connection, source: SourceFile, columns: tuple[str, ...]) -> Rows:
    types = parquet_types(con, source)
    inner = select_texts(source, {c: c for c in columns}, types, {}, row_numbers=True)
    names = ", ".join(identifier(c) for c in columns)
    cursor = con.cursor().execute(f"select file_row_number, {names} from ({inner}) order by file_row_number")
    while batch := cursor.fetchmany(10_000):
        for number, *texts in batch:
            yield f"row {number + 1}", dict(zip(columns, texts, strict=True))
