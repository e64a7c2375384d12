"""Columns of money in the control reader: exact amounts of many rows at once, and their exact sums.

Amounts are decimals of 128 or 256 bits in Arrow's arrays. They are added up in pieces of 32 bits: a float counts
whole numbers exactly up to 2⁵³, so 2²⁰ of such pieces may be added by the one fast loop there is. This module shares
no code with the marts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from unitcost.control.values import ONE, SCALE, as_decimal, converted, units

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_STORED = pa.decimal128(38, SCALE)
_WIDE = pa.decimal256(76, 40)
_WIDEST_RATE = 37
_PLAIN_TEXT = r"^[+-]?\d{1,20}(\.\d{0,18})?$"
_LONG_TEXT = r"^[+-]?\d{1,20}(\.\d{0,20})?([eE]-(0?\d|1\d|20))?$"
_MOST_ROWS = 1 << 20
_NO_ROWS: Rows = np.zeros(0, np.int64)
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


@dataclass(frozen=True, slots=True)
class _Part:
    """Amounts of some rows, of all where `rows` is None: decimals without nulls."""

    rows: Rows | None
    decimals: Any

    @property
    def to_stored(self) -> int:
        """By what a decimal, taken as a whole number, is multiplied to give 1e-18 units."""
        power: int = 10 ** (SCALE - int(self.decimals.type.scale))
        return power


@dataclass(frozen=True, slots=True)
class Amounts:
    """The amounts of a column: the sum of its parts, row by row.

    `missing` are the rows without an amount, `wrong` those whose text is none, with the reason of each; both
    ascend, and both count as 0 in the parts.
    """

    parts: tuple[_Part, ...]
    missing: Rows = field(default_factory=lambda: _NO_ROWS)
    wrong: Rows = field(default_factory=lambda: _NO_ROWS)
    reasons: tuple[str, ...] = ()

    def only(self, chosen: Mask | None) -> Amounts:
        """Return the amounts of the chosen rows, of all where `chosen` is None; rows keep their places."""
        if chosen is None:
            return self
        parts = []
        for part in self.parts:
            kept = chosen if part.rows is None else chosen[part.rows]
            parts.append(_Part(_places(part.rows, kept), part.decimals.filter(pa.array(kept))))
        return Amounts(tuple(parts))

    def sums(self, codes: Rows, count: int, rate: int | None = None) -> list[int]:
        """Return the sum of the rows of each code 0 … `count` - 1, in 1e-18 units.

        With a `rate` in 1e-18 every row is converted, and rounded half-even by itself.
        """
        total = [0] * count
        for part in self.parts:
            of_part = codes if part.rows is None else codes[part.rows]
            sums = _summed(part, of_part, count) if rate is None else _converted(part, of_part, count, rate)
            total = [had + more for had, more in zip(total, sums, strict=True)]
        return total

    def single(self) -> Iterator[tuple[int, int]]:
        """Yield (row, amount in 1e-18 units) of every amount that is not 0."""
        for part in self.parts:
            numbers = _whole_numbers(part.decimals)
            rows = range(len(numbers)) if part.rows is None else part.rows.tolist()
            power = part.to_stored
            yield from ((row, number * power) for row, number in zip(rows, numbers, strict=True) if number)


def amounts_of(column: Any) -> Amounts:
    """Return the amounts of an array of decimals, doubles or texts; a double is what its shortest text says."""
    missing = np.flatnonzero(column.is_null().to_numpy(zero_copy_only=False)) if column.null_count else _NO_ROWS
    kind = column.type
    if pa.types.is_float64(kind):
        found = _doubles(column)
    elif pa.types.is_decimal128(kind) and 0 <= kind.scale <= SCALE and _short(column):
        found = Amounts((_Part(None, _filled(column)),))
    else:
        found = _texts(column.cast(pa.string()), None)
    if not len(missing):
        return found
    return Amounts(found.parts, np.union1d(missing, found.missing), found.wrong, found.reasons)


def _places(rows: Rows | None, chosen: Mask) -> Rows:
    return np.flatnonzero(chosen) if rows is None else rows[chosen]


def _filled(decimals: Any) -> Any:
    return decimals.fill_null(pa.scalar(Decimal(0), decimals.type)) if decimals.null_count else decimals


def _short(column: Any) -> bool:
    """Say whether no decimal can have more than 20 digits before the point."""
    kind = column.type
    if kind.precision - kind.scale <= 20 or not len(column):
        return True
    top = _words(_filled(column))[:, 1].view(np.int64)
    # 10²⁰ is more than 2⁶⁴: what differs from the limit in the upper half at all is looked at one by one.
    limit = 10 ** (20 + kind.scale) >> 64
    return bool(top.max() < limit and top.min() > -limit)


def _doubles(column: Any) -> Amounts:
    """Return the amounts of doubles; most are whole numbers of 1e-12 or 1e-9 with up to 15 digits.

    No two decimals of up to 15 digits share a double, so where such a decimal gives the double back, no other
    text can be the shortest.
    """
    parts: list[_Part] = []
    rows: Rows | None = None
    values = column.fill_null(0.0).to_numpy(zero_copy_only=False)
    for digits in (12, 9):
        power = 10.0**digits
        with np.errstate(invalid="ignore", over="ignore"):
            numbers = np.rint(values * power)
            exact = (np.abs(numbers) < 1e15) & (numbers / power == values)
        parts.append(_Part(rows, _decimals(np.where(exact, numbers, 0).astype(np.int64), digits)))
        rows, values = _places(rows, ~exact), values[~exact]
        if not len(rows):
            return Amounts(tuple(parts))
    # What is less than half a unit of the 18th decimal is 0, however long its text.
    texts = pa.array(np.where(np.abs(values) < 1e-20, 0.0, values)).cast(pa.string())
    rest = _texts(texts, rows)
    return Amounts((*parts, *rest.parts), rest.missing, rest.wrong, rest.reasons)


def _decimals(numbers: Rows, scale: int) -> Any:
    words = np.empty((len(numbers), 2), np.int64)
    words[:, 0] = numbers
    words[:, 1] = numbers >> 63
    return pa.Array.from_buffers(pa.decimal128(38, scale), len(numbers), [None, pa.py_buffer(words)])


def _texts(texts: Any, rows: Rows | None) -> Amounts:
    """Return the amounts of texts that stand in `rows`: most are plain, some too long, few are odd."""
    plain = pc.match_substring_regex(texts, _PLAIN_TEXT).fill_null(False)
    if plain.true_count == len(texts):
        return Amounts((_Part(rows, texts.cast(_STORED)),))
    parts = [_Part(rows, pc.if_else(plain, texts, "0").cast(_STORED))]
    others = ~plain.to_numpy(zero_copy_only=False)
    rows, texts = _places(rows, others), texts.filter(pa.array(others))
    long = pc.match_substring_regex(texts, _LONG_TEXT).fill_null(False)
    try:
        wide = pc.if_else(long, texts, "0").cast(_WIDE)
        parts.append(_Part(rows, pc.round(wide, ndigits=SCALE, round_mode="half_to_even").cast(_STORED)))
    except pa.ArrowInvalid:
        pass  # one of them has too many digits before the point; the loop over odd texts says which
    else:
        others = ~long.to_numpy(zero_copy_only=False)
        rows, texts = rows[others], texts.filter(pa.array(others))
    odd = _odd_texts(texts, rows)
    return Amounts((*parts, *odd.parts), odd.missing, odd.wrong, odd.reasons)


def _odd_texts(texts: Any, rows: Rows) -> Amounts:
    """Return the amounts of odd texts, each different text read once."""
    encoded = texts.dictionary_encode(null_encoding="encode")
    codes = encoded.indices.to_numpy()
    values: list[Decimal | None] = []
    reasons: dict[int, str] = {}
    for code, text in enumerate(encoded.dictionary.to_pylist()):
        try:
            amount = units(text or "")
        except ValueError as problem:
            amount, reasons[code] = 0, str(problem)
        values.append(None if amount is None else as_decimal(amount))
    decimals = pa.array(values, _STORED).take(encoded.indices)
    missing = rows[decimals.is_null().to_numpy(zero_copy_only=False)]
    bad = np.isin(codes, list(reasons))
    why = tuple(reasons[code] for code in codes[bad].tolist())
    return Amounts((_Part(rows, _filled(decimals)),), missing, rows[bad], why)


def _words(decimals: Any) -> npt.NDArray[np.uint64]:
    """Return decimals as whole numbers in two's complement, a row of 64-bit words each, the lowest first."""
    width = int(decimals.type.byte_width) // 8
    if not len(decimals):
        return np.zeros((0, width), np.uint64)
    words = np.frombuffer(decimals.buffers()[1], np.uint64)
    start = int(decimals.offset) * width
    return words[start : start + len(decimals) * width].reshape(-1, width)


