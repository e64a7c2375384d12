"""How far a forecast may be off, by what rolling origins have shown: conformal, else parametric."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from unitcost.analyses.outlook.estimates.spread import t80

if TYPE_CHECKING:
    from unitcost.analyses.outlook.estimates.smoothing import Array
else:
    Array = Any

LEVEL = 0.8
LEAST = 4  # errors that an 80 % range takes
TINY = 1e-9  # on the log scale
LEAST_FACTOR = 0.25  # errors may at most halve a range: some series only ever move once


class Widths(NamedTuple):
    """Half-widths on the log scale by horizon, and how many errors each rests on; 0 for parametric ones."""

    half: Array
    counts: tuple[int, ...]


def conformal(errors: Array, level: float = LEVEL, shares: Array | None = None) -> float:
    """Return the half-width that holds a new error with probability `level`: of n errors the ⌈(n + 1) · level⌉-th.

    Infinite where there are too few: 80 % needs 4, 90 % needs 9, 95 % needs 19. NaN errors do not count. `shares`
    says how much of an error each counts for; without them each counts for one.
    """
    import numpy as np

    there = ~np.isnan(errors)
    sizes = np.abs(errors[there])
    counted = np.ones(len(sizes)) if shares is None else shares[there]
    order = np.argsort(sizes, kind="stable")
    reached = np.cumsum(counted[order])
    wanted = (counted.sum() + 1) * level
    rank = int(np.searchsorted(reached, wanted - 1e-9))
    return float(sizes[order][rank]) if rank < len(sizes) else math.inf


def widths(errors: Array, spread: Array | None) -> Widths | None:
    """Return the half-widths by horizon from errors (origins × horizons, NaN: unknown); None without any error.

    `spread` are parametric half-widths; without them a width is that of a random walk with the one-step errors'
    spread. From 4 errors on a width is the geometric mean of the parametric one and the conformal one. Errors
    farther out are few and overlap, so the conformal width pools the errors of this and all nearer horizons, in units
    of their parametric widths, h errors that are h months ahead counting for one. Widths that would shrink with the
    horizon are pooled (isotonic regression).
    """
    import numpy as np
    from scipy.optimize import isotonic_regression

    known = [int(count) for count in (~np.isnan(errors)).sum(axis=0)]
    if spread is None:
        half = _of_a_walk(errors)
        return None if half is None else Widths(half, (0,) * len(known))
    half = spread * np.sqrt(_factors(errors, spread)) if known[0] >= LEAST else spread
    counts = tuple(count if count >= LEAST else 0 for count in known)
    return Widths(np.asarray(isotonic_regression(half).x), counts)


def _factors(errors: Array, spread: Array) -> Array:
    """Return by horizon what the errors until there come to in parametric widths, from 4 one-step errors on."""
    import numpy as np

    sizes = errors / np.maximum(spread, TINY)
    shares = np.broadcast_to(1 / np.arange(1.0, len(spread) + 1), sizes.shape)
    found = [
        conformal(sizes[:, :until].ravel(), shares=shares[:, :until].ravel()) for until in range(1, len(spread) + 1)
    ]
    return np.maximum(found, LEAST_FACTOR)


def _of_a_walk(errors: Array) -> Array | None:
    """Return the half-widths of a random walk with the spread of the one-step errors; None without any."""
    import numpy as np

    single = errors[:, 0][~np.isnan(errors[:, 0])]
    if not len(single):
        return None
    steps = np.sqrt(np.arange(1.0, errors.shape[1] + 1))
    return np.asarray(t80(len(single)) * math.sqrt(float((single**2).mean())) * steps)
