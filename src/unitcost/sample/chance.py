"""Random draws that give the same values on every machine.

Only the generator's integers are used, and skewed distributions come from small integer tables of quantiles.
The last bit of exp or log, which differs between processors, can therefore not reach a file.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Stream = np.random.Generator

STREAMS = ("members", "subscriptions", "activity", "aws", "azure", "vendor", "utilisation")


def stream(seed: int, name: str) -> Stream:
    """Return the generator of one part of the company, so that a change in one leaves the others alone."""
    import numpy as np

    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, STREAMS.index(name)])))


def pick(rng: Stream, table: Ints, size: int | tuple[int, ...]) -> Ints:
    """Draw from a quantile table with equal chances."""
    return table[rng.integers(0, len(table), size)]


def happens(rng: Stream, permille: int, size: int | tuple[int, ...]) -> Flags:
    """Return true with a chance of `permille` in a thousand."""
    flags: Flags = rng.integers(0, 1000, size) < permille
    return flags


def lognormal_table(mean: int, sigma: float, entries: int = 256) -> Ints:
    """Return quantiles of a lognormal with the given mean, rounded to integers and at least 1."""
    import numpy as np

    normal = NormalDist()
    mu = math.log(mean) - sigma * sigma / 2
    points = [math.exp(mu + sigma * normal.inv_cdf((i + 0.5) / entries)) for i in range(entries)]
    return np.array([max(1, round(point)) for point in points], dtype=np.int64)


def weibull_table(scale: float, shape: float, entries: int = 256) -> Ints:
    """Return quantiles of a Weibull distribution, rounded to integers."""
    import numpy as np

    points = [scale * (-math.log1p(-(i + 0.5) / entries)) ** (1 / shape) for i in range(entries)]
    return np.array([round(point) for point in points], dtype=np.int64)
