"""Exact shares as published money: rounded once, adding up to the last digit."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TypeVar

Key = TypeVar("Key", str, int)


def units_of(amount: Fraction) -> int:
    """Return money as a whole number of 1e-18, half-even."""
    return round(amount * 10**18)


def parts_of(amounts: Mapping[Key, Fraction]) -> dict[Key, int]:
    """Return amounts in units of 1e-18 that add up to their rounded sum: the largest remainders are rounded up.

    Ties go to the key that sorts first.
    """
    total = units_of(sum(amounts.values(), Fraction(0)))
    floors = {key: (amount * 10**18).__floor__() for key, amount in amounts.items()}
    order = sorted(amounts, key=lambda key: (floors[key] - amounts[key] * 10**18, key))
    for key in order[: total - sum(floors.values())]:
        floors[key] += 1
    return floors
