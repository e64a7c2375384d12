"""The cells of one raw cost file that the control reader needs, in batches of rows.

CSV cells are the raw text, whatever it says; Parquet amounts become their decimal text (doubles the shortest
one), Parquet times nanoseconds. This module shares no code with the marts.
"""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, count, islice, repeat
from operator import itemgetter
from typing import Any

from unitcost.errors import DataProblem
from unitcost.warehouse.control_files import RawFile, opened
from unitcost.warehouse.control_values import DAY

KEY_COLUMNS = (
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "BillingPeriodStart",
    "BillingCurrency",
    "ChargeClass",
    "BillingAccountId",
    "ServiceProviderName",
    "ProviderName",
)
_MONEY_COLUMNS = ("BilledCost", "EffectiveCost")
_REQUIRED = (*_MONEY_COLUMNS, *KEY_COLUMNS[:4])
_CSV_ROWS = 128  # few enough that the cells stay in the processor's cache
_PARQUET_ROWS = 65_536
_FIELD_LIMIT = 1 << 30
_ODD_LINES = 2_000
_NO_MARKS = bytes(byte for byte in range(256) if byte not in b'",\n')
_TIME_UNITS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}

Cell = str | int | None
Way = Callable[[], Iterator["Batch"]]


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the columns of a file are: their places, and the values of those that are absent."""

    width: int
    places: tuple[int | None, ...]
    constants: tuple[str, ...]

    @property
    def key_places(self) -> list[int]:
        """The places of the key columns the file has, in the order of KEY_COLUMNS; never fewer than two."""
        present = [place for place in self.places[len(_MONEY_COLUMNS) :] if place is not None]
        return present if len(present) > 1 else [*present, 0, 0]

    @property
    def needed(self) -> int:
        """The number of leading columns up to the last one needed."""
        return 1 + max((place for place in self.places if place is not None), default=0)

    def money(self, which: int, column: Callable[[int], Iterable[str]]) -> Iterable[str]:
        """Return the amounts of the money column `which`: those of the file, or its constant for ever."""
        place = self.places[which]
        return repeat(self.constants[which]) if place is None else column(place)


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows: the cells of the key columns the file has, billed and effective cost as text."""

    layout: _Layout
    keys: Iterable[tuple[Cell, ...]]
    billed: Iterable[str]
    effective: Iterable[str]

    def rows(self, first: int) -> Iterable[tuple[int, tuple[Cell, ...], str, str]]:
        """Return (row number, key cells, billed, effective) of every row, numbered from `first`."""
        return zip(count(first), self.keys, self.billed, self.effective, strict=False)

    def whole(self, key: tuple[Cell, ...]) -> tuple[Cell, ...]:
        """Return the cells of all KEY_COLUMNS: those of the file, else the values of its absent columns."""
        cells = iter(key)
        skipped = len(_MONEY_COLUMNS)
        pairs = zip(self.layout.places[skipped:], self.layout.constants[skipped:], strict=True)
        return tuple(constant if place is None else next(cells) for place, constant in pairs)


def batches(file: RawFile, constants: Mapping[str, str]) -> list[Way]:
    """Return the ways to read a file, the quickest first; only the last one's complaint is final.

    `constants` are the values of absent columns by lower-case name. A way raises DataProblem.
    """
    ways: list[Way] = [partial(_parquet_batches, file, constants)]
    if file.kind == "csv":
        kinds = (("\n", True), ("\n", False), ("", False))
        ways = [partial(_csv_batches, file, constants, *kind) for kind in kinds]
    return [partial(_explained, file, way) for way in ways]


def _explained(file: RawFile, way: Way) -> Iterator[Batch]:
    try:
        yield from way()
    except UnicodeDecodeError as problem:
        why, fix = f"byte {problem.start} of a block is not UTF-8", "export the file as UTF-8"
        raise DataProblem("the file is not UTF-8", where=file.name, why=why, fix=fix) from problem
    except (OSError, EOFError, zlib.error) as problem:
        raise DataProblem("the file cannot be read", where=file.name, why=str(problem)) from problem


def _layout(file: RawFile, names: Sequence[str], constants: Mapping[str, str]) -> _Layout:
    lowered = [name.strip().lower() for name in names]
    for column in (*_MONEY_COLUMNS, *KEY_COLUMNS):
        if lowered.count(column.lower()) > 1:
            raise DataProblem(f"the file has two columns named {column}", where=file.name)
    known = {*lowered, *constants}
    absent = [column for column in _REQUIRED if column.lower() not in known]
    if not absent and not known & {column.lower() for column in KEY_COLUMNS[-2:]}:
        absent = list(KEY_COLUMNS[-1:])
    if absent:
        raise DataProblem(
            f"the file lacks the column {', '.join(absent)}",
            where=file.name,
            fix="add the column, or give its value in the cost defaults",
        )
    wanted = [column.lower() for column in (*_MONEY_COLUMNS, *KEY_COLUMNS)]
    return _Layout(
        width=len(names),
        places=tuple(lowered.index(name) if name in lowered else None for name in wanted),
        constants=tuple(constants.get(name, "") for name in wanted),
    )


