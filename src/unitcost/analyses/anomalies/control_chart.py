"""Days that differ from the days before them: STL for the week, errors out of sample for the scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from unitcost.analyses.outlook.estimates.smoothing import Array
else:
    Array = Any

WEEK = 7
CYCLES = 35  # weeks that STL smooths each weekday over: a weekday changes slowly, and a day must not explain itself
TREND = 29  # days over which STL smooths the trend: longer than an accident, shorter than a season
ROUNDS = 6  # of robust weights: more change nothing that counts
REFERENCE = 28  # days before a day that say what is usual
LEAST = 56  # days a series needs: a reference, and as many errors again
ROBUST = 1.4826  # MAD × this is the standard deviation of normal noise
CLEAN = 4.0  # days farther out than this many deviations say nothing about what is usual …
SETTLED = 14  # … unless so many follow each other: then that is the new level
FDR = 0.05
FREEDOMS = (3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 30.0, 60.0)  # with fewer nothing would ever stand out
NORMAL_MEDIAN, NORMAL_RATIO = 0.6745, 2.906  # median of the sizes of normal noise, and its 95 % point in that
SUPPOSED = 400  # errors that speak for normal noise before any is known


class Chart(NamedTuple):
    """A series day by day: what was usual (NaN in the first days), and how far out each day was, in deviations.

    `rest` is the series without its week, `level` what was usual of that.
    """

    usual: Array
    rest: Array
    level: Array
    z: Array
    errors: int  # days the scale rests on


def chart(values: Array) -> Chart | None:
    """Return how far out each day is; None for too short a series, and for one that mostly stands still.

    The weekly pattern comes from a robust STL. Without it, a day is compared with the median of the 28 usual days
    before it; these errors are out of sample, and their MAD is the scale. (STL's own residuals are in sample, and a
    scale from them is too small.)
    """
    import numpy as np

    if len(values) < LEAST or float(np.median(np.abs(np.diff(values)))) == 0:
        return None
    rest = values - _week(values)
    errors = _errors(rest, float("inf"))
    scale = _scale(errors)
    if scale == 0:
        return None
    errors = _errors(rest, CLEAN * scale)
    known = ~np.isnan(errors)
    usual_error = float(np.median(errors[known]))
    scale = _scale(errors)
    # Noise of rounding is no noise.
    if scale <= 1e-9 * float(np.abs(values).max()):
        return None
    z = (errors - usual_error) / scale
    return Chart(values - errors + usual_error, rest, rest - errors + usual_error, z, int(known.sum()))


def _week(values: Array) -> Array:
    import numpy as np
    from statsmodels.tsa.seasonal import STL

    return np.asarray(
        STL(values, period=WEEK, trend=TREND, seasonal=CYCLES, robust=True).fit(outer_iter=ROUNDS).seasonal
    )


def _scale(errors: Array) -> float:
    import numpy as np

    there = errors[~np.isnan(errors)]
    return ROBUST * float(np.median(np.abs(there - np.median(there))))


def _errors(rest: Array, limit: float) -> Array:
    """Return each day − the median of the 28 days before it that were themselves within the limit."""
    import numpy as np

    found = np.full(len(rest), np.nan)
    usual = list(rest[:REFERENCE])
    out: list[float] = []
    for day in range(REFERENCE, len(rest)):
        found[day] = rest[day] - float(np.median(usual[-REFERENCE:]))
        if abs(found[day]) <= limit:
            usual.append(rest[day])
            out = []
        else:
            out.append(rest[day])
            if len(out) >= SETTLED:
                usual, out = [*usual, *out], []
                usual = usual[-SETTLED:]
    return found


class Tail(NamedTuple):
    """How far errors reach to one side: their scale in that of normal noise, and Student's degrees of freedom."""

    stretch: float = 1.0
    freedom: float = math.inf


NORMAL = Tail()


def tail(z: Sequence[float] | Array) -> Tail:
    """Return how errors of one side (z of one sign) are spread, where they reach farther than normal noise.

    From the median of their sizes and the ratio of the 95 % point to it, each drawn towards that of normal noise, which
    counts as 400 errors: cost a day is skewed, in some companies wild, and what is rare in normal noise is a matter
    of every month there.
    """
    import numpy as np
    from scipy.special import stdtrit

    sizes = np.abs(np.asarray(z, dtype=float))
    middle, far = np.quantile(sizes, [0.5, 0.95]) if len(sizes) else (0.0, 0.0)
    if middle == 0:
        return NORMAL
    known = len(sizes) / (len(sizes) + SUPPOSED)
    ratio = NORMAL_RATIO + known * (float(far / middle) - NORMAL_RATIO)
    freedom, own = math.inf, NORMAL_MEDIAN
    if ratio > NORMAL_RATIO:
        # The lightest of the tails that are as heavy; Student's t has a wider middle than normal noise has.
        freedom = max([nu for nu in FREEDOMS if stdtrit(nu, 0.975) / stdtrit(nu, 0.75) >= ratio], default=FREEDOMS[0])
        own = float(stdtrit(freedom, 0.75))
    return Tail(max(1.0, 1 + known * (float(middle) / own - 1)), freedom)


def p_values(z: Array, errors: int, below: Tail = NORMAL, above: Tail = NORMAL) -> Array:
    """Return two-sided p by Student's t, with at most the errors behind the scale as degrees of freedom."""
    import numpy as np
    from scipy.special import stdtr

    low, high = (
        2 * stdtr(max(1.0, min(errors - 1.0, one.freedom)), -np.abs(z) / one.stretch) for one in (below, above)
    )
    return np.asarray(np.where(z < 0, low, high))


def discoveries(p: Sequence[float], level: float = FDR) -> list[bool]:
    """Return which p stand out if at most `level` of those that do may be chance (Benjamini and Hochberg 1995)."""
    ordered = sorted(p)
    limit = -1.0
    for rank, value in enumerate(ordered, 1):
        if value <= level * rank / len(ordered):
            limit = value
    return [value <= limit for value in p]
