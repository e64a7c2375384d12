"""One file as a relation that can be asked more than once: Parquet as it is, CSV as a Parquet file of texts."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from unitcost.errors import DataProblem
from unitcost.warehouse.engine import Connection, identifier, literal, plain_path
from unitcost.warehouse.sources import SourceFile

MAX_COLUMNS = 5_000


@dataclass(frozen=True, slots=True)
class Raw:
    """A file that can be queried: `columns` maps the file's own names to DuckDB types, `relation` is SQL."""

    source: SourceFile
    columns: dict[str, str]
    relation: str

    def reading(self) -> reading:
        """Give a context in which the engine's complaints about the file become ours."""
        return reading(self.source)


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
        types = parquet_types(con, source)
        _check_names(list(types), source.name)
        return types
    csv.field_size_limit(1 << 27)
    cells = next((cells for _, cells in csv_rows(source)), None)
    if cells is None:
        raise DataProblem("The file holds no header", where=source.name, fix="export it again with column names")
    names = [cell.strip() for cell in cells]
    _check_names(names, f"{source.name}, line 1")
    return dict.fromkeys(names, "VARCHAR")


def _check_names(names: Sequence[str], where: str) -> None:
    if len(names) > MAX_COLUMNS:
        raise DataProblem(f"The file has {len(names)} columns", where=where, fix="export fewer columns")
    seen: dict[str, str] = {}
    for name in names:
        if name.lower() in seen:
            raise DataProblem(f"Column '{name}' appears twice", where=where, fix="keep one of the two columns")
        seen[name.lower()] = name


def parquet_types(con: Connection, source: SourceFile) -> dict[str, str]:
    """Return column names and DuckDB types of a Parquet file. Raises DataProblem if it cannot be opened."""
    with reading(source):
        rows = con.execute(
            f"describe select * from read_parquet({literal(plain_path(source.path))}, hive_partitioning = false)"
        ).fetchall()
    return {str(name): str(kind) for name, kind, *_ in rows}


def open_raw(con: Connection, source: SourceFile, columns: dict[str, str], wanted: Iterable[str], landing: Path) -> Raw:
    """Return a file to be queried; of a CSV file only `wanted` columns, which are read once and put to `landing`.

    Raises DataProblem with the line where the file is not what its name says.
    """
    if source.is_parquet:
        path = literal(plain_path(source.path))
        return Raw(source, columns, f"read_parquet({path}, hive_partitioning = false)")
    lowered = {name.lower() for name in wanted}
    kept = {name: kind for name, kind in columns.items() if name.lower() in lowered}
    # A file without any column we know still has rows to be counted.
    names = ", ".join(map(identifier, kept or list(columns)[:1]))
    with reading(source):
        con.execute(
            f"copy (select {names} from {_csv_reader(source, list(columns))}) to {literal(landing)}"
            " (format parquet, compression snappy)"
        )
    return Raw(source, kept, f"read_parquet({literal(plain_path(landing))}, hive_partitioning = false)")


def _csv_reader(source: SourceFile, names: Sequence[str]) -> str:
    spec = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    return (
        f"read_csv({literal(plain_path(source.path))}, columns = {{{spec}}}, auto_detect = false, header = true,"
        " delim = ',', quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = true, strict_mode = true,"
        f" compression = '{'gzip' if source.is_gzip else 'none'}')"
    )


def as_text(sql: str, kind: str) -> str:
    """Return the SQL for a value's canonical text: UTC times, shortest doubles, JSON for nested values."""
    if kind == "VARCHAR":
        return f"nullif({sql}, '')"
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"cast({sql} at time zone 'UTC' as varchar)"
    if kind.startswith(("MAP", "STRUCT")) or kind.endswith("]"):
        return f"cast(to_json({sql}) as varchar)"
    return f"cast({sql} as varchar)"


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
        if "space left" in text or "Could not write" in text:
            return
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
        if "Invalid unicode" in text:
            raise DataProblem(
                "The file is not UTF-8",
                where=place,
                why="Latin-1 or UTF-16, perhaps",
                fix="export it as UTF-8, or convert it: iconv -f LATIN1 -t UTF-8",
            ) from None
        raise DataProblem("The file cannot be read", where=place, why=why, fix="export it again") from None
