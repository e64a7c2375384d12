"""A regression whose errors follow an AR(1), by the exact Gaussian likelihood, profiled over φ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from unitcost.analyses.experiments.estimates.panel import Floats

EDGE = 0.99
STEPS = 67
TINY = 1e-12
GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True, slots=True, eq=False)
class Regression:
    """Coefficients, their variances, φ and degrees of freedom left beside coefficients and φ.

    The variances hold what is not known of φ: they are averaged over the restricted likelihood of φ.
    `edge` is true where φ is at the end of what was searched: the series wanders and has no level to come back to.
    """

    coefficients: Floats
    variances: Floats
    phi: float
    log_likelihood: float
    freedom: int
    edge: bool


def regress(outcome: Floats, design: Floats) -> Regression:
    """Fit `outcome` (n) on `design` (n × k, full rank, k < n − 1): coefficients and φ of the exact likelihood."""
    grid = np.linspace(-EDGE, EDGE, STEPS)
    solved = [_solve(outcome, design, float(phi)) for phi in grid]
    best = int(np.argmax([full for full, *_ in solved]))
    phi = _maximum(outcome, design, float(grid[max(best - 1, 0)]), float(grid[min(best + 1, STEPS - 1)]))
    value, _, beta, _ = _solve(outcome, design, phi)
    restricted = np.array([part for _, part, *_ in solved])
    shares = np.exp(restricted - restricted.max())
    shares /= shares.sum()
    variances = sum(
        (share * (own + (at - beta) ** 2) for share, (*_, at, own) in zip(shares, solved, strict=True)),
        start=np.zeros(design.shape[1]),
    )
    freedom = len(outcome) - design.shape[1] - 1
    return Regression(beta, variances, phi, value, freedom, abs(phi) > EDGE - 0.001)


def at_phi(outcome: Floats, design: Floats, phi: float) -> tuple[Floats, Floats]:
    """Return coefficients at a φ that is given, and their variances under the φ that the outcome itself has."""
    count = len(outcome)
    whiten = _whiten(count, phi)
    x = whiten @ design
    taken = np.linalg.inv(x.T @ x) @ x.T @ whiten
    rest = outcome - design @ (taken @ outcome)
    if float(np.abs(rest).max()) <= TINY * float(np.abs(outcome).max(initial=0.0)):
        return taken @ outcome, np.zeros(design.shape[1])
    found = regress(outcome, design)
    own = _whiten(count, found.phi)
    left = own @ (outcome - design @ found.coefficients)
    # Whitened errors are e = W·u, so those of the outcome are u = W⁻¹·e.
    spread = taken @ np.linalg.inv(own)
    return taken @ outcome, (spread**2).sum(axis=1) * float(left @ left) / (count - design.shape[1])


def _whiten(count: int, phi: float) -> Floats:
    """The matrix that makes AR(1) errors independent and alike."""
    matrix = np.eye(count) - phi * np.eye(count, k=-1)
    matrix[0, 0] = (1 - phi * phi) ** 0.5
    return matrix


def _solve(outcome: Floats, design: Floats, phi: float) -> tuple[float, float, Floats, Floats]:
    """The likelihood, the restricted one, coefficients and their variances at a given φ."""
    rows, count = design.shape
    root = (1 - phi * phi) ** 0.5
    x = np.vstack([root * design[:1], design[1:] - phi * design[:-1]])
    y = np.append(root * outcome[:1], outcome[1:] - phi * outcome[:-1])
    gram = x.T @ x
    inverse = np.linalg.inv(gram)
    beta = inverse @ (x.T @ y)
    rest = y - x @ beta
    squares = max(float(rest @ rest), 1e-300)
    full = -0.5 * rows * (np.log(2 * np.pi * squares / rows) + 1) + np.log(root)
    free = rows - count
    restricted = -0.5 * free * np.log(squares) + np.log(root) - 0.5 * float(np.linalg.slogdet(gram)[1])
    return float(full), float(restricted), beta, np.diag(inverse) * (squares / free)


def _maximum(outcome: Floats, design: Floats, low: float, high: float) -> float:
    """Golden section: no derivative, and the same steps on every machine."""

    def value(phi: float) -> float:
        return _solve(outcome, design, phi)[0]

    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_left, at_right = value(left), value(right)
    while high - low > 1e-9:
        if at_left >= at_right:
            high, right, at_right = right, left, at_left
            left = high - GOLDEN * (high - low)
            at_left = value(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + GOLDEN * (high - low)
            at_right = value(right)
    return (low + high) / 2
