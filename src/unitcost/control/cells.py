"""The columns of one raw file that the control reader needs, in batches of rows.

CSV cells are the raw text, whatever it says; Parquet cells have the type they have in the file. There is a quick
and a careful way to read CSV: the quick one gives up at whatever the two might not read alike, which the careful
one then reads, or says what is wrong with it. This module shares no code with the marts.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, count, islice
from threading import Event
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from isal.igzip_lib import IsalError

from unitcost.control.files import RawFile, opened
from unitcost.errors import DataProblem

MONEY_COLUMNS = ("BilledCost", "EffectiveCost")
TIME_COLUMNS = ("ChargePeriodStart", "ChargePeriodEnd", "BillingPeriodStart")
TEXT_COLUMNS = ("BillingCurrency", "ChargeClass", "BillingAccountId", "ServiceProviderName", "ProviderName")
_ROWS = 1 << 17
_CAREFUL_ROWS = 1 << 13
_LONGEST_LINE = 2_000_000
_BLOCK = 1 << 18
_TEXT_BLOCK = 1 << 20
_FIELD_LIMIT = 1 << 30
_BOM = codecs.BOM_UTF8
_QUOTE, _COMMA, _LF, _CR = b'",\n\r'

_Mask = npt.NDArray[np.bool_]
_Bits = npt.NDArray[np.uint64]
Way = Callable[[], Iterator["RowBatch"]]


@dataclass(frozen=True, slots=True)
class RowBatch:
    """Some rows: how many, the number of the first, arrays of the file's columns and the texts of the others."""

    first: int
    rows: int
    arrays: Mapping[str, Any]
    constants: Mapping[str, str]

    def column(self, name: str) -> Any:
        """Return a column as an array."""
        return self.arrays[name] if name in self.arrays else pa.repeat(self.constants[name], self.rows)


@dataclass(frozen=True, slots=True)
class WantedColumns:
    """The columns to read of a kind of file: those it must have, of which one is enough, and how to help if not.

    `constants` are the values of absent columns by lower-case name; reading ends with Stopped once `stop` is set.
    """

    columns: tuple[str, ...]
    required: tuple[str, ...]
    either: tuple[str, ...]
    constants: Mapping[str, str]
    fix: str
    stop: Event = field(default_factory=Event)


def wanted_costs(constants: Mapping[str, str], stop: Event) -> WantedColumns:
    """Return what is read of a cost file."""
    return WantedColumns(
        columns=(*MONEY_COLUMNS, *TIME_COLUMNS, *TEXT_COLUMNS),
        required=(*MONEY_COLUMNS, *TIME_COLUMNS, TEXT_COLUMNS[0]),
        either=TEXT_COLUMNS[-2:],
        constants=constants,
        fix="add the column, or give its value in the cost defaults",
        stop=stop,
    )


@dataclass(frozen=True, slots=True)
class _Layout:
    """What a file calls the columns it has, and the values of those that it has not."""

    names: Mapping[str, str]
    constants: Mapping[str, str]
    every: tuple[str, ...]

    @property
    def read(self) -> list[str]:
        """The names of the columns to read; never none, so that there are rows to count."""
        return list(self.names.values()) or list(self.every[:1])


def ways(file: RawFile, wanted: WantedColumns) -> list[Way]:
    """Return the ways to read a file, the quickest first; only the last one's complaint is final.

    What a way raises is for `explained` to say.
    """
    readers = (_parquet,) if file.kind == "parquet" else (_quick_csv, _careful_csv)
    return [partial(reader, file, wanted) for reader in readers]


@contextmanager
def explained(file: RawFile) -> Iterator[None]:
    """Raise DataProblem for whatever goes wrong while a file is read."""
    try:
        yield
    except UnicodeDecodeError as problem:
        raise _not_utf8(file) from problem
    except (OSError, EOFError, IsalError, pa.ArrowException) as problem:
        raise DataProblem("the file cannot be read", where=file.name, why=str(problem)) from problem


def _not_utf8(file: RawFile) -> DataProblem:
    """Return the error for the first line of a file that is not UTF-8."""
    with opened(file.path) as stream:
        for number, line in enumerate(stream, 1):
            try:
                line.decode()
            except UnicodeDecodeError as problem:
                return DataProblem(
                    "The file is not UTF-8",
                    where=f"{file.name}, line {number}",
                    why=f"byte 0x{line[problem.start]:02x} does not belong there; Latin-1 or UTF-16, perhaps",
                    fix="export it as UTF-8, or convert it: iconv -f LATIN1 -t UTF-8",
                )
    return DataProblem("The file is not UTF-8", where=file.name, fix="export it as UTF-8")


