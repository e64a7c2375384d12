"""What a text in a file means: exact money, moments in UTC, tags. Pure functions, one text at a time.

Staging looks up each distinct text once, so these functions can afford to be careful.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import NamedTuple

SCALE = Decimal(1).scaleb(-18)
WHOLE_DIGITS = 20
# Wide enough for any text that can pass: 20 digits before the point and every digit somebody might write behind it.
_WIDE = Context(prec=120_000, rounding=ROUND_HALF_EVEN, Emin=-999_999, Emax=999_999)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,5})?", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", re.ASCII)
_BLANKS = re.compile(r"[\s\u00a0\u2007\u2009\u202f]+")
_SMALL_CHANGE = "¢￠"  # a hundredth of what the number would be read as
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?", re.ASCII)
_ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})"
    r"(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?\s*(?:Z|UTC|([+-])(\d{2})(?::?(\d{2}))?)?)?",
    re.ASCII | re.IGNORECASE,
)
YEARS = range(1990, 2101)


class ExactAmount(NamedTuple):
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


def parse_money(text: str) -> ExactAmount:
    """Return the exact amount in `text`, half-even at the 18th place. Raises ValueError saying what is wrong."""
    tidy = _without_sign(_BLANKS.sub("", text))
    if _GROUPED.fullmatch(tidy):
        tidy = tidy.replace(",", "")
    if not _NUMBER.fullmatch(tidy):
        raise ValueError(_not_money(text))
    exact = _WIDE.create_decimal(tidy)
    if exact.adjusted() >= WHOLE_DIGITS and exact != 0:
        raise ValueError(f"more than {WHOLE_DIGITS} digits before the point")
    value = exact.quantize(SCALE, context=_WIDE)
    return ExactAmount(value, tidy != text, value != exact)


def shortest(value: Decimal) -> str:
    """Return an amount that is not negative with every digit it has and no zero behind the last one."""
    text = f"{value.copy_abs():f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _without_sign(tidy: str) -> str:
    """Return an amount without its currency sign, which stands at either end; any other one stays and is refused."""
    signs = [mark for mark in tidy if unicodedata.category(mark) == "Sc"]
    if len(signs) != 1 or signs[0] in _SMALL_CHANGE:
        return tidy
    before, _, after = tidy.partition(signs[0])
    return before + after if before in ("", "+", "-") or not after else tidy


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
    written = _ISO.fullmatch(tidy)
    if not written:
        raise ValueError("it is not a date or time; write 2024-09-01 or 2024-09-01T00:00:00Z")
    try:
        return Moment(_sane(_from_iso(written)), False)
    except OverflowError as error:
        raise ValueError(f"it is not a date or time ({error})") from None


def _from_iso(match: re.Match[str]) -> dt.datetime:
    # Not datetime.fromisoformat: what it takes besides RFC 3339 differs between versions of Python.
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    fraction, sign, hours, minutes = match.groups()[6:]
    try:
        microseconds = int((fraction or "0")[:6].ljust(6, "0"))
        moment = dt.datetime(year, month, day, hour, minute, second, microseconds)
    except ValueError as error:
        raise ValueError(f"it is not a date or time ({error})") from None
    ahead = dt.timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    if ahead >= dt.timedelta(days=1) or int(minutes or 0) > 59:
        raise ValueError("it is not a date or time (no zone is a day away from UTC)")
    return moment + ahead if sign == "-" else moment - ahead


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
    """Return the tags in a JSON object. Raises ValueError if it is not one, or says two things about a key."""
    try:
        data = json.loads(text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_object)
    except _Twice:
        raise
    except (ValueError, RecursionError):
        raise ValueError("it is not a JSON object") from None
    if isinstance(data, list):
        data = _pairs(data)
    if not isinstance(data, dict):
        raise ValueError("it is not a JSON object")
    if "\\ud" in text.lower() and any("\ud800" <= mark <= "\udfff" for mark in json.dumps(data, ensure_ascii=False)):
        raise ValueError("an escape in it is half a character")
    valueless = {key for key, value in data.items() if value is True or value == "true"}
    return Tags({k: _tag_text(v) for k, v in data.items() if v is not None}, frozenset(valueless))


class _Twice(ValueError):
    """A key with two values."""


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if found.setdefault(key, value) != value:
            raise _Twice(f"the key '{key[:40]}' is in it twice, with two values")
    return found


def _pairs(data: list[object]) -> object:
    """Return a list of {"key": …, "value": …} as one object, the way Parquet maps arrive."""
    if all(isinstance(item, dict) and set(item) == {"key", "value"} for item in data):
        return _object([(str(item["key"]), item["value"]) for item in data if isinstance(item, dict)])
    return data


def _tag_text(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
