"""What a text in a file means: exact money, moments in UTC, tags. Pure functions, one text at a time.

Staging looks up each distinct text once, so these functions can afford to be careful.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import NamedTuple

SCALE = Decimal(1).scaleb(-18)
WHOLE_DIGITS = 20
# Wide enough for any text that can pass: 20 digits before the point and every digit somebody might write behind it.
_WIDE = Context(prec=120_000, rounding=ROUND_HALF_EVEN, Emin=-999_999, Emax=999_999)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,5})?", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", re.ASCII)
_BLANKS = re.compile(r"[\s\u00a0\u2007\u2009\u202f]+")
_SIGNS = re.compile(r"[$€£¥₹₩₽₺₴₫฿]")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?", re.ASCII)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?", re.ASCII)
YEARS = range(1990, 2101)


class Money(NamedTuple):
    """An exact amount at 18 places; `cleaned` when signs, commas or blanks were removed, `rounded` when digits were."""

    value: Decimal
    cleaned: bool
    rounded: bool


class Moment(NamedTuple):
    """A moment in UTC without zone; `slashed` when it was written month/day/year."""

    at: dt.datetime
    slashed: bool


class Tags(NamedTuple):
    """Tag texts by key; `valueless` are keys whose value is only `true`."""

    values: dict[str, str]
    valueless: frozenset[str]


def parse_money(text: str) -> Money:
    """Return the exact amount in `text`, half-even at the 18th place. Raises ValueError saying what is wrong."""
    tidy = _BLANKS.sub("", _SIGNS.sub("", text))
    if _GROUPED.fullmatch(tidy):
        tidy = tidy.replace(",", "")
    if not _NUMBER.fullmatch(tidy):
        raise ValueError(_not_money(text))
    exact = _WIDE.create_decimal(tidy)
    if exact.adjusted() >= WHOLE_DIGITS and exact != 0:
        raise ValueError(f"more than {WHOLE_DIGITS} digits before the point")
    value = exact.quantize(SCALE, context=_WIDE)
    return Money(value, tidy != text.strip(), value != exact)


def _not_money(text: str) -> str:
    if text.strip().lower().lstrip("+-") in ("nan", "inf", "infinity"):
        return "it is not a finite number"
    if re.fullmatch(r"[+-]?[\d.]*,\d{1,2}", text.strip()):
        return "the comma is no decimal point here; write 1234.56"
    return "it is not a number"


def parse_moment(text: str) -> Moment:
    """Return the UTC moment in `text` (no zone means UTC). Raises ValueError saying what is wrong."""
    tidy = text.strip()
    slashed = _SLASHED.fullmatch(tidy)
    if slashed:
        return Moment(_from_slashes(slashed), True)
    if not _ISO.fullmatch(tidy):
        raise ValueError("it is not a date or time; write 2024-09-01 or 2024-09-01T00:00:00Z")
    try:
        moment = dt.datetime.fromisoformat(tidy.removesuffix(" UTC"))
        if moment.tzinfo is not None:
            moment = moment.astimezone(dt.UTC).replace(tzinfo=None)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"it is not a date or time ({error})") from None
    return Moment(_sane(moment), False)


def _from_slashes(match: re.Match[str]) -> dt.datetime:
    month, day, year = int(match[1]), int(match[2]), int(match[3])
    if month > 12:
        raise ValueError("the day seems to come first; write ISO dates such as 2025-05-13")
    hour, minute, second = (int(part) if part else 0 for part in match.groups()[3:])
    try:
        return _sane(dt.datetime(year if year > 99 else 2000 + year, month, day, hour, minute, second))
    except ValueError as error:
        raise ValueError(f"it is not a date ({error})") from None


def _sane(moment: dt.datetime) -> dt.datetime:
    if moment.year not in YEARS:
        raise ValueError(f"the year {moment.year} is outside {YEARS.start} to {YEARS.stop - 1}")
    return moment


def parse_tags(text: str) -> Tags:
    """Return the tags in a JSON object. Raises ValueError if it is not one."""
    try:
        data = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        raise ValueError("it is not a JSON object") from None
    if isinstance(data, list):
        data = _pairs(data)
    if not isinstance(data, dict):
        raise ValueError("it is not a JSON object")
    valueless = {key for key, value in data.items() if value is True or value == "true"}
    return Tags({k: _tag_text(v) for k, v in data.items() if v is not None}, frozenset(valueless))


def _pairs(data: list[object]) -> object:
    """Return a list of {"key": …, "value": …} as one object, the way Parquet maps arrive."""
    if all(isinstance(item, dict) and set(item) == {"key", "value"} for item in data):
        return {str(item["key"]): item["value"] for item in data if isinstance(item, dict)}
    return data


def _tag_text(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
