"""Texts of the control reader as exact numbers: money, instants, delivery stamps and conversion rates.

Money is an integer of 1e-18 units of the currency, an instant an integer of nanoseconds since 1970 UTC,
a month the text `YYYY-MM`. Nothing passes through a float. This module shares no code with the marts.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from urllib.parse import unquote

Rates = Mapping[tuple[str, str], int]
"""(currency, month) → units of the reporting currency for one unit, in 1e-18."""

SCALE = 18
ONE: int = 10**SCALE
LIMIT: int = 10 ** (20 + SCALE)
DAY: int = 86_400 * 10**9

_NULLS = frozenset(("", "NULL", "null"))
_POWERS: tuple[int, ...] = tuple(10 ** (SCALE - digits) for digits in range(SCALE + 1))
_EPOCH = date(1970, 1, 1).toordinal()
_STEP = Decimal((0, (1,), -SCALE))
_WIDE = Context(prec=80, rounding=ROUND_HALF_EVEN)
_ODD_MONEY = re.compile(
    r"(?:¤?(?P<sign>[+-]?)|(?P<before>[+-])¤)"
    r"(?P<whole>\d{1,3}(?:,\d{3})+|\d*)(?P<fraction>\.\d*)?(?P<power>[eE][+-]?\d{1,9})?¤?",
    re.ASCII,
)
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?\s*(Z|UTC|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII | re.IGNORECASE,
)
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d\d)(?:\s+(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?", re.ASCII)
_STAMP = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:[Tt _-]?(\d\d)[:_.-]?(\d\d)(?:[:_.-]?(\d\d)(?:\.(\d+))?)?)?[Zz]?", re.ASCII
)


def filled(text: str | int | None) -> str:
    """Return the text of a cell, empty where the cell is null (empty, `NULL` or `null`)."""
    return "" if text is None or text in _NULLS else str(text)


def units(text: str) -> int | None:
    """Return money text as 1e-18 units, None for a null; ValueError says why a text is not an amount.

    Digits beyond the 18th decimal are rounded half-even.
    """
    whole, _, fraction = text.partition(".")
    if (
        whole.isdigit()
        and (fraction.isdigit() or not fraction)
        and len(fraction) <= SCALE
        and len(whole) <= 20
        and text.isascii()
    ):
        return int(whole + fraction) * _POWERS[len(fraction)]
    if text[:1] == "-" and text[1:2].isdigit():
        amount = units(text[1:])
        return None if amount is None else -amount
    return _odd_units(text)


def _odd_units(text: str) -> int | None:
    """Return the amount of a text with a currency sign, commas, blanks, an exponent or too many digits."""
    if text.strip() in _NULLS:
        return None
    cleaned = "".join("¤" if unicodedata.category(mark) == "Sc" else mark for mark in text if not mark.isspace())
    match = _ODD_MONEY.fullmatch(cleaned)
    if match is None or cleaned.count("¤") > 1 or not (match["whole"] or (match["fraction"] or ".") != "."):
        raise ValueError(f"'{text[:60]}' is not an amount")
    sign = match["sign"] or match["before"] or ""
    digits = match["whole"].replace(",", "") + (match["fraction"] or "")
    return scaled(Decimal(f"{sign}{digits}{match['power'] or ''}"), text)


def scaled(amount: Decimal, text: str) -> int:
    """Return `amount` in 1e-18 units, rounded half-even; ValueError beyond 20 digits before the point."""
    if not amount or amount.adjusted() < -SCALE - 2:
        return 0
    try:
        rounded = amount.quantize(_STEP, context=_WIDE)
    except InvalidOperation as problem:
        raise ValueError(f"'{text[:60]}' has more than 20 digits before the point") from problem
    result = int(rounded.scaleb(SCALE, context=_WIDE))
    if abs(result) >= LIMIT:
        raise ValueError(f"'{text[:60]}' has more than 20 digits before the point")
    return result


def as_decimal(amount: int) -> Decimal:
    """Return 1e-18 units as a Decimal with 18 decimals, exact at any size."""
    return Decimal(f"{amount}E-{SCALE}")


def half_even(numerator: int, denominator: int) -> int:
    """Return the quotient rounded to the nearest integer, ties to the even one; denominator > 0."""
    quotient, rest = divmod(numerator, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and quotient % 2):
        return quotient + 1
    return quotient


def converted(amount: int, rate: int) -> int:
    """Return `amount` × `rate`, all in 1e-18 units, rounded half-even at the 18th decimal."""
    return half_even(amount * rate, ONE)


def instant(value: str | int | None) -> int | None:
    """Return a timestamp or date as nanoseconds since 1970 UTC, None for a null, else ValueError.

    Texts: RFC 3339 with Z or an offset, the same with a blank and without a zone (UTC), a date, and
    month/day/year with two or four digits for the year. Fractions count to the sixth digit.
    """
    if value is None or isinstance(value, int):
        return value
    text = value.strip()
    if text in _NULLS:
        return None
    match = _ISO.fullmatch(text)
    if match:
        year, month, day, hour, minute, second, fraction, zone = match.groups()
        return _nanoseconds(year, month, day, (hour, minute, second, fraction)) - _offset(zone)
    match = _SLASHED.fullmatch(text)
    if match is None:
        raise ValueError(f"'{text[:60]}' is not a timestamp")
    month, day, year, hour, minute, second, fraction = match.groups()
    if int(month) > 12:
        raise ValueError(f"'{text[:60]}' is not month/day/year; write ISO dates such as 2024-09-01")
    return _nanoseconds(year if len(year) == 4 else "20" + year, month, day, (hour, minute, second, fraction))


def delivery_stamp(folder_value: str) -> int:
    """Return the time in a folder name `delivery=<UTC timestamp>` in nanoseconds, else ValueError."""
    match = _STAMP.fullmatch(unquote(folder_value).strip())
    if match is None:
        raise ValueError(f"'{folder_value[:60]}' is not a UTC timestamp")
    year, month, day, *clock = match.groups()
    return _nanoseconds(year, month, day, tuple(clock))


def _nanoseconds(year: str, month: str, day: str, clock: tuple[str | None, ...]) -> int:
    days = date(int(year), int(month), int(day)).toordinal() - _EPOCH
    hour, minute, second = (int(part or 0) for part in clock[:3])
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(f"{hour:02}:{minute:02}:{second:02} is not a time of day")
    # What happens within a microsecond does not count.
    fraction = int((clock[3] or "0")[:6].ljust(6, "0")) * 1_000
    return days * DAY + ((hour * 60 + minute) * 60 + second) * 10**9 + fraction


def _offset(zone: str | None) -> int:
    if zone is None or zone.upper() in ("Z", "UTC"):
        return 0
    hours, minutes = int(zone[1:3]), int(zone[3:].lstrip(":") or 0)
    if hours > 23 or minutes > 59:
        raise ValueError(f"'{zone}' is not an offset from UTC")
    seconds = (hours * 60 + minutes) * 60
    return (-seconds if zone[0] == "-" else seconds) * 10**9


def day_of(nanoseconds: int) -> int:
    """Return the number of the UTC day, counted from 1970-01-01."""
    return nanoseconds // DAY


def month_of_day(day: int) -> str:
    """Return the calendar month `YYYY-MM` of a UTC day number; ValueError outside the years 1 to 9999."""
    try:
        return date.fromordinal(_EPOCH + day).isoformat()[:7]
    except (ValueError, OverflowError) as problem:
        raise ValueError(f"day {day} after 1970-01-01 is outside the calendar") from problem


def month_stretches(first: int, last: int) -> tuple[tuple[str, int, int], ...]:
    """Return the months of the UTC days `first` … `last` as (month, start, stop), counted from `first`."""
    stretches: list[tuple[str, int, int]] = []
    day = first
    while day <= last:
        month = month_of_day(day)
        year, number = int(month[:4]), int(month[5:])
        start = date(year, number, 1).toordinal() - _EPOCH
        stop = min(start + monthrange(year, number)[1], last + 1)
        stretches.append((month, day - first, stop - first))
        day = stop
    return tuple(stretches)


def spread_over_days(amount: int, stretches: tuple[tuple[str, int, int], ...], days: int) -> list[tuple[str, int]]:
    """Return `amount` in equal parts over `days` days, added up by month, left-over units on the first days.

    Equal weights leave equal remainders, so in the largest-remainder step the tie alone decides.
    """
    each, left = divmod(abs(amount), days)
    sign = -1 if amount < 0 else 1
    return [
        (month, sign * (each * (stop - start) + min(stop, left) - min(start, left))) for month, start, stop in stretches
    ]
