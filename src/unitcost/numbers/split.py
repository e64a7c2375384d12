"""Parts that sum to a total exactly: one largest-remainder step in whole numbers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal


def split(total: int, weights: Mapping[str, int]) -> dict[str, int] | None:
    """Return a part of `total` for each name, in proportion to its weight; the parts sum to `total`.

    Negative weights count as 0. Every part is floor(|total| × weight ÷ Σ weights) with the sign put back;
    the units left over go to the largest remainders, ties to the name that sorts first by its UTF-8 bytes
    (Hamilton's method of apportionment). None where all weights are 0.
    """
    positive = {name: max(weight, 0) for name, weight in weights.items()}
    whole = sum(positive.values())
    if not whole:
        return None
    sign, size = (-1, -total) if total < 0 else (1, total)
    parts, remainders = {}, {}
    for name, weight in positive.items():
        parts[name], remainders[name] = divmod(size * weight, whole)
    left = size - sum(parts.values())
    for name in sorted(positive, key=lambda n: (-remainders[n], n.encode()))[:left]:
        parts[name] += 1
    return {name: sign * part for name, part in parts.items()}


def nearest_parts(amounts: Mapping[str, Decimal], total: int) -> dict[str, int]:
    """Return `amounts` as whole numbers that sum to `total`, which they already nearly do.

    Each is rounded half-even; the units then missing go, one each, to those that rounding moved farthest the other
    way, ties to the name that sorts first by its UTF-8 bytes. Without amounts nothing is returned.
    """
    parts = {name: int(amount.to_integral_value(ROUND_HALF_EVEN)) for name, amount in amounts.items()}
    missing = total - sum(parts.values())
    step = 1 if missing > 0 else -1
    errors = {name: step * (amount - parts[name]) for name, amount in amounts.items()}
    order = sorted(parts, key=lambda name: (-errors[name], name.encode()))
    for place in range(abs(missing) if order else 0):
        parts[order[place % len(order)]] += step
    return parts