def _csv_batches(file: RawFile, constants: Mapping[str, str], line_end: str, quick: bool) -> Iterator[Batch]:
    """Yield the rows of a CSV file, split at `line_end` ("" for any of LF, CRLF and CR)."""
    csv.field_size_limit(_FIELD_LIMIT)
    with io.TextIOWrapper(opened(file.path), encoding="utf-8-sig", newline=line_end) as stream:
        reader = csv.reader(stream, strict=True)
        try:
            layout = _layout(file, next(reader, []), constants)
            cells = _quick_cells(stream, layout) if quick else (row for row in reader if row)
            start = 1
            while rows := list(islice(cells, _CSV_ROWS)):
                if quick:
                    _check_tails(layout, rows)
                else:
                    _check_widths(file, layout.width, rows, start)
                start += len(rows)
                yield _csv_batch(layout, rows)
        except csv.Error as problem:
            where = f"{file.name}, line {reader.line_num}"
            raise DataProblem("the file is not CSV", where=where, why=str(problem)) from problem


def _csv_batch(layout: _Layout, rows: list[list[str]]) -> Batch:
    def column(place: int) -> Iterable[str]:
        return map(itemgetter(place), rows)

    keys = map(itemgetter(*layout.key_places), rows)
    return Batch(layout, keys, layout.money(0, column), layout.money(1, column))


def _check_widths(file: RawFile, width: int, rows: list[list[str]], start: int) -> None:
    for number, row in enumerate(rows, start):
        if len(row) != width:
            raise DataProblem(
                "a row does not fit the header",
                where=f"{file.name}, row {number}",
                why=f"it has {len(row)} cells, the header {width}",
            )


def _quick_cells(stream: Iterator[str], layout: _Layout) -> Iterator[list[str]]:
    """Yield the leading cells of every row, as many as are needed, cutting plain lines at their commas.

    A line is plain if its quotes come in pairs behind the last cell needed; csv reads the others. DataProblem
    where lines may not be what they seem, or where too few are plain for this to be quick.
    """
    needed, odd = layout.needed, 0
    for line_with_end in stream:
        line = line_with_end.rstrip("\r\n")
        cells = line.split(",", needed)
        quote = line.find('"')
        if quote < 0:
            plain = line.count(",") + 1 == layout.width
        else:
            behind = len(cells) > needed and quote >= len(line) - len(cells[-1])
            plain = behind and not line.count('"') & 1
        if plain and "\r" not in line:
            yield cells
        elif line:
            odd += 1
            cells = next(csv.reader(chain((line_with_end,), stream), strict=True), [])
            if odd > _ODD_LINES or len(cells) != layout.width:
                raise DataProblem("the file needs a careful reader")
            yield cells[:needed]


def _check_tails(layout: _Layout, rows: list[list[str]]) -> None:
    """Check that what follows the last cell needed, cut off as one piece, holds the columns that are left."""
    tails = [row[-1] for row in rows if len(row) > layout.needed and '"' in row[-1]]
    # A comma lies outside quoted cells if the number of quotes before it is even. Dropping all else, then
    # pairs of quotes with no comma between them, leaves that as it was and the texts short.
    marks = "\n".join(tails).encode().translate(None, _NO_MARKS).replace(b'""', b"")
    outside = b"".join(marks.split(b'"')[::2])
    if outside != b"\n".join([b"," * (layout.width - layout.needed - 1)] * len(tails)):
        raise DataProblem("the file needs a careful reader")


def _parquet_batches(file: RawFile, constants: Mapping[str, str]) -> Iterator[Batch]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file.path) as table:
            names = table.schema_arrow.names
            layout = _layout(file, names, constants)
            columns = [names[place] for place in layout.places if place is not None]
            for part in table.iter_batches(_PARQUET_ROWS, columns=columns, use_threads=False):
                yield _parquet_batch(layout, names, part)
    except pa.ArrowException as problem:
        raise OSError(str(problem)) from problem


def _parquet_batch(layout: _Layout, names: Sequence[str], part: Any) -> Batch:
    def money(place: int) -> Iterable[str]:
        return amount_texts(part.column(names[place]))

    present = [place for place in layout.places[len(_MONEY_COLUMNS) :] if place is not None]
    keys = zip(*(key_cells(part.column(names[place])) for place in present), strict=True)
    return Batch(layout, keys if present else repeat((), part.num_rows), layout.money(0, money), layout.money(1, money))


def amount_texts(column: Any) -> list[str]:
    """Return a Parquet column of amounts as decimal texts: empty for nulls, doubles by the shortest."""
    import pyarrow as pa

    return [text or "" for text in column.cast(pa.string()).to_pylist()]


def key_cells(column: Any) -> list[Cell]:
    """Return times as nanoseconds since 1970 UTC and everything else as text."""
    import pyarrow as pa

    if pa.types.is_date32(column.type):
        factor, times = DAY, column.cast(pa.int32())
    elif pa.types.is_date64(column.type):
        factor, times = _TIME_UNITS["ms"], column.cast(pa.int64())
    elif pa.types.is_timestamp(column.type):
        factor, times = _TIME_UNITS[column.type.unit], column.cast(pa.int64())
    else:
        return list(column.cast(pa.string()).to_pylist())
    return [None if time is None else time * factor for time in times.to_pylist()]
