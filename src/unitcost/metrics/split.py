"""Splitting a total so that the parts sum to it exactly: one largest-remainder step in whole numbers."""

from __future__ import annotations

from collections.abc import Mapping


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
