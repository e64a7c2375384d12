"""One file as a relation that can be asked more than once: Parquet as it is, CSV as a Parquet file of texts."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import duckdb

from unitcost.errors import DataProblem
from unitcost.warehouse.engine import Connection, identifier, literal, plain_path
from unitcost.warehouse.files import content
from unitcost.warehouse.files.sources import SourceFile

MAX_COLUMNS = 5_000
WIDE = "a decimal of more than 38 digits"


@dataclass(frozen=True, slots=True)
class Raw:
    """A file that can be queried: `columns` maps the file's own names to DuckDB types, `relation` is SQL."""

    source: SourceFile
    columns: dict[str, str]
    relation: str

    def reading(self) -> reading:
        """Give a context in which the engine's complaints about the file become ours."""
        return reading(self.source)


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a file in their order, '' for one without a name, with DuckDB types (CSV: all VARCHAR).

    `line` is where a CSV file has it.
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    line: int = 1

    @property
    def columns(self) -> dict[str, str]:
        """Return the types of the columns that have a name."""
        return {name: kind for name, kind in zip(self.names, self.kinds, strict=True) if name}


def csv_rows(source: SourceFile) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, cells) of a CSV file; slow and careful, for headers and for finding a bad row."""
    csv.field_size_limit(1 << 27)
    opener = gzip.open if source.is_gzip else open
    with io.TextIOWrapper(opener(source.path, "rb"), "utf-8-sig", "replace", newline="") as text:
        reader = csv.reader(_lines(source, text), strict=True)
        start = 1
        try:
            for cells in reader:
                if cells:
                    yield start, cells
                start = reader.line_num + 1
        except csv.Error as error:
            open_quote = "unexpected end of data" in str(error)
            raise DataProblem(
                "The file cannot be read",
                where=f"{source.name}, line {start}",
                why="a quote is opened and never closed" if open_quote else f"a quote is in the wrong place: {error}",
                fix="export it again",
            ) from None


def _lines(source: SourceFile, text: io.TextIOWrapper) -> Iterator[str]:
    """Yield the lines of a text; one without end is no reason to fill the memory with it."""
    for number in count(1):
        line = text.readline(content.MAX_LINE + 1)
        if len(line) > content.MAX_LINE:
            why = f"it has more than {content.MAX_LINE} letters"
            where = f"{source.name}, line {number}"
            raise DataProblem("The line is too long", where=where, why=why, fix="export it again")
        if not line:
            return
        yield line


def header(con: Connection, source: SourceFile) -> Header:
    """Return the file's columns. Raises DataProblem if there is no usable header."""
    if source.is_parquet:
        found = _parquet_header(con, source)
        where = source.name
    else:
        line, cells = next(csv_rows(source), (1, []))
        if not any(cell.strip() for cell in cells):
            raise DataProblem("The file holds no header", where=source.name, fix="export it again with column names")
        names = tuple(cell.strip() for cell in cells)
        found, where = Header(names, ("VARCHAR",) * len(names), line), f"{source.name}, line {line}"
    if len(found.names) > MAX_COLUMNS:
        raise DataProblem(f"The file has {len(found.names)} columns", where=where, fix="export fewer columns")
    _refuse_twice(found.names, where)
    return found


