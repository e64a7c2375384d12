"""Histories of months, and the forecast from their last one on."""

from __future__ import annotations

import numpy as np

from material.simulated_companies import months
from unitcost.analyses.outlook.estimates.forecast import Forecast, forecast
from unitcost.analyses.outlook.estimates.history import PastMonth


def ahead(rows: list[PastMonth], **settings: object) -> Forecast:
    """The forecast from the last of these months on."""
    given_settings = {"min_users": 1, "targets": {}} | settings
    return forecast(rows, month=rows[-1].month, **given_settings)  # type: ignore[arg-type]


def noisy(seed: int, count: int = 40) -> list[PastMonth]:
    """Users and cost that wander, with a fixed part."""
    chance = np.random.default_rng(seed)
    users, price = np.exp(chance.normal(0.01, 0.03, count).cumsum()), np.exp(chance.normal(0, 0.03, count).cumsum())
    return months(count, lambda i: (int(1000 * users[i]), float(3000 * users[i] * price[i] + 500), 500))
