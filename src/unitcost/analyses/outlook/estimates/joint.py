"""Users and cost drawn together, so that cost ÷ users is the cost per user in every draw."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from unitcost.analyses.outlook.estimates.smoothing import Array
else:
    Array = Any

DRAWS = 2048


class Draws(NamedTuple):
    """Users and cost (draws × horizons); their quotient is the cost per user."""

    users: Array
    cost: Array

    @property
    def per_user(self) -> Array:
        """Return the cost per user of every draw."""
        return self.cost / self.users


def together(users: Array, cost: Array, spread_users: Array, spread_cost: Array, correlation: Array) -> Draws:
    """Return draws around `users` and `cost` (amounts by horizon), with these standard deviations of their logs.

    The points are spread evenly (Halton) instead of at random: no seed, the same draws on every machine. A draw is one
    course of events: where it lies above in one month, it does so in all of them.
    """
    import numpy as np
    from scipy.stats import qmc

    # Its first point is (0, 0), to which the normal distribution gives no value.
    points = qmc.Halton(2, scramble=False).random(DRAWS + 1)[1:]
    first, second = (np.array([NormalDist().inv_cdf(u) for u in column])[:, None] for column in points.T)
    rest = np.sqrt(np.maximum(0.0, 1 - correlation**2))
    return Draws(
        users * np.exp(spread_users * first),
        cost * np.exp(spread_cost * (correlation * first + rest * second)),
    )


def correlation(spread_users: Array, spread_cost: Array, spread_per_user: Array) -> Array:
    """Return the correlation of log users and log cost that makes their difference spread as cost per user does.

    var(cost per user) = var(cost) + var(users) − 2 cov, so the three spreads leave one correlation, at most 1.
    """
    import numpy as np

    both = 2 * spread_users * spread_cost
    shared = spread_users**2 + spread_cost**2 - spread_per_user**2
    return np.clip(np.divide(shared, both, out=np.zeros_like(shared), where=both > 0), -1.0, 1.0)