def _layout(file: RawFile, names: Sequence[str], wanted: WantedColumns) -> _Layout:
    lowered = [name.strip().lower() for name in names]
    for column in wanted.columns:
        if lowered.count(column.lower()) > 1:
            raise DataProblem(f"the file has two columns named {column}", where=file.name)
    known = {*lowered, *wanted.constants}
    absent = [column for column in wanted.required if column.lower() not in known]
    if not absent and not known & {column.lower() for column in wanted.either}:
        absent = list(wanted.either[-1:])
    if absent:
        raise DataProblem(f"the file lacks the column {', '.join(absent)}", where=file.name, fix=wanted.fix)
    places = {column: lowered.index(column.lower()) for column in wanted.columns if column.lower() in lowered}
    return _Layout(
        names={column: names[place] for column, place in places.items()},
        constants={
            column: wanted.constants.get(column.lower(), "") for column in wanted.columns if column not in places
        },
        every=tuple(names),
    )


def _batches(layout: _Layout, pieces: Iterable[Any]) -> Iterator[RowBatch]:
    """Yield the rows of Arrow's record batches, the small ones put together: a batch has a cost of its own."""
    first, held = 1, []
    for piece in chain(pieces, (None,)):
        held += [] if piece is None else [piece]
        rows = sum(part.num_rows for part in held)
        if not rows or (piece is not None and rows < _ROWS):
            continue
        table = pa.Table.from_batches(held)
        arrays = {column: table.column(name).combine_chunks() for column, name in layout.names.items()}
        yield RowBatch(first, rows, arrays, layout.constants)
        first, held = first + rows, []


class Stopped(Exception):
    """Somebody else has failed, so nobody waits for the sums any more."""


class _Blocks(io.BufferedIOBase):
    """A binary file that a text is read from in large blocks.

    Python gives up its lock while a piece is unpacked. Pieces that are used up in less time than another thread waits
    before it insists on the lock (up to 5 ms) would keep it from the other reader for as long as this one reads.
    """

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def read1(self, size: int = -1) -> bytes:
        del size  # io.TextIOWrapper asks for 8 KiB and takes what it gets
        return self._source.read(_TEXT_BLOCK)

    def close(self) -> None:
        self._source.close()
        super().close()


def _text(file: RawFile) -> io.TextIOWrapper:
    return io.TextIOWrapper(_Blocks(opened(file.path)), encoding="utf-8-sig", newline="")  # type: ignore[arg-type]


def _lines(file: RawFile, stream: io.TextIOWrapper, stop: Event) -> Iterator[str]:
    """Yield the lines of a text; a line without end is no reason to fill the memory with it."""
    for number in count(1):
        if stop.is_set():
            raise Stopped
        line = stream.readline(_LONGEST_LINE + 1)
        if len(line) > _LONGEST_LINE:
            raise DataProblem("the line is too long", where=f"{file.name}, line {number}", fix="export the file again")
        if not line:
            return
        yield line


def _header(file: RawFile, stop: Event) -> list[str]:
    with _text(file) as stream:
        try:
            return next(filter(None, csv.reader(_lines(file, stream, stop), strict=True)), [])
        except csv.Error as problem:
            raise DataProblem("the file is not CSV", where=f"{file.name}, line 1", why=str(problem)) from problem


def _quick_csv(file: RawFile, wanted: WantedColumns) -> Iterator[RowBatch]:
    layout = _layout(file, _header(file, wanted.stop), wanted)
    with opened(file.path) as source:
        stream = _PlainStream(source, wanted.stop)
        pieces = pa_csv.open_csv(
            stream,
            pa_csv.ReadOptions(use_threads=False, block_size=_BLOCK),
            pa_csv.ParseOptions(newlines_in_values=True),
            pa_csv.ConvertOptions(
                include_columns=layout.read, column_types=dict.fromkeys(layout.read, pa.string()), check_utf8=False
            ),
        )
        yield from _batches(layout, pieces)
        stream.finish()


