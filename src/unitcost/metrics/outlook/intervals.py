"""How far a forecast may be off, by what rolling origins have shown: conformal, else parametric."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from unitcost.metrics.outlook.smoothing import Array
else:
    Array = Any

LEVEL = 0.8
# Student's t, two-sided 80 %, by degrees of freedom; beyond, the normal distribution's 1.2816 is approached.
T80 = (3.078, 1.886, 1.638, 1.533, 1.476, 1.440, 1.415, 1.397, 1.383, 1.372)


class Widths(NamedTuple):
    """Half-widths on the log scale by horizon, and how many errors each rests on; 0 for parametric ones."""

    half: Array
    counts: tuple[int, ...]


def conformal(errors: Array, level: float = LEVEL) -> float:
    """Return the half-width that holds a new error with probability `level`: of n errors the ⌈(n + 1) · level⌉-th.

    Infinite where there are too few: 80 % needs 4, 90 % needs 9, 95 % needs 19. NaN errors do not count.
    """
    import numpy as np

    sizes = np.sort(np.abs(errors[~np.isnan(errors)]))
    rank = math.ceil((len(sizes) + 1) * level - 1e-9)
    return float(sizes[rank - 1]) if rank <= len(sizes) else math.inf


def widths(errors: Array) -> Widths | None:
    """Return the half-widths by horizon from errors (origins × horizons, NaN: unknown); None without any error.

    Where too few errors are known, the last known width grows with the square root of the horizon, as that of a
    random walk; without any, it is that of a random walk with the spread of the one-step errors. Errors farther out
    are few and overlap, so widths that would shrink with the horizon are pooled (isotonic regression).
    """
    import numpy as np

    horizon = errors.shape[1]
    found = np.array([conformal(errors[:, step]) for step in range(horizon)])
    counts = [int((~np.isnan(errors[:, step])).sum()) if math.isfinite(found[step]) else 0 for step in range(horizon)]
    known = 0
    if math.isinf(found[0]):
        single = errors[:, 0][~np.isnan(errors[:, 0])]
        if not len(single):
            return None
        found[0] = T80[min(len(single), len(T80)) - 1] * math.sqrt(float((single**2).mean()))
    for step in range(1, horizon):
        if math.isinf(found[step]):
            found[step] = found[known] * math.sqrt((step + 1) / (known + 1))
        else:
            known = step
    return Widths(np.array(_never_narrower([float(width) for width in found])), tuple(counts))


def _never_narrower(values: list[float]) -> list[float]:
    """Return the closest values (least squares) that never fall: neighbours out of order become their mean."""
    blocks: list[tuple[float, int]] = []
    for value in values:
        blocks.append((value, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (one, many), (other, more) = blocks.pop(), blocks.pop()
            blocks.append(((one * many + other * more) / (many + more), many + more))
    return [value for value, count in blocks for _ in range(count)]
