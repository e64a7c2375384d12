"""Exact decomposition of a change: additive LMDI-I for products of factors, Shapley for two.

Ang 2005, Energy Policy 33:867 (the practical guide); Ang & Liu 2007 for zeros, which have bars of their own here.
Logarithms are decimal with 50 digits: those of the machine's library differ in their last bits between machines,
and the same inputs must give the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache

from unitcost.numbers.split import nearest_parts

DIGITS = Context(prec=50, rounding=ROUND_HALF_EVEN)
PLACES = 12


@lru_cache(maxsize=100_000)
def log_ratio(now: Decimal, before: Decimal) -> Decimal:
    """Return ln(now ÷ before); both are positive."""
    return DIGITS.ln(DIGITS.divide(now, before))


def log_mean(now: Decimal, before: Decimal) -> Decimal:
    """Return the logarithmic mean L(a, b) = (a − b) ÷ ln(a ÷ b), L(a, a) = a; both are positive."""
    ratio = log_ratio(now, before)
    return DIGITS.divide(DIGITS.subtract(now, before), ratio) if ratio else now


def product_effects(now: Decimal, before: Decimal, logs: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return what each factor of a product adds to its change; `logs` are the factors' ln(now ÷ before)."""
    weight = log_mean(now, before)
    return {name: DIGITS.multiply(weight, log) for name, log in logs.items()}


def shapley(first: tuple[Decimal, Decimal], second: tuple[Decimal, Decimal]) -> tuple[Decimal, Decimal]:
    """Return what each of two factors (now, before) adds to the change of their product: the mean over both orders."""
    (a1, a0), (b1, b0) = first, second
    half = Decimal("0.5")
    return (
        DIGITS.multiply(DIGITS.multiply(DIGITS.subtract(a1, a0), DIGITS.add(b1, b0)), half),
        DIGITS.multiply(DIGITS.multiply(DIGITS.subtract(b1, b0), DIGITS.add(a1, a0)), half),
    )


def rounded_to_sum(effects: Mapping[str, Decimal], total: Decimal) -> dict[str, Decimal]:
    """Return the effects at 12 places, adding up to `total` (12 places): one largest-remainder step.

    Each is rounded half-even; units left over go to the largest rounding errors, ties to the name that sorts first.
    """
    scaled = {name: DIGITS.scaleb(effect, PLACES) for name, effect in effects.items()}
    parts = nearest_parts(scaled, int(DIGITS.scaleb(total, PLACES)))
    return {name: DIGITS.scaleb(Decimal(units), -PLACES) for name, units in parts.items()}
