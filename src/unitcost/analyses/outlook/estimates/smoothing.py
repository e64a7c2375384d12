"""Exponential smoothing of many series at once, its parameters chosen from a grid.

Every origin of a backtest is a series of its own, fitted anew, so hundreds of fits are needed for one number. A grid
fits them together, in the time an optimiser takes for one, and cannot fail to converge. All series are on the log
scale, so additive models here are multiplicative models of the amounts.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float64]]
else:
    Array = Any

PERIOD = 12
ALPHAS = (0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 0.98)
BETAS = (0.0, 0.05, 0.15, 0.4)  # as a share of alpha
PHIS = (0.8, 0.9, 0.95, 0.98)
SEASONAL_ALPHAS = (0.05, 0.2, 0.4, 0.7, 0.95)
SEASONAL_BETAS = (0.0, 0.1)
SEASONAL_PHIS = (0.9, 0.98)
GAMMAS = (0.0, 0.1, 0.3)  # as a share of 1 − alpha
FIRST = 12  # months the first level and trend are taken from


class SeriesBatch(NamedTuple):
    """Series side by side: `values` (series × time, left-aligned) and how long each is."""

    values: Array
    lengths: Any

    @classmethod
    def of(cls, rows: list[Array]) -> SeriesBatch:
        """Return the batch of rows of any lengths; what lies behind a row's end is its last value."""
        import numpy as np

        longest = max(len(row) for row in rows)
        padded = [np.concatenate([row, np.full(longest - len(row), row[-1])]) for row in rows]
        return cls(np.array(padded), np.array([len(row) for row in rows]))


def damped(rows: list[Array], horizon: int) -> Array:
    """Return forecasts (series × horizon) of ETS(A,Ad,N), for rows of at least 2 values."""
    import numpy as np

    grid = np.array(list(product(ALPHAS, BETAS, PHIS)))
    alpha, beta, phi = grid[:, 0], grid[:, 0] * grid[:, 1], grid[:, 2]
    batch = SeriesBatch.of(rows)
    starts = [_line(row[:FIRST]) for row in rows]
    level = np.array([[level - slope] for level, slope in starts]) + 0 * alpha
    trend = np.array([[slope] for _, slope in starts]) + 0 * alpha
    squares = np.zeros_like(level)
    for step in range(batch.values.shape[1]):
        there = (batch.lengths > step)[:, None]
        expected = level + phi * trend
        error = batch.values[:, step, None] - expected
        squares += np.where(there, error * error, 0.0)
        level = np.where(there, expected + alpha * error, level)
        trend = np.where(there, phi * trend + beta * error, trend)
    best = squares.argmin(axis=1)
    each = np.arange(len(rows))
    found: Array = level[each, best, None] + trend[each, best, None] * _damping(phi[best], horizon)
    return found


def theta(rows: list[Array], horizon: int) -> Array:
    """Return forecasts (series × horizon) of the Theta method: smoothing plus half the slope of the whole series."""
    import numpy as np

    alpha = np.array(ALPHAS)
    batch = SeriesBatch.of(rows)
    slopes = np.array([_line(row)[1] for row in rows]) / 2
    level = batch.values[:, :1] + 0 * alpha
    squares = np.zeros_like(level)
    for step in range(1, batch.values.shape[1]):
        there = (batch.lengths > step)[:, None]
        error = batch.values[:, step, None] - level
        squares += np.where(there, error * error, 0.0)
        level = np.where(there, level + alpha * error, level)
    best = squares.argmin(axis=1)
    each, chosen = np.arange(len(rows)), alpha[best]
    # The line of theta 0 starts where smoothing lags behind it (Hyndman and Billah 2003).
    lag = (1 - (1 - chosen) ** batch.lengths) / chosen
    ahead = np.arange(horizon) + lag[:, None]
    found: Array = level[each, best, None] + slopes[:, None] * ahead
    return found


