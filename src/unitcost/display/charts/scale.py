"""A linear scale from numbers to millimetres, with round ticks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

_STEPS = (Fraction(1), Fraction(2), Fraction(5, 2), Fraction(5), Fraction(10))


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps `low`–`high` to `start`–`end`; `ticks` lie on round numbers inside."""

    low: Fraction
    high: Fraction
    start: float
    end: float
    ticks: tuple[Decimal, ...] = ()

    def at(self, value: Decimal | Fraction) -> float:
        """Return the place of `value` in millimetres."""
        share = (Fraction(value) - self.low) / (self.high - self.low)
        return self.start + float(share) * (self.end - self.start)


def from_zero(values: Iterable[Decimal], start: float, end: float, *, most: int = 4) -> Scale:
    """Return a scale that holds zero and all `values` and ends on a tick; at most `most` ticks and zero."""
    found = [Fraction(value) for value in values]
    low, high = min([*found, Fraction(0)]), max([*found, Fraction(0)])
    if low == high:
        return Scale(Fraction(0), Fraction(1), start, end, (Decimal(0),))
    step = round_step((high - low) / most)
    first, last = -((-low) // step) if low >= 0 else low // step, -((-high) // step)
    ticks = tuple(_decimal(step * number) for number in range(int(first), int(last) + 1))
    return Scale(min(low, step * first), step * last, start, end, ticks)


def tight(values: Iterable[Decimal], start: float, end: float) -> Scale:
    """Return a scale without ticks from zero (or the lowest value below it) to exactly the highest value."""
    found = [Fraction(value) for value in values]
    low, high = min([*found, Fraction(0)]), max([*found, Fraction(0)])
    return Scale(low, high if high > low else low + 1, start, end)


def round_step(wanted: Fraction) -> Fraction:
    """Return the smallest round step (1, 2, 2.5, 5 × 10ⁿ) that is at least `wanted`."""
    power = Fraction(1)
    while power > wanted:
        power /= 10
    while power * 10 <= wanted:
        power *= 10
    return next(power * step for step in _STEPS if power * step >= wanted)


def _decimal(value: Fraction) -> Decimal:
    # Round steps have a power of ten below the line, so this division ends.
    return Decimal(value.numerator) / Decimal(value.denominator)


def spread(centres: Sequence[float], sizes: Sequence[float], low: float, high: float) -> list[float]:
    """Return centres moved as little as needed so that labels of these sizes do not overlap.

    The order is kept; labels stay between `low` and `high` as far as they fit there at all.
    """
    order = sorted(range(len(centres)), key=lambda index: centres[index])
    placed = list(centres)
    edge = low
    for index in order:
        placed[index] = max(placed[index], edge + sizes[index] / 2)
        edge = placed[index] + sizes[index] / 2
    edge = high
    for index in reversed(order):
        placed[index] = min(placed[index], edge - sizes[index] / 2)
        edge = placed[index] - sizes[index] / 2
    return placed
