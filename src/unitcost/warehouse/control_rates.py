"""How rows become money of a month, and the conversion rates: month, currency and rate, from CSV or Parquet files.

A rate is the reporting currency's amount for one unit, read like money. This module shares no code with the
marts.
"""

from __future__ import annotations

import csv
import io
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from unitcost.errors import DataProblem
from unitcost.warehouse.control_files import RawFile, opened
from unitcost.warehouse.control_values import Rates, day_of, filled, instant, month_of_day, units

_COLUMNS = ("month", "currency", "rate")
_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])", re.ASCII)
_Row = tuple[str | int | None, str | int | None, str]


@dataclass(frozen=True, slots=True)
class Treatment:
    """How rows become money of a month: see `ControlSettings`; `defaults` has lower-case names."""

    defaults: Mapping[str, str]
    currency: str
    as_booked: bool
    spread: bool
    rates: Rates


def read_rates(files: Iterable[RawFile]) -> Rates:
    """Return the rates of all files; DataProblem names the row that cannot be read or says two things."""
    rates: dict[tuple[str, str], int] = {}
    for file in files:
        rows = _parquet_rows(file) if file.kind == "parquet" else _csv_rows(file)
        try:
            for number, (month_cell, currency_cell, rate_text) in enumerate(rows, 1):
                where = f"{file.name}, row {number}"
                key, rate = _rate(month_cell, currency_cell, rate_text, where)
                if rates.setdefault(key, rate) != rate:
                    raise DataProblem(f"two rates of {key[0]} for {key[1]} differ", where=where)
        except (OSError, EOFError, zlib.error, csv.Error, UnicodeDecodeError) as problem:
            raise DataProblem("the rates cannot be read", where=file.name, why=str(problem)) from problem
    return rates


def _rate(
    month_cell: str | int | None, currency_cell: str | int | None, rate_text: str, where: str
) -> tuple[tuple[str, str], int]:
    currency = filled(currency_cell).strip()
    try:
        month, rate = _month(month_cell), units(rate_text)
    except ValueError as problem:
        raise DataProblem("a conversion rate cannot be read", where=where, why=str(problem)) from problem
    if not (month and currency and rate and rate > 0):
        why = "it needs a month, a currency and a rate above 0"
        raise DataProblem("a conversion rate is incomplete", where=where, why=why)
    return (currency, month), rate


def _month(cell: str | int | None) -> str:
    if isinstance(cell, str) and _MONTH.fullmatch(cell.strip()):
        return cell.strip()
    start = instant(cell)
    return "" if start is None else month_of_day(day_of(start))


def _places(file: RawFile, names: Sequence[str]) -> list[int]:
    lowered = [name.strip().lower() for name in names]
    absent = [name for name in _COLUMNS if name not in lowered]
    if absent:
        raise DataProblem(f"the rates lack the column {', '.join(absent)}", where=file.name)
    return [lowered.index(name) for name in _COLUMNS]


def _csv_rows(file: RawFile) -> Iterator[_Row]:
    with io.TextIOWrapper(opened(file.path), encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, strict=True)
        month, currency, rate = _places(file, next(reader, []))
        for row in reader:
            if len(row) > max(month, currency, rate):
                yield row[month], row[currency], row[rate]
            elif row:
                raise DataProblem("a row is too short", where=f"{file.name}, line {reader.line_num}")


def _parquet_rows(file: RawFile) -> Iterator[_Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from unitcost.warehouse.control_keys import cells_of

    try:
        with pq.ParquetFile(file.path) as stored:
            names = stored.schema_arrow.names
            wanted = [names[place] for place in _places(file, names)]
            for part in stored.iter_batches(columns=wanted, use_threads=False):
                month, currency, rate = (part.column(name) for name in wanted)
                amounts = (text or "" for text in rate.cast(pa.string()).to_pylist())
                yield from zip(cells_of(month), cells_of(currency), amounts, strict=True)
    except pa.ArrowException as problem:
        raise OSError(str(problem)) from problem
