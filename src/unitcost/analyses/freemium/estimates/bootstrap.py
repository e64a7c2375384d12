"""The doubt about the return on the free tier: users drawn again and again, all estimates from the same draw.

Users who are alike (month of sign-up, month of conversion, months on free, months paid) stand in one cell, and a
draw gives each cell a number of users. Whatever is estimated is a function of sums over users, so cells are enough.
The conversion model takes one Newton step from its maximum, which is what a new fit comes to in large samples.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from unitcost.analyses.freemium.estimates.conversion import Cure, derivatives
from unitcost.analyses.freemium.estimates.lifetime import MONTH_DAYS, FreeTime, Lifetime, discounted

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

DRAWS = 1000
SEED = 20240501
AT_ONCE = 200  # draws held in memory together


@dataclass(frozen=True, slots=True)
class Draw:
    """One draw: conversion, months on free, discounted months paid, and price per paid month relative to today's."""

    conversion: float
    free_months: float
    factor: float
    price: float


@dataclass(frozen=True)
class Cells:
    """Users in groups: how many, the means of what is summed, months paid in the first spell, and whether it ended."""

    counts: Array
    means: Array
    paid_months: Array
    ended: Array


def draws(columns: dict[str, Array], cure: Cure, free: FreeTime, life: Lifetime, discount_annual: float) -> list[Draw]:
    """Return DRAWS joint draws over users; the same ones for the same users, on any machine."""
    import numpy as np

    theta = np.array([math.log(cure.share / (1 - cure.share)), math.log(cure.scale), math.log(cure.shape)])
    cells = _cells(columns, theta, free)
    users = int(cells.counts.sum())
    rng = np.random.Generator(np.random.PCG64(SEED))
    base = _paid_factor(cells, cells.counts[None, :].astype(float), life.horizon, discount_annual)[0]
    value = columns["paid_value"].sum() / max(columns["month_days"].sum(), 1)
    whole = np.einsum("c,cs->s", cells.counts.astype(float), cells.means)
    # Ages before activity was recorded are due and not seen, so what is seen is related to what was seen.
    seen = max(whole[12], 1e-9) / max(whole[13], 1e-9)
    found: list[Draw] = []
    for _ in range(0, DRAWS, AT_ONCE):
        weights = rng.multinomial(users, cells.counts / users, size=AT_ONCE).astype(float)
        # Without BLAS, whose sums depend on the number of its threads.
        sums = np.einsum("dc,cs->ds", weights, cells.means, optimize=False)
        bend = -sums[:, 3:12].reshape(-1, 3, 3)
        stepped = theta + np.stack([_step(b, s) for b, s in zip(bend, sums[:, :3], strict=True)])
        shares = 1 / (1 + np.exp(-stepped[:, 0]))
        months = free.total * sums[:, 12] / np.maximum(sums[:, 13], 1e-9) / seen
        factors = life.factor * _paid_factor(cells, weights, life.horizon, discount_annual) / base
        prices = np.where(sums[:, 14] > 0, sums[:, 15] / np.maximum(sums[:, 14], 1e-9), value) / value
        found += [Draw(*map(float, row)) for row in zip(shares, months, factors, prices, strict=True)]
    return found


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the 2.5th and 97.5th percentile, each a value that was drawn."""
    ordered = sorted(values)
    tail = round(len(ordered) * 0.025)
    return ordered[tail], ordered[len(ordered) - 1 - tail]


def _step(bend: Array, slope: Array) -> Array:
    import numpy as np

    try:
        step = np.linalg.solve(bend, slope)
    except np.linalg.LinAlgError:
        return np.zeros(3)
    # A draw with next to no conversions may point anywhere; the model knows nothing so far away.
    return np.clip(step, -5, 5)


def _cells(columns: dict[str, Array], theta: Array, free: FreeTime) -> Cells:
    import numpy as np

    began, delay = columns["began_free"], columns["delay"]
    paid_months = np.where(columns["paid_days"] < 0, -1, np.floor(columns["paid_days"] / MONTH_DAYS)).astype(int)
    ended = (columns["paid_days"] >= 0) & ~columns["paying"]
    keys = np.stack(
        [began, columns["months"], delay // 30, np.floor(columns["free_months"]), paid_months, ended]
    ).astype(np.int64)
    rows, inverse = np.unique(keys, axis=1, return_inverse=True)
    counts = np.bincount(inverse.ravel())
    values = _per_user(columns, theta, free)
    means = np.stack([np.bincount(inverse.ravel(), weights=column) / counts for column in values.T], axis=1)
    return Cells(counts, means, rows[4], rows[5].astype(bool))


def _per_user(columns: dict[str, Array], theta: Array, free: FreeTime) -> Array:
    """Return per user: scores (3), second derivatives (9), free months, those expected, days paid, value paid."""
    import numpy as np

    began, happened = columns["began_free"], columns["delay"] >= 0
    days = np.where(happened, columns["delay"], columns["followed"]).astype(float)
    distinct, inverse = np.unique(np.stack([days, happened]), axis=1, return_inverse=True)
    score, second = derivatives(theta, distinct[0], distinct[1].astype(bool))
    at, inside = inverse.ravel(), began.astype(float)
    expected = np.cumsum(np.asarray(free.by_age))
    due = expected[np.clip(columns["months"], 0, len(expected) - 1)]
    return np.column_stack(
        [
            score[at] * inside[:, None],
            second.reshape(-1, 9)[at] * inside[:, None],
            columns["free_months"] * inside,
            due * inside,
            columns["month_days"],
            columns["paid_value"],
        ]
    )


def _paid_factor(cells: Cells, weights: Array, horizon: int, discount_annual: float) -> Array:
    """Return the discounted sum of survival by whole months, one for each draw (row of weights)."""
    import numpy as np

    paid = cells.paid_months >= 0
    found = np.ones((len(weights), horizon))
    for month in range(1, horizon):
        risk = weights[:, paid & (cells.paid_months >= month - 1)].sum(axis=1)
        gone = weights[:, paid & cells.ended & (cells.paid_months == month - 1)].sum(axis=1)
        left = 1 - np.divide(gone, risk, out=np.zeros(len(weights)), where=risk > 0)
        found[:, month] = found[:, month - 1] * left
    return np.array([discounted(row, discount_annual) for row in found.tolist()])
