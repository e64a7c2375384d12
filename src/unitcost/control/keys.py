"""What decides what is done to a row, as one number per row: the control reader's key columns put together.

Hours come to their days and texts are read once each, so that only the different combinations of a file are looked
at one by one. This module shares no code with the marts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unitcost.control.cells import TEXT_COLUMNS, RowBatch
from unitcost.control.money import Rows
from unitcost.control.values import DAY, day_of, filled, instant

Cell = str | int | None

Moment = int | ValueError | None
"""Days or nanoseconds since 1970 UTC, None for a null, the error of a text that is no time."""

Key = tuple[Moment, Moment, Moment, str, bool, str, str, str]
"""First and last day, start of the billing period in nanoseconds, currency, whether it is a correction, billing
account, service provider, provider."""

_UNITS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
_MOST_CODES = 1 << 62
_MANY_TEXTS = 2_000
_HOURS = r"^\d{4}-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ?$"


@dataclass(frozen=True, slots=True)
class Codes:
    """A column as its different values and the place of each row's value among them."""

    rows: Rows
    values: Sequence[Any]

    def first_rows(self) -> Rows:
        """Return the first row of every value; every value must have one."""
        first = np.empty(len(self.values), np.int64)
        # Of several writes to one place the last one stays.
        first[self.rows[::-1]] = np.arange(len(self.rows))[::-1]
        return first


def keys_of(batch: RowBatch) -> Codes:
    """Return the key of every row; the values are of type Key, in the order of their first rows."""
    return _joined(
        [
            _days(batch.column("ChargePeriodStart"), 0),
            _days(batch.column("ChargePeriodEnd"), 1),
            _moments(batch.column("BillingPeriodStart")),
            _texts(batch.column("BillingCurrency"), lambda text: filled(text).strip()),
            _texts(batch.column("ChargeClass"), lambda text: text == "Correction"),
            *(_texts(batch.column(name), filled) for name in TEXT_COLUMNS[2:]),
        ]
    )


def cells_of(column: Any) -> list[Cell]:
    """Return the cells of a column one by one: times in nanoseconds, anything else as text."""
    found = _moments(column) if _has_times(column) else _texts(column, lambda text: text)
    return [found.values[place] for place in found.rows.tolist()]


def _has_times(column: Any) -> bool:
    return bool(pa.types.is_timestamp(column.type) or pa.types.is_date(column.type))


def _encoded(column: Any) -> Codes:
    """Return the values of a column as they are, None among them for its nulls."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode(null_encoding="encode")
    values, places = column.dictionary.to_pylist(), column.indices
    if places.null_count:
        places, values = places.fill_null(len(values)), [*values, None]
    return Codes(places.to_numpy().astype(np.int64), values)


def _texts(column: Any, meaning: Callable[[str | None], Any]) -> Codes:
    """Return what the texts of a column mean, a meaning that several texts have once."""
    kind = column.type
    if not (pa.types.is_dictionary(kind) and pa.types.is_string(kind.value_type)):
        column = column.cast(pa.string())
    found = _encoded(column)
    seen: dict[Any, int] = {}
    places = np.array([seen.setdefault(meaning(text), len(seen)) for text in found.values], np.int64)
    return Codes(places[found.rows], list(seen))


def _time(text: str | None) -> Moment:
    try:
        return instant(text)
    except ValueError as problem:
        return problem


def _moments(column: Any) -> Codes:
    """Return the instants of a column in nanoseconds."""
    if not _has_times(column):
        return _texts(column, _time)
    numbers, unit = _numbers(column)
    found = _encoded(numbers)
    return Codes(found.rows, [None if value is None else value * unit for value in found.values])


def _days(column: Any, before: int) -> Codes:
    """Return the UTC days of the instants `before` nanoseconds (0 or 1) before those of a column."""

    def day(text: str | None) -> Moment:
        time = _time(text)
        return day_of(time - before) if isinstance(time, int) else time

    if not _has_times(column):
        return _texts(_shortened(column), day)
    numbers, unit = _numbers(column)
    values = numbers.fill_null(0).to_numpy()
    days = values // (DAY // unit)
    if before:
        days -= days * (DAY // unit) == values
    return _encoded(pa.array(days, mask=numbers.is_null().to_numpy(zero_copy_only=False)))


def _shortened(column: Any) -> Any:
    """Return times with noon for their hours where texts are many: any hour but midnight says as much of a day."""
    encoded = column if pa.types.is_dictionary(column.type) else column.cast(pa.string()).dictionary_encode()
    texts = encoded.dictionary
    if len(texts) < _MANY_TEXTS or not pa.types.is_string(texts.type):
        return encoded
    noon = pc.binary_join_element_wise(pc.utf8_slice_codeunits(texts, 0, 10), "12:00", "T")
    within = pc.and_not(pc.match_substring_regex(texts, _HOURS), pc.match_substring(texts, "00:00:00"))
    short = pc.if_else(within, noon, texts).dictionary_encode()
    return pa.DictionaryArray.from_arrays(short.indices.take(encoded.indices), short.dictionary)


def _numbers(column: Any) -> tuple[Any, int]:
    """Return times as 64-bit integers and the nanoseconds of their unit."""
    kind = column.type
    if pa.types.is_date32(kind):
        return column.cast(pa.int32()).cast(pa.int64()), DAY
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        # What happens within a microsecond does not count.
        return pc.divide(column.cast(pa.int64()), 1_000), _UNITS["us"]
    return column.cast(pa.int64()), _UNITS["ms" if pa.types.is_date64(kind) else kind.unit]


def _joined(columns: Sequence[Codes]) -> Codes:
    """Return the combinations of the values of columns, as tuples."""
    if prod(len(column.values) for column in columns) >= _MOST_CODES:
        # Each half has no more combinations than rows.
        half = len(columns) // 2
        both = _joined([_joined(columns[:half]), _joined(columns[half:])])
        return Codes(both.rows, [first + second for first, second in both.values])
    total: Any = 0
    for column in columns:
        total = total * len(column.values) + column.rows if len(column.values) > 1 else total
    encoded = pa.array(np.broadcast_to(total, len(columns[0].rows))).dictionary_encode()
    left = encoded.dictionary.to_numpy()
    values: list[list[Any]] = []
    for column in reversed(columns):
        left, places = np.divmod(left, len(column.values))
        values.append([column.values[place] for place in places.tolist()])
    return Codes(encoded.indices.to_numpy().astype(np.int64), list(zip(*reversed(values), strict=True)))
