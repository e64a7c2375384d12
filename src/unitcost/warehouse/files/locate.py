"""Finding the row of a bad value again, so that an error can name it. Only runs when something is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from unitcost.warehouse.engine import Connection, identifier, literal, plain_path
from unitcost.warehouse.files.raw import as_text, csv_rows, parquet_types
from unitcost.warehouse.files.sources import SourceFile

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


def parquet_row(con: Connection, source: SourceFile, condition: str) -> int:
    """Return the number of the first row of a Parquet file that meets an SQL condition on `raw`, counted from 1."""
    row = con.execute(f"select min(file_row_number) from {_numbered(source)} as raw where {condition}").fetchall()[0][0]
    return int(row) + 1


def _numbered(source: SourceFile) -> str:
    path = literal(plain_path(source.path))
    return f"read_parquet({path}, hive_partitioning = false, file_row_number = true)"


def _csv(source: SourceFile, columns: tuple[str, ...]) -> Rows:
    rows = csv_rows(source)
    _, names = next(rows)
    index = {name.strip().lower(): number for number, name in enumerate(names)}
    at = {column: index.get(column.lower()) for column in columns}
    for line, cells in rows:
        texts = {c: (cells[i] if i is not None and i < len(cells) else None) for c, i in at.items()}
        yield f"line {line}", {c: None if t in ("", "NULL", "null") else t for c, t in texts.items()}


def _parquet(con: Connection, source: SourceFile, columns: tuple[str, ...]) -> Rows:
    own = {name.lower(): (name, kind) for name, kind in parquet_types(con, source).items()}
    there = [own.get(column.lower()) for column in columns]
    asked = ", ".join("null" if c is None else as_text(identifier(c[0]), c[1]) for c in there)
    cursor = con.cursor().execute(f"select file_row_number, {asked} from {_numbered(source)} order by file_row_number")
    while batch := cursor.fetchmany(10_000):
        for number, *texts in batch:
            yield (
                f"row {number + 1}",
                {c: None if t in ("NULL", "null") else t for c, t in zip(columns, texts, strict=True)},
            )