def _refuse_twice(names: Sequence[str], where: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name and name.lower() in seen:
            values = sum(not re.fullmatch(r"[A-Za-z_][\w .-]*", other) for other in names)
            raise DataProblem(
                f"Column '{name[:60]}' appears twice",
                where=where,
                why="the first line looks like a row: a header is missing" if values > 2 else None,
                fix="export it again with column names" if values > 2 else "keep one of the two columns",
            )
        seen.add(name.lower())


def _parquet_header(con: Connection, source: SourceFile) -> Header:
    path = literal(plain_path(source.path))
    with reading(source):
        kinds = [str(row[1]) for row in con.execute(f"describe select * from {_parquet(source)}").fetchall()]
        schema = con.execute(
            f"select name, coalesce(num_children, 0), coalesce(precision, 0) from parquet_schema({path})"
        ).fetchall()
    names: list[str] = []
    place = 1
    # The engine gives a second column of a name another one, so the names are those of the file itself.
    while place < len(schema):
        name, _, precision = schema[place]
        if precision > 38:
            kinds[len(names)] = WIDE
        names.append(str(name))
        place = _behind(schema, place)
    if not names:
        raise DataProblem("The file has no columns", where=source.name, fix="export it again")
    return Header(tuple(names), tuple(kinds))


def _behind(schema: Sequence[tuple[str, int, int]], place: int) -> int:
    """Return the place of the element behind one element of a schema and all that is nested in it."""
    children = schema[place][1]
    place += 1
    for _ in range(children):
        place = _behind(schema, place)
    return place


def parquet_types(con: Connection, source: SourceFile) -> dict[str, str]:
    """Return column names and DuckDB types of a Parquet file. Raises DataProblem if it cannot be opened."""
    return _parquet_header(con, source).columns


def _parquet(source: SourceFile) -> str:
    return f"read_parquet({literal(plain_path(source.path))}, hive_partitioning = false)"


def open_raw(con: Connection, source: SourceFile, found: Header, wanted: Iterable[str], landing: Path) -> Raw:
    """Return a file to be queried; of a CSV file only `wanted` columns, which are read once and put to `landing`.

    Raises DataProblem with the line where the file is not what its name says.
    """
    if source.is_parquet:
        wide = [name for name, kind in found.columns.items() if kind == WIDE]
        return _narrowed(source, found, wide, landing) if wide else Raw(source, found.columns, _parquet(source))
    lowered = {name.lower() for name in wanted}
    kept = [number for number, name in enumerate(found.names) if name.lower() in lowered and name]
    # A file without any column we know still has rows to be counted.
    names = ", ".join(f"c{number} as {identifier(found.names[number] or 'c')}" for number in kept or [0])
    copy = f"copy (select {names} from {{reader}}) to {literal(landing)} (format parquet, compression snappy)"
    if source.is_gzip:
        _copy_unpacked(con, source, found, copy, landing.with_suffix(".csv"))
    else:
        _copy_checked(con, source, found, copy, landing.with_suffix(".csv"))
    relation = f"read_parquet({literal(plain_path(landing))}, hive_partitioning = false)"
    return Raw(source, {found.names[number]: "VARCHAR" for number in kept}, relation)


def _copy_unpacked(con: Connection, source: SourceFile, found: Header, copy: str, plain: Path) -> None:
    """Copy a compressed text by way of `plain`: the engine reads that with all cores, an archive with one."""
    with plain.open("wb") as file:
        file.writelines(content.checked(source.path, source.name))
    try:
        con.execute(copy.format(reader=_csv_reader(plain, found)))
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        _copy_plain(con, source, found, copy, plain)
    plain.unlink(missing_ok=True)


def _copy_checked(con: Connection, source: SourceFile, found: Header, copy: str, plain: Path) -> None:
    """Copy a text. The engine looks at the columns it needs, so somebody else looks over the whole in the same time."""
    with ThreadPoolExecutor(1, thread_name_prefix="text") as pool:
        check = pool.submit(content.check_text, source.path, source.name)
        check.add_done_callback(lambda done: con.interrupt() if done.exception() else None)
        try:
            con.execute(copy.format(reader=_csv_reader(source.path, found)))
        except duckdb.OutOfMemoryException:
            raise
        except duckdb.Error:
            check.result()
            _copy_plain(con, source, found, copy, plain)
        check.result()


def _copy_plain(con: Connection, source: SourceFile, found: Header, copy: str, plain: Path) -> None:
    """Copy a text by way of `plain`, with one kind of line end, as the engine wants it; what is wrong then is wrong."""
    with plain.open("wb") as file:
        file.writelines(content.canonical(source.path, source.name))
    with reading(source):
        con.execute(copy.format(reader=_csv_reader(plain, found)))
    plain.unlink()


def _narrowed(source: SourceFile, found: Header, wide: Sequence[str], landing: Path) -> Raw:
    """Put a Parquet file to `landing` with its widest decimals as texts, which the engine would read as doubles."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(source.path) as file:
        schema = pa.schema([f.with_type(pa.string()) if f.name in wide else f for f in file.schema_arrow])
        with pq.ParquetWriter(landing, schema) as writer:
            for batch in file.iter_batches():
                columns = [batch.column(f.name).cast(f.type) for f in schema]
                writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
    kinds = {name: "VARCHAR" if kind == WIDE else kind for name, kind in found.columns.items()}
    return Raw(source, kinds, f"read_parquet({literal(plain_path(landing))}, hive_partitioning = false)")


def _csv_reader(path: Path, found: Header) -> str:
    spec = ", ".join(f"c{number}: 'VARCHAR'" for number in range(len(found.names)))
    return (
        f"read_csv({literal(plain_path(path))}, columns = {{{spec}}}, auto_detect = false, header = true,"
        f" skip = {found.line - 1}, delim = ',', quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = true,"
        f" strict_mode = true, compression = 'none')"
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
        text = str(error).replace(str(self._source.path), self._source.name)
        if "space left" in text or "Could not write" in text:
            return
        if "Invalid unicode" in text:
            line = re.search(r"Line: (\d+)", text)
            raise DataProblem(
                "The file is not UTF-8",
                where=f"{self._source.name}, line {line[1]}" if line else self._source.name,
                why="Latin-1 or UTF-16, perhaps",
                fix="export it as UTF-8, or convert it: iconv -f LATIN1 -t UTF-8",
            ) from None
        if not self._source.is_parquet:
            refuse_misfit(self._source)
        why = text.splitlines()[0][:200]
        if "unterminated quote" in text:
            why = "a quote is opened and never closed"
        elif "state machine" in text or "invalid state" in text:
            why = "quotes or line ends do not follow the rules of CSV"
        raise DataProblem("The file cannot be read", where=self._source.name, why=why, fix="export it again") from None


def refuse_misfit(source: SourceFile) -> None:
    """Raise for the first row that is no CSV or does not fit the header; the engine counts rows, editors lines."""
    for _ in fitting_rows(source):
        pass


def fitting_rows(source: SourceFile) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, cells) of a CSV file, the header first. Raises DataProblem for a row that does not fit it."""
    width = 0
    for line, cells in csv_rows(source):
        width = width or len(cells)
        if len(cells) != width:
            raise DataProblem(
                "The file cannot be read",
                where=f"{source.name}, line {line}",
                why=f"the line has {len(cells)} cells, the header {width}",
                fix="export it again",
            )
        yield line, cells
