"""Exact numbers: money as whole units of 1e-18, half-even rounding, largest remainder, decimal text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

PLACES = 18
ONE = 10**PLACES
RATIO_PLACES = 12

_DRESSING = re.compile(r"[\s,$€£¥₹\u00a0\u202f]")


def half_even(numerator: int, denominator: int) -> int:
    """Nearest whole number to numerator / denominator (denominator > 0), ties to the even one."""
    quotient, rest = divmod(numerator, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and quotient % 2):
        quotient += 1
    return quotient


def units(number: Decimal) -> int:
    """A decimal as whole units of 1e-18; digits beyond the 18th are rounded half-even."""
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        raise ValueError(f"not a number: {number}")
    coefficient = int("".join(map(str, digits)))
    shift = exponent + PLACES
    size = coefficient * 10**shift if shift >= 0 else half_even(coefficient, 10**-shift)
    return -size if sign else size


def amount(text: str) -> int:
    """Money or driver text (currency sign, thousands commas, blanks, exponent) as units of 1e-18."""
    return units(Decimal(_DRESSING.sub("", text)))


def convert(money: int, rate: int) -> int:
    """Money times a rate, both in units of 1e-18, rounded half-even to that unit."""
    return half_even(money * rate, ONE)


def largest_remainder(total: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Split a signed whole number by weights, exactly; negative weights count 0, ties go to the first name.

    An empty answer means that all weights are 0 and nothing could be split.
    """
    shares = {name: weight for name, weight in weights.items() if weight > 0}
    whole = sum(shares.values())
    if whole == 0:
        return {}
    sign, size = (-1 if total < 0 else 1), abs(total)
    parts = {name: size * weight // whole for name, weight in shares.items()}
    by_remainder = sorted(shares, key=lambda name: (-(size * shares[name] % whole), name.encode()))
    for name in by_remainder[: size - sum(parts.values())]:
        parts[name] += 1
    return {name: sign * part for name, part in parts.items()}


def over_days(total: int, days: int) -> list[int]:
    """Split a signed whole number over equal days; the earlier days take the units left over."""
    sign, size = (-1 if total < 0 else 1), abs(total)
    each, left = divmod(size, days)
    return [sign * (each + (1 if day < left else 0)) for day in range(days)]


def decimal_text(whole: int, places: int) -> str:
    """A whole number of 10^-places as complete decimal text without trailing zeros."""
    digits = str(abs(whole)).rjust(places + 1, "0")
    integer, fraction = digits[: len(digits) - places], digits[len(digits) - places :].rstrip("0")
    sign = "-" if whole < 0 else ""
    return f"{sign}{integer}.{fraction}" if fraction else f"{sign}{integer}"


def money_text(money: int) -> str:
    """Money in units of 1e-18 as text."""
    return decimal_text(money, PLACES)


def ratio_text(ratio: Fraction) -> str:
    """A ratio quantised once, half-even, to 12 decimals."""
    return decimal_text(half_even(ratio.numerator * 10**RATIO_PLACES, ratio.denominator), RATIO_PLACES)