class _PlainStream:
    """The bytes of `source`, as a file to read; DataProblem where they are not UTF-8 or quotes stand oddly.

    A quote is plain where it begins or ends a cell, or is doubled within a quoted one. Quotes are taken to open and
    to close in turn, so that a doubled one closes and opens at once: then only a comma, a line end or another quote
    can stand before an opening and after a closing one.
    """

    closed = False

    def __init__(self, source: Any, stop: Event) -> None:
        self._source = source
        self._stop = stop
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._started = False
        self._within_letter = False
        self._within_quotes = False
        self._carried = b"\n\n"

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def read(self, size: int) -> bytes:
        """Return the next bytes, at most `size`, without a byte order mark."""
        if self._stop.is_set():
            raise Stopped
        block: bytes = self._source.read(size)
        if not self._started:
            self._started, block = True, block.removeprefix(_BOM)
        if self._within_letter or not block.isascii():
            self._decoder.decode(block)
            self._within_letter = bool(self._decoder.getstate()[0])
        self._check_quotes(self._carried + block)
        self._carried = (self._carried + block[-2:])[-2:]
        return block

    def finish(self) -> None:
        """Check what was not read, and that nothing is left open at the end."""
        while self.read(_BLOCK):
            pass
        self._decoder.decode(b"", final=True)
        self._check_quotes(self._carried + b"\n")
        if self._within_quotes:
            raise DataProblem("the file needs a careful reader")

    def _check_quotes(self, text: bytes) -> None:
        """Check the quotes in `text` but for its first and its last byte, which are there as neighbours.

        A bit per byte: what is after a quote within quotes is a running parity, taken 64 bits at a time.
        """
        letters = np.frombuffer(text, np.uint8)
        quotes = letters == _QUOTE
        beside = _bits(quotes | (letters == _COMMA) | (letters == _LF) | (letters == _CR))
        quotes[[0, -1]] = False
        marks = _bits(quotes)
        within = marks.copy()
        for shift in (1, 2, 4, 8, 16, 32):
            within ^= within << np.uint64(shift)
        parities = np.bitwise_xor.accumulate(np.append(np.uint64(self._within_quotes), within >> np.uint64(63)))
        within ^= np.uint64(0) - parities[:-1]
        before, after = beside << np.uint64(1), beside >> np.uint64(1)
        before[1:] |= beside[:-1] >> np.uint64(63)
        after[:-1] |= beside[1:] << np.uint64(63)
        if (marks & ~(within & before | ~within & after)).any():
            raise DataProblem("the file needs a careful reader")
        self._within_quotes = bool(parities[-1])


def _bits(flags: _Mask) -> _Bits:
    """Return flags as bits of 64-bit words, the first flag the lowest bit, filled up with zeros."""
    packed = np.packbits(flags, bitorder="little")
    return np.append(packed, np.zeros(-len(packed) % 8, np.uint8)).view("<u8")


def _careful_csv(file: RawFile, wanted: WantedColumns) -> Iterator[RowBatch]:
    """Yield the rows of a CSV file whatever ends its lines: LF, CRLF, CR or a mix of them."""
    csv.field_size_limit(_FIELD_LIMIT)
    with _text(file) as stream:
        reader = csv.reader(_lines(file, stream, wanted.stop), strict=True)
        rows = ((reader.line_num, row) for row in reader if row)
        try:
            layout = _layout(file, next(rows, (0, []))[1], wanted)
            yield from _batches(layout, _careful_pieces(file, layout, rows))
        except csv.Error as problem:
            where = f"{file.name}, line {reader.line_num}"
            raise DataProblem("the file is not CSV", where=where, why=str(problem)) from problem


def _careful_pieces(file: RawFile, layout: _Layout, rows: Iterator[tuple[int, list[str]]]) -> Iterator[Any]:
    places = [layout.every.index(name) for name in layout.read]
    while some := list(islice(rows, _CAREFUL_ROWS)):
        for line, row in some:
            if len(row) != len(layout.every):
                raise DataProblem(
                    "a row does not fit the header",
                    where=f"{file.name}, line {line}",
                    why=f"the line has {len(row)} cells, the header {len(layout.every)}",
                    fix="export the file again",
                )
        arrays = [pa.array([row[place] for _, row in some], pa.string()) for place in places]
        yield pa.RecordBatch.from_arrays(arrays, layout.read)


def _parquet(file: RawFile, wanted: WantedColumns) -> Iterator[RowBatch]:
    with pq.ParquetFile(file.path) as table:
        schema = table.schema_arrow
        metadata = table.metadata
    layout = _layout(file, schema.names, wanted)
    for column, name in layout.names.items():
        if pa.types.is_nested(schema.field(name).type):
            why = f"the column has the type {schema.field(name).type}"
            raise DataProblem("a column cannot be read", where=f"{file.name}, column {column}", why=why)
    # Names and accounts repeat, so they are kept as they are stored: each text once.
    repeated = [layout.names[column] for column in TEXT_COLUMNS if column in layout.names]
    repeated = [name for name in repeated if pa.types.is_string(schema.field(name).type)]
    kept_small = {"read_dictionary": repeated, "pre_buffer": False, "buffer_size": _BLOCK}
    with pq.ParquetFile(file.path, metadata=metadata, **kept_small) as table:
        yield from _batches(layout, table.iter_batches(_ROWS, columns=layout.read, use_threads=False))