def _whole_numbers(decimals: Any) -> list[int]:
    words = _words(decimals)
    top = words.shape[1] - 1
    numbers: list[int] = words[:, top].view(np.int64).tolist()
    for place in range(top - 1, -1, -1):
        numbers = [number << 64 | word for number, word in zip(numbers, words[:, place].tolist(), strict=True)]
    return numbers


def _added_up(decimals: Any, codes: Rows, count: int) -> list[int]:
    """Return the sums of decimals, taken as whole numbers, by code."""
    assert len(codes) <= _MOST_ROWS
    words = _words(decimals)
    top = words.shape[1] - 1
    while top and (words[:, top].view(np.int64) == words[:, top - 1].view(np.int64) >> 63).all():
        top -= 1  # only the sign is up there
    total = [0] * count
    for place in range(top + 1):
        word = words[:, place]
        upper = word.view(np.int64) >> 32 if place == top else word >> _HALF
        for piece, shift in ((word & _LOW, 64 * place), (upper, 64 * place + 32)):
            sums = np.bincount(codes, piece, count).astype(np.int64).tolist()
            total = [had + (more << shift) for had, more in zip(total, sums, strict=True)]
    return total


def _summed(part: _Part, codes: Rows, count: int) -> list[int]:
    power = part.to_stored
    return [number * power for number in _added_up(part.decimals, codes, count)]


def _converted(part: _Part, codes: Rows, count: int, rate: int) -> list[int]:
    factor = part.to_stored * rate
    if not factor % ONE:
        # With so few decimals nothing is rounded, so that the sum may be converted instead of its rows.
        return [number * (factor // ONE) for number in _added_up(part.decimals, codes, count)]
    scale = SCALE
    while scale and not rate % 10:
        rate, scale = rate // 10, scale - 1
    precision = max(len(str(rate)), scale)
    if precision > _WIDEST_RATE:
        total, rate = [0] * count, rate * 10 ** (SCALE - scale)
        for code, number in zip(codes.tolist(), _whole_numbers(part.decimals), strict=True):
            total[code] += converted(number * part.to_stored, rate)
        return total
    wide = part.decimals.cast(pa.decimal256(38, part.decimals.type.scale))
    product = pc.multiply(wide, pa.scalar(Decimal(f"{rate}E-{scale}"), pa.decimal256(precision, scale)))
    rounded = pc.round(product, ndigits=SCALE, round_mode="half_to_even")
    below = 10 ** (int(rounded.type.scale) - SCALE)
    return [number // below for number in _added_up(rounded, codes, count)]
