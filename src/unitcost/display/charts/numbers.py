"""Numbers on a chart: checked on the way in, worded once for all labels of a chart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext

from babel.numbers import format_compact_decimal

from unitcost.display.formats import MINUS, UNKNOWN, Formats, adaptive_digits, unit_label
from unitcost.numbers.estimate import EXACT

Number = Decimal | int
# From ten million on more digits only hide the number: "12.3M" is read, "12,345,678" is counted.
COMPACT_FROM = Decimal(10_000_000)
_MONEY = ("money", "delta_money")
_UNIT_COST = ("unit_cost", "delta_unit_cost")


def known(values: Iterable[Decimal | None]) -> list[Decimal]:
    """Return the values that are there."""
    return [value for value in values if value is not None]


def difference(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    """Return now − before without rounding, None if one is unknown."""
    if now is None or before is None:
        return None
    with localcontext(EXACT):
        return now - before


@dataclass(frozen=True, slots=True)
class Measure:
    """What the numbers of a chart are: their kind, their unit ("USD/user"), and how they are worded.

    `kind` is unit_cost, money, count, share or decimal.
    """

    kind: str
    formats: Formats
    unit: str = ""

    def labels(self, values: Iterable[Decimal | None], *, digits: int | None = None) -> Labels:
        """Return the wording of these values, with the same digits for all."""
        return Labels(self.formats, self.kind, values, digits=digits)


class Labels:
    """The wording of one kind of numbers, with the same digits for all of them."""

    def __init__(
        self, formats: Formats, kind: str, values: Iterable[Decimal | None], *, digits: int | None = None
    ) -> None:
        if kind not in (*_MONEY, *_UNIT_COST, "count", "share", "decimal", "delta_share", "delta_points"):
            raise ValueError(f"unknown kind of number: {kind!r}")
        found = known(values)
        largest = max((abs(value) for value in found), default=Decimal(0))
        self.formats = formats
        self.kind = kind
        self.compact = largest >= COMPACT_FROM and kind not in ("share", "delta_share", "delta_points")
        self.digits = self._digits(found, largest) if digits is None else digits

    def value(self, value: Decimal | None) -> str:
        """Return a value without its unit, "n/a" when unknown."""
        if value is None:
            return UNKNOWN
        if self.compact:
            return self._short(value)
        if self.kind in ("share", "delta_share"):
            return self.formats.share(value, self.digits)
        # Whatever the kind, something tiny is "<0.01", not nothing.
        return self.formats.unit_cost(value, self.digits)

    def delta(self, value: Decimal | None) -> str:
        """Return a change with its sign; of shares in percentage points."""
        if value is None:
            return UNKNOWN
        if self.compact:
            return ("+" if value > 0 else "") + self._short(value)
        if self.kind in ("share", "delta_share", "delta_points"):
            return f"{self.formats.delta_points(value, self.digits)} pp"
        return self.formats.delta_money(value, self.digits)

    def unit(self, unit: str) -> str:
        """Return the unit in words; money without one is in the currency of the report."""
        if not unit and self.kind in _MONEY:
            return self.formats.currency
        return unit_label(unit)

    def with_unit(self, value: Decimal | None, unit: str) -> str:
        """Return a value for a sentence: "USD 12.30", "8,012 users", "USD 4.12 per user"."""
        text = self.value(value)
        words = self.unit(unit)
        if value is None or not words:
            return text
        currency = self.formats.currency
        if words.startswith(currency):
            return f"{currency} {text}{words.removeprefix(currency)}"
        return f"{text} {words}"

    def _digits(self, found: list[Decimal], largest: Decimal) -> int:
        if self.kind in ("share", "delta_share", "delta_points"):
            return 1
        whole = all(value == value.to_integral_value() for value in found)
        if self.kind in _MONEY and (largest >= 1 or largest == 0):
            return self.formats.money_digits(found, whole=True)
        if self.kind == "count" or (self.kind == "decimal" and whole):
            return 0 if whole or largest >= 1000 else 1
        return adaptive_digits(found)

    def _short(self, value: Decimal) -> str:
        if abs(value) < 1000:
            return self.formats.unit_cost(value, 2)
        text = format_compact_decimal(abs(value), locale=self.formats.locale, fraction_digits=2)
        return f"{MINUS}{text}" if value < 0 else text
