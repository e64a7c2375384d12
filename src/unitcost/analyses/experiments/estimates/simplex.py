"""Weights that are not negative and sum to one: least squares with a ridge, solved exactly.

min |A w − b|² + ridge² |w|² over the simplex. With fewer rows than weights and a good fit the dual (one unknown a row)
is well conditioned and a few Newton steps end it; else Wolfe's (1976) nearest point of a polytope, an active-set
method, ends at the optimum after finitely many steps.
"""

from __future__ import annotations

import numpy as np

from unitcost.analyses.experiments.estimates.panel import Floats

STEPS = 60
NEAR = 1e-11
LEAST_RIDGE = 1e-7


def simplex_weights(matrix: Floats, aim: Floats, ridge: float) -> Floats:
    """Return the weights of `matrix`'s columns (rows × columns) whose mixture comes nearest to `aim` (rows).

    `ridge` has the unit of the matrix. A matrix without any difference to its aim gives equal weights.
    """
    points = matrix - aim[:, None]
    count = points.shape[1]
    scale = float(np.abs(points).max(initial=0.0))
    if count == 1 or scale == 0.0:
        return np.full(count, 1.0 / count)
    points = points / scale
    floor = max(ridge / scale, LEAST_RIDGE)
    weights = _dual(points, floor) if count > points.shape[0] else None
    if weights is None:
        weights = _wolfe(points, floor)
    return np.asarray(weights / weights.sum())


def _dual(points: Floats, ridge: float) -> Floats | None:
    """Newton on the dual; None where it does not arrive (a poor fit with a small ridge)."""
    rows, count = points.shape
    wide = np.vstack([points, np.ones(count)])
    penalty = np.append(np.full(rows, ridge**2), 0.0)
    goal = np.append(np.zeros(rows), 1.0)
    dual = np.append(np.zeros(rows), 1.0 / count)

    def value(at: Floats) -> float:
        return float(0.5 * (np.maximum(wide.T @ at, 0.0) ** 2).sum() + 0.5 * (penalty * at * at).sum() - goal @ at)

    now = value(dual)
    for _ in range(STEPS):
        weights = np.maximum(wide.T @ dual, 0.0)
        gradient = wide @ weights + penalty * dual - goal
        if np.abs(gradient).max() < NEAR:
            return np.asarray(weights)
        active = wide[:, weights > 0.0]
        hessian = active @ active.T + np.diag(penalty)
        step = np.linalg.lstsq(hessian, -gradient, rcond=1e-15)[0]
        slope = float(gradient @ step)
        length = 1.0
        while length > 1e-6 and value(dual + length * step) > now + 1e-4 * length * slope + 1e-15 * abs(now):
            length /= 2
        if length <= 1e-6:
            return None
        dual = dual + length * step
        now = value(dual)
    return None


def _wolfe(points: Floats, ridge: float) -> Floats:
    """The nearest point to the origin of the hull of the points, each lengthened by the ridge in its own direction."""
    count = points.shape[1]
    if points.shape[0] > count:
        points = np.asarray(np.linalg.qr(points, mode="r"))
    full = np.vstack([points, ridge * np.eye(count)])
    first = int(np.argmin((full * full).sum(axis=0)))
    chosen, weights = [first], np.ones(1)
    for _ in range(20 * count):
        nearest = full[:, chosen] @ weights
        products = full.T @ nearest
        products[chosen] = np.inf
        enters = int(np.argmin(products))
        square = float(nearest @ nearest)
        if not products[enters] < square - 1e-15 * max(square, float(np.abs(full[:, enters]).max() ** 2) * 1e-2):
            break
        chosen, weights = [*chosen, enters], np.append(weights, 0.0)
        chosen, weights = _to_minimum(full, chosen, weights)
    result = np.zeros(count)
    result[chosen] = weights
    return result


def _to_minimum(full: Floats, chosen: list[int], weights: Floats) -> tuple[list[int], Floats]:
    """Walk to the affine minimum of the chosen points, leaving behind each point whose weight reaches zero."""
    while True:
        affine = _affine_minimum(full[:, chosen])
        if (affine > 0.0).all():
            return chosen, affine
        falling = affine <= 0.0
        drop = np.maximum(weights[falling] - affine[falling], 1e-300)
        share = min(1.0, float((weights[falling] / drop).min()))
        weights = weights + share * (affine - weights)
        weights[falling & (weights <= 1e-14)] = 0.0
        stays = weights > 0.0
        if stays.all():
            stays[int(np.argmin(np.where(falling, weights, np.inf)))] = False
        chosen = [point for point, kept in zip(chosen, stays, strict=True) if kept]
        weights = weights[stays] / weights[stays].sum()


def _affine_minimum(points: Floats) -> Floats:
    if points.shape[1] == 1:
        return np.ones(1)
    q, r = np.linalg.qr(points[:, 1:] - points[:, :1])
    rest = np.linalg.solve(r, -(q.T @ points[:, 0]))
    return np.append(1.0 - rest.sum(), rest)
