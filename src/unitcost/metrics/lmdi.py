"""Index decomposition with 40 digits: logarithmic mean, Shapley of a product, and bars that add up when rounded.

Decimals and not floats, because the logarithms of C libraries differ in the last digit between machines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from itertools import permutations
from math import factorial

EXACT = Context(prec=40, rounding=ROUND_HALF_EVEN)
PLACES = Decimal(1).scaleb(-12)
NOTHING = Decimal(0)
_CLOSE = Decimal("1e-8")


@lru_cache(maxsize=1 << 16)
def ln(value: Decimal) -> Decimal:
    """Return the natural logarithm to 40 digits."""
    return value.ln(EXACT)


def log_ratio(now: Decimal, before: Decimal) -> Decimal:
    """Return ln(now ÷ before); swapping the two negates it to the last digit. Both are above 0."""
    return EXACT.subtract(ln(now), ln(before))


def log_mean(a: Decimal, b: Decimal) -> Decimal:
    """Return (a − b) ÷ ln(a ÷ b), and a where both are equal; 0 where one of them is 0. Neither is negative."""
    if not a or not b:
        return NOTHING
    r = log_ratio(a, b)
    if abs(r) >= _CLOSE:
        return EXACT.divide(EXACT.subtract(a, b), r)
    # √ab · sinh(r/2) ÷ (r/2): two numbers so close leave too few digits of a difference. The next term is r⁴/1920.
    series = EXACT.add(Decimal(1), EXACT.divide(EXACT.multiply(r, r), Decimal(24)))
    return EXACT.multiply(EXACT.sqrt(EXACT.multiply(a, b)), series)


def shapley(before: Sequence[Decimal], now: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """Return what each factor adds to the change of a product, over all orders in which they may change.

    Defined for every sign and for zeros; the parts add up to Π now − Π before.
    """
    found = [NOTHING] * len(now)
    for order in permutations(range(len(now))):
        state = list(before)
        value = total_product(state)
        for place in order:
            state[place] = now[place]
            changed = total_product(state)
            found[place] = EXACT.add(found[place], EXACT.subtract(changed, value))
            value = changed
    return tuple(EXACT.divide(part, Decimal(factorial(len(now)))) for part in found)


def total_product(factors: Iterable[Decimal]) -> Decimal:
    """Return a product to 40 digits."""
    value = Decimal(1)
    for factor in factors:
        value = EXACT.multiply(value, factor)
    return value


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Return a sum to 40 digits."""
    value = NOTHING
    for amount in amounts:
        value = EXACT.add(value, amount)
    return value


def rounded(bars: Mapping[str, Decimal], whole: Decimal) -> dict[str, Decimal]:
    """Return bars of 12 places that add up to `whole`, which has 12 places itself.

    Every bar is rounded half-even; units that are left over go to the largest rounding errors, ties by name.
    """
    found = {name: value.quantize(PLACES, context=EXACT) for name, value in bars.items()}
    left = int(EXACT.divide(EXACT.subtract(whole, total(found.values())), PLACES))
    sign = 1 if left > 0 else -1
    errors = {name: sign * EXACT.subtract(bars[name], found[name]) for name in bars}
    order = sorted(errors, key=lambda name: (-errors[name], name.encode()))
    for number in range(abs(left)):
        name = order[number % len(order)]
        found[name] = EXACT.add(found[name], sign * PLACES)
    return found
