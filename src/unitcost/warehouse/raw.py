"""One file as a relation of texts: the columns we ask for, in the order we ask for them."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Iterator, Mapping, Sequence

import duckdb

from unitcost.errors import DataProblem
from unitcost.warehouse.engine import Connection, identifier, literal, plain_path
from unitcost.warehouse.sources import SourceFile

MAX_COLUMNS = 5_000


def csv_rows(source: SourceFile) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, cells) of a CSV file; slow and careful, for headers and for finding a bad row."""
    opener = gzip.open if source.is_gzip else open
    with io.TextIOWrapper(opener(source.path, "rb"), "utf-8-sig", "replace", newline="") as text:
        reader = csv.reader(text)
        start = 1
        try:
            for cells in reader:
                if cells:
                    yield start, cells
                start = reader.line_num + 1
        except csv.Error as error:
            raise DataProblem(
                "The file cannot be read as CSV",
                where=f"{source.name}, line {start}",
                why=str(error),
                fix="export it again",
            ) from None


def header(con: Connection, source: SourceFile) -> dict[str, str]:
    """Return the file's columns and their types (CSV: all VARCHAR). Raises DataProblem if there is no usable header."""
    if source.is_parquet:
        return parquet_types(con, source)
    csv.field_size_limit(1 << 27)
    cells = next((cells for _, cells in csv_rows(source)), None)
    if cells is None:
        raise DataProblem("The file holds no header", where=source.name, fix="export it again with column names")
    names = [cell.strip() for cell in cells]
    if len(names) > MAX_COLUMNS:
        raise DataProblem(
            f"The file has {len(names)} columns", where=f"{source.name}, line 1", fix="export fewer columns"
        )
    seen: dict[str, str] = {}
    for name in names:
        if name.lower() in seen:
            raise DataProblem(
                f"Column '{name}' appears twice",
                where=f"{source.name}, line 1",
                fix="keep one of the two columns",
            )
        seen[name.lower()] = name
    return dict.fromkeys(names, "VARCHAR")


def parquet_types(con: Connection, source: SourceFile) -> dict[str, str]:
    """Return column names and DuckDB types of a Parquet file. Raises DataProblem if it cannot be opened."""
    with reading(source):
        rows = con.execute(
            f"describe select * from read_parquet({literal(plain_path(source.path))}, hive_partitioning = false)"
        ).fetchall()
    return {str(name): str(kind) for name, kind, *_ in rows}


class reading:
    """Turn the engine's complaints about a file into ours."""

    def __init__(self, source: SourceFile) -> None:
        self._source = source

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, duckdb.Error) or isinstance(error, duckdb.OutOfMemoryException):
            return
        text = str(error)
        line = re.search(r"Line: (\d+)", text)
        expected = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", text)
        why = text.splitlines()[0][:200]
        if expected:
            why = f"the line has {expected[2]} cells, the header {expected[1]}"
        elif "unterminated quote" in text:
            why = "a quote is opened and never closed"
        elif "state machine" in text or "invalid state" in text:
            why = "quotes or line ends do not follow the rules of CSV"
        place = f"{self._source.name}, line {line[1]}" if line else self._source.name
        raise DataProblem("The file cannot be read", where=place, why=why, fix="export it again") from None


def select_texts(
    source: SourceFile,
    wanted: Mapping[str, str],
    columns: Mapping[str, str],
    defaults: Mapping[str, str],
    row_numbers: bool = False,
) -> str:
    """Return a SELECT of all-text columns from one file, with `file_row_number` (Parquet only) if asked.

    `wanted` maps output name → column name (matched without case); `columns` are the file's own with their
    types; an absent column takes its Hive folder's value, then its default, else NULL.
    """
    lowered = {name.lower(): name for name in columns}
    folders = {key.lower(): value for key, value in source.hive}
    parts = []
    for output, column in wanted.items():
        own = lowered.get(column.lower())
        if own is not None:
            expression = _text_of(identifier(own), columns[own])
        elif folders.get(column.lower()) is not None:
            expression = literal(folders[column.lower()])
        elif column in defaults:
            expression = literal(defaults[column])
        else:
            expression = "cast(null as varchar)"
        parts.append(f"{expression} as {identifier(output)}")
    if row_numbers:
        parts.append("file_row_number")
    return f"select {', '.join(parts)} from {_reader(source, list(columns), row_numbers)}"


def _reader(source: SourceFile, names: Sequence[str], row_numbers: bool) -> str:
    path = literal(plain_path(source.path))
    if source.is_parquet:
        return f"read_parquet({path}, hive_partitioning = false, file_row_number = {str(row_numbers).lower()})"
    spec = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    return (
        f"read_csv({path}, columns = {{{spec}}}, auto_detect = false, header = true, delim = ',', quote = '\"',"
        " escape = '\"', nullstr = ['', 'NULL', 'null'], allow_quoted_nulls = true, strict_mode = true,"
        f" compression = '{'gzip' if source.is_gzip else 'none'}')"
    )


def _text_of(column: str, kind: str) -> str:
    """Return the SQL for a column's canonical text: UTC times, shortest doubles, JSON for nested values, '' as null."""
    if kind == "VARCHAR":
        return f"nullif({column}, '')"
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"cast({column} at time zone 'UTC' as varchar)"
    if kind.startswith(("MAP", "STRUCT")) or kind.endswith("]"):
        return f"cast(to_json({column}) as varchar)"
    return f"cast({column} as varchar)"