def seasonal(rows: list[Array], horizon: int) -> Array:
    """Return forecasts (series × horizon) of ETS(A,Ad,A) with a period of 12, for rows of at least 24 values."""
    import numpy as np

    grid = np.array(list(product(SEASONAL_ALPHAS, SEASONAL_BETAS, SEASONAL_PHIS, GAMMAS)))
    alpha, beta, phi = grid[:, 0], grid[:, 0] * grid[:, 1], grid[:, 2]
    gamma = (1 - alpha) * grid[:, 3]
    batch = SeriesBatch.of(rows)
    slopes = [(row[PERIOD : 2 * PERIOD].mean() - row[:PERIOD].mean()) / PERIOD for row in rows]
    level = np.array([[row[:PERIOD].mean() - s * (PERIOD + 1) / 2] for row, s in zip(rows, slopes, strict=True)])
    level = level + 0 * alpha
    trend = np.array(slopes)[:, None] + 0 * alpha
    seasons = np.array([_first_seasons(row, slope) for row, slope in zip(rows, slopes, strict=True)])
    seasons = np.repeat(seasons[:, None, :], len(grid), axis=1)
    squares = np.zeros_like(level)
    for step in range(batch.values.shape[1]):
        there, month = (batch.lengths > step)[:, None], step % PERIOD
        expected = level + phi * trend
        error = batch.values[:, step, None] - expected - seasons[:, :, month]
        squares += np.where(there, error * error, 0.0)
        level = np.where(there, expected + alpha * error, level)
        trend = np.where(there, phi * trend + beta * error, trend)
        seasons[:, :, month] += np.where(there, gamma * error, 0.0)
    best = squares.argmin(axis=1)
    each = np.arange(len(rows))
    line = level[each, best, None] + trend[each, best, None] * _damping(phi[best], horizon)
    months = (batch.lengths[:, None] + np.arange(horizon)) % PERIOD
    found: Array = line + seasons[each[:, None], best[:, None], months]
    return found


def season_of(row: Array) -> Array:
    """Return what each month of the year (by place in the row, modulo 12) adds, shrunk by how little is known of it.

    The mean deviation from a centred year, times 1 − 1 ÷ F of the months: what may be chance is left out.
    """
    import numpy as np

    if len(row) < 2 * PERIOD:
        return np.zeros(PERIOD)
    rest = row - _trend(row)
    places = np.arange(len(row)) % PERIOD
    counts = np.bincount(places, minlength=PERIOD)
    means = np.bincount(places, rest, PERIOD) / counts
    means = means - means.mean()
    within = float(((rest - rest.mean() - means[places]) ** 2).sum()) / (len(row) - PERIOD)
    between = float((counts * means**2).sum()) / (PERIOD - 1)
    return means * max(0.0, 1 - within / between) if between > 0 else np.zeros(PERIOD)


def _trend(row: Array) -> Array:
    """Return the centred mean of a year, carried on at both ends by its mean slope."""
    import numpy as np

    weights = np.array([0.5] + [1.0] * (PERIOD - 1) + [0.5]) / PERIOD
    middle = np.convolve(row, weights, "valid")
    slope = _line(middle)[1] if len(middle) > 1 else 0.0
    half = PERIOD // 2
    before = middle[0] - slope * np.arange(half, 0, -1)
    return np.concatenate([before, middle, middle[-1] + slope * np.arange(1, half + 1)])


def _first_seasons(row: Array, slope: float) -> Array:
    import numpy as np

    places = np.arange(2 * PERIOD)
    start = row[: 2 * PERIOD].mean() - slope * places.mean()
    rest = row[: 2 * PERIOD] - start - slope * places
    found: Array = (rest[:PERIOD] + rest[PERIOD:]) / 2
    return found


def _line(row: Array) -> tuple[float, float]:
    """Return value at the first place and slope of the least-squares line."""
    import numpy as np

    places = np.arange(len(row)) - (len(row) - 1) / 2
    slope = float((places * row).sum() / (places**2).sum()) if len(row) > 1 else 0.0
    return float(row.mean()) + slope * float(places[0]), slope


def _damping(phi: Array, horizon: int) -> Array:
    import numpy as np

    return np.cumsum(phi[:, None] ** np.arange(1, horizon + 1), axis=1)
