"""How far a series may stray from a forecast, over all ways of moving that its past does not rule out.

A line, plus the seasons, plus a bend of the line, plus a rest that forgets, fades or wanders. Which it is cannot
be told from two or three years, and it decides on the range of a year ahead: a rest that forgets stays as near for
ever, one that wanders is 3.5 times as far off after twelve months as after one. So every combination is fitted
exactly and weighed by how well it explains the series (Gaussian regression with unknown line and scale: Rasmussen and
Williams 2006, sections 2.7 and 5.4; components after Harvey 1989).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from unitcost.analyses.outlook.estimates.smoothing import Array
else:
    Array = Any

PERIOD = 12
LEAST = 3  # months: a line has two parameters
MOST = 60  # months: what lay before says little of the years to come
# Each with its share before anything is known. A rest that forgets at once, within months, half, never.
RESTS = (("forgets", 0.0, 0.25), ("fades", 0.4, 0.2), ("fades", 0.7, 0.15), ("wanders", 0.5, 0.15),
         ("wanders", 1.0, 0.25))  # fmt: skip
BENDS = ((0.0, 0.8), (0.02, 0.2))  # variance of the monthly change of the slope, in that of the rest
# Months of the year that differ without order, or as neighbours do; variance in that of the rest.
SEASONS = (("none", 0.0, 0.4), *((shape, size, 0.1) for shape in ("any", "smooth") for size in (1.0, 4.0, 16.0)))
# Student's t, two-sided 80 %, by degrees of freedom.
T80 = (3.078, 1.886, 1.638, 1.533, 1.476, 1.440, 1.415, 1.397, 1.383, 1.372)
Z80 = 1.2815515655446004  # the normal distribution's 90 % point
DIGITS = 9  # of half-widths on the log scale: more would not be the same on every machine


class Ways(NamedTuple):
    """Ways of moving for a length: what each makes of a series y of that length.

    y′·`misfit`·y is its sum of squares, `ahead`·y its forecast, `variance` that of the forecast's error in units of
    the rest's, `prior` the part of its log-likelihood that does not depend on y.
    """

    misfit: Array  # ways × months × months
    ahead: Array  # ways × horizons × months
    variance: Array  # ways × horizons
    prior: Array  # ways


def half_widths(logs: Array, centre: Array) -> Array | None:
    """Return the half-widths of 80 % ranges around `centre` (logs by horizon); None below 3 known months.

    `logs` has a value for every month, NaN where it is not known. How far `centre` is from what a way of moving expects
    counts as an error too. Of the ways' widths it is the mean on the log scale by weight, so one unlikely and wide way
    does not set the range.
    """
    import numpy as np

    recent = logs[-MOST:]
    there = np.flatnonzero(~np.isnan(recent))
    if len(there) < LEAST:
        return None
    last = recent[there[-1]]
    y, freedom = recent[there] - last, len(there) - 2
    ways = _ways(tuple(int(place) - len(recent) + 1 for place in there), len(centre))
    squares = np.maximum(0.0, np.einsum("i,kij,j->k", y, ways.misfit, y, optimize=True))
    fit = ways.prior - freedom / 2 * np.log(np.maximum(squares, 1e-20))
    weights = np.exp(fit - fit.max())
    apart = ways.ahead @ y - (centre - last)
    spread = np.sqrt(squares[:, None] / freedom * ways.variance + apart**2)
    mean = np.average(np.log(np.maximum(spread, 1e-30)), axis=0, weights=weights)
    return np.asarray(np.round(t80(freedom) * np.exp(mean), DIGITS))


def t80(freedom: int) -> float:
    """Return the 90 % point of Student's t; beyond 10 degrees by its expansion (Abramowitz and Stegun 26.7.5)."""
    if freedom <= len(T80):
        return T80[freedom - 1]
    z, n = Z80, float(freedom)
    return z + (z**3 + z) / (4 * n) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)


@lru_cache(maxsize=4)
def _ways(places: tuple[int, ...], horizon: int) -> Ways:
    """Return the ways of moving for known months at these places (the last month is 0) and the months from 1 on."""
    import numpy as np

    months = len(places)
    place = np.array([*places, *range(1, horizon + 1)], dtype=float) - places[0] + 1
    before, after = np.minimum.outer(place, place), np.maximum.outer(place, place)
    apart = np.abs(place[:, None] - place)
    rests, seasons = _rests(before, apart), _seasons(apart)
    bend = before**2 * (3 * after - before) / 6
    kinds = list(product(zip(RESTS, rests, strict=True), BENDS, zip(SEASONS, seasons, strict=True)))
    covariance = np.array([rest + size * bend + season for (_, rest), (size, _), (_, season) in kinds])
    shares = np.array([rest[2] * bent * season[2] for (rest, _), (_, bent), (season, _) in kinds])
    line = np.column_stack([np.ones(len(place)), place - place[:months].mean()])
    return _conditioned(covariance, line, months, np.log(shares))


def _rests(before: Array, apart: Array) -> list[Array]:
    import numpy as np

    still = np.eye(len(apart))
    kinds: dict[str, Callable[[float], Array]] = {
        "forgets": lambda _: still,
        "fades": lambda memory: memory**apart,
        "wanders": lambda part: (1 - part) * still + part * before,
    }
    return [kinds[name](size) for name, size, _ in RESTS]


def _seasons(apart: Array) -> list[Array]:
    import numpy as np

    shapes = {
        "none": np.zeros_like(apart),
        "any": (apart % PERIOD == 0) * 1.0,
        "smooth": np.exp(-2 * np.sin(math.pi * apart / PERIOD) ** 2),
    }
    return [size * shapes[name] for name, size, _ in SEASONS]


def _conditioned(covariance: Array, line: Array, months: int, shares: Array) -> Ways:
    """Return what each covariance (months and horizons together) makes of the months ahead, the line being unknown."""
    import numpy as np

    known, ahead = line[:months], line[months:]
    inside, across = covariance[:, :months, :months], covariance[:, months:, :months]
    inverse = np.linalg.inv(inside)
    onto = known.T @ inverse
    lines = np.linalg.inv(onto @ known)  # variance of the line
    gain = across @ inverse
    rest = ahead - gain @ known
    own = np.diagonal(covariance[:, months:, months:], axis1=1, axis2=2)
    variance = own - (gain * across).sum(axis=2) + ((rest @ lines) * rest).sum(axis=2)
    return Ways(
        misfit=inverse - onto.transpose(0, 2, 1) @ lines @ onto,
        ahead=gain + rest @ lines @ onto,
        variance=variance,
        prior=shares - np.linalg.slogdet(inside)[1] / 2 + np.linalg.slogdet(lines)[1] / 2,
    )
