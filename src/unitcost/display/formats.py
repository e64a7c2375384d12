"""Numbers and months as a reader sees them: Decimals in, text out, never a float.

Rounding is half-even and happens here only. Negative numbers carry a real minus (U+2212) or stand in
parentheses; grouping and decimal marks follow the locale. A rounded value never claims to be exact: a share
just under one is ">99.9%", a unit cost too small for its column "<0.0001".
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.numbers import NumberPattern, get_currency_precision, parse_pattern

from unitcost.display.model import Negatives
from unitcost.errors import UsageProblem
from unitcost.numbers.months import first_day

MINUS = "\u2212"
NBSP = "\u00a0"
UNKNOWN = "n/a"
PRECISION = 100
CENTS_UP_TO = Decimal(10_000)
NO_CENTS_FROM = Decimal(10)  # for estimated amounts
KINDS = frozenset(
    (
        *("text", "money", "unit_cost", "count", "share", "decimal"),
        *("delta_money", "delta_unit_cost", "delta_share", "delta_points"),
    )
)


def rounded(value: Decimal, digits: int) -> Decimal:
    """Return `value` at `digits` places, half-even, without a negative zero."""
    with localcontext() as context:
        context.prec = PRECISION
        result = value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_EVEN)
    return abs(result) if result == 0 else result


def change_share(now: Decimal, before: Decimal) -> Decimal | None:
    """Return (now − before) ÷ before as a share, or None where the base is not positive."""
    if before <= 0:
        return None
    with localcontext() as context:
        context.prec = PRECISION
        return (now - before) / before


def adaptive_digits(values: Iterable[Decimal]) -> int:
    """Return the decimal places a set of unit costs is shown with, the same for all of them.

    Two places, or three significant digits of the largest when that is below one; up to two more so that the
    smallest keeps two significant digits.
    """
    sizes = [abs(v) for v in values if v != 0]
    if not sizes:
        return 2
    largest, smallest = max(sizes), min(sizes)
    base = max(2, 2 - largest.adjusted()) if largest < 1 else 2
    fine = 1 - smallest.adjusted()
    return max(base, min(fine, base + 2))


def unit_label(unit: str) -> str:
    """Return a unit as words: "USD/user" is "USD per user"; a share has none."""
    if unit in ("share", ""):
        return ""
    return unit.replace("/", " per ").replace("user-months", "user months")


@dataclass(frozen=True, slots=True)
class Formats:
    """Formats for one report: its locale, its currency and how it writes negatives."""

    locale: Locale
    currency: str
    negatives: Negatives = "minus"

    @classmethod
    def of(cls, locale: str, currency: str, negatives: Negatives = "minus") -> Formats:
        """Return the formats of a locale such as "de_DE". Raises UsageProblem for one that does not exist."""
        try:
            return cls(Locale.parse(locale.replace("-", "_")), currency, negatives)
        except (UnknownLocaleError, ValueError, TypeError) as error:
            raise UsageProblem(
                f"locale {locale!r} is not known",
                where="report.toml, [report] locale",
                fix="use a language and a territory, for example en_US, de_DE, fr_FR or ja_JP",
            ) from error

    def money_digits(self, values: Iterable[Decimal] = (), *, whole: bool = False) -> int:
        """Return the currency's places; none with `whole` once an amount reaches 10,000."""
        if whole and any(abs(v) >= CENTS_UP_TO for v in values):
            return 0
        return get_currency_precision(self.currency)

    def estimate_digits(self, amounts: Iterable[Decimal | None]) -> int:
        """Return the places of estimated amounts in a sentence: none once all are 10 or more, else the currency's.

        An amount with a range, or one that rests on assumptions, has no cents worth reading, unless it is of cents.
        """
        if all(amount is not None and abs(amount) >= NO_CENTS_FROM for amount in amounts):
            return 0
        return self.money_digits()

    def money(self, value: Decimal | None, digits: int | None = None) -> str:
        """Return an amount without its currency code."""
        return self._signed(value, self.money_digits() if digits is None else digits)

    def count(self, value: Decimal | None, digits: int = 0) -> str:
        """Return a number of things; `digits` for fractions such as user months."""
        return self._signed(value, digits)

    def unit_cost(self, value: Decimal | None, digits: int | None = None) -> str:
        """Return a unit cost; without `digits` they adapt to the value itself."""
        if value is None:
            return UNKNOWN
        places = adaptive_digits([value]) if digits is None else digits
        smallest = Decimal(1).scaleb(-places)
        if value != 0 and rounded(value, places) == 0:
            sign = "<" if value > 0 else f">{MINUS}"
            return f"{sign}{self._grouped(smallest, places)}"
        return self._signed(value, places)

    def share(self, value: Decimal | None, digits: int = 1) -> str:
        """Return a share (0–1) as a percentage; one that is nearly 0 or 1 is never shown as exactly that."""
        if value is None:
            return UNKNOWN
        shown = rounded(value, digits + 2)
        step = Decimal(1).scaleb(-digits - 2)
        if shown == 0 and value > 0:
            return f"<{self._percent(step, digits)}"
        if shown == 1 and value != 1:
            return f">{self._percent(1 - step, digits)}" if value < 1 else self._percent(shown, digits)
        return self._wrap(shown, self._percent(abs(shown), digits))

    def decimal(self, value: Decimal | None, digits: int = 2) -> str:
        """Return any other number."""
        return self._signed(value, digits)

    def quantity(self, value: Decimal | None) -> str:
        """Return a quantity: a whole number once it has three digits, before that like a unit cost."""
        return self.count(value) if value is not None and abs(value) >= 100 else self.unit_cost(value)

    def delta_money(self, value: Decimal | None, digits: int | None = None) -> str:
        """Return a change in money with its sign."""
        return self._signed(value, self.money_digits() if digits is None else digits, plus=True)

    def delta_unit_cost(self, value: Decimal | None, digits: int | None = None) -> str:
        """Return a change of a unit cost with its sign."""
        if value is None:
            return UNKNOWN
        return self._signed(value, adaptive_digits([value]) if digits is None else digits, plus=True)

    def delta_share(self, value: Decimal | None, digits: int = 1) -> str:
        """Return a relative change (0.031 is "+3.1%") with its sign."""
        if value is None:
            return UNKNOWN
        shown = rounded(value, digits + 2)
        return self._wrap(shown, self._percent(abs(shown), digits), plus=True)

    def delta_points(self, value: Decimal | None, digits: int = 1) -> str:
        """Return a difference of two shares in percentage points, with its sign; the unit is the column's."""
        if value is None:
            return UNKNOWN
        return self._signed(value.scaleb(2), digits, plus=True)

    def whole_money(self, value: Decimal | None) -> str:
        """Return an amount with its currency, without cents once it is large."""
        digits = self.money_digits([value] if value is not None else [], whole=True)
        return self.with_currency(self.money(value, digits))

    def told_apart(self, old: Decimal, new: Decimal) -> tuple[str, str]:
        """Return two different unit costs with as many digits as tell them apart."""
        digits = adaptive_digits([old, new])
        while rounded(old, digits) == rounded(new, digits):
            digits += 1
        return self.unit_cost(old, digits), self.unit_cost(new, digits)

    def with_currency(self, text: str) -> str:
        """Return an amount with the currency code before it, kept on one line."""
        return f"{self.currency}{NBSP}{text}"

    def column(self, kind: str, values: Sequence[Decimal | None], beside: Sequence[Decimal | None] = ()) -> list[str]:
        """Return the texts of one table column of numbers, all with the same digits, also as those `beside` it."""
        numbers = [v for v in (*values, *beside) if v is not None]
        digits = self._column_digits(kind, numbers)
        show = getattr(self, kind)
        return [show(value, digits) for value in values]

    def _column_digits(self, kind: str, numbers: Sequence[Decimal]) -> int:
        if kind in ("money", "delta_money"):
            return self.money_digits()
        if kind == "unit_cost":
            return adaptive_digits(numbers)
        if kind == "delta_unit_cost":
            # A change is read beside its value: the largest one decides, a smaller one may well round to nothing.
            return adaptive_digits([max(numbers, key=abs)] if numbers else [])
        if kind == "count":
            return 0 if all(v == v.to_integral_value() for v in numbers) else 1
        if kind == "decimal":
            return 0 if all(v == v.to_integral_value() for v in numbers) else adaptive_digits(numbers)
        return 1

    def _signed(self, value: Decimal | None, digits: int, *, plus: bool = False) -> str:
        if value is None:
            return UNKNOWN
        shown = rounded(value, digits)
        return self._wrap(shown, self._grouped(abs(shown), digits), plus=plus)

    def _wrap(self, shown: Decimal, text: str, *, plus: bool = False) -> str:
        if shown < 0:
            return f"({text})" if self.negatives == "parentheses" else f"{MINUS}{text}"
        return f"+{text}" if plus and shown > 0 else text

    def _grouped(self, value: Decimal, digits: int) -> str:
        return self._apply(self.locale.decimal_formats[None], value, digits)

    def _percent(self, value: Decimal, digits: int) -> str:
        return self._apply(self.locale.percent_formats[None], value, digits)

    def _apply(self, pattern: NumberPattern, value: Decimal, digits: int) -> str:
        fixed = copy.copy(parse_pattern(pattern.pattern))
        fixed.frac_prec = (digits, digits)
        with localcontext() as context:
            context.prec = PRECISION
            return str(fixed.apply(value, self.locale))


def month_name(month: str, locale: str = "en_US", *, year: bool = True) -> str:
    """Return a month's name, "May 2024" or "2024年5月"; without the year it is "May"."""
    first = first_day(month)
    if year:
        return str(format_skeleton("yMMMM", first, locale=locale))
    return str(format_date(first, "MMMM", locale=locale))
