"""Which share of sign-ups ever converts: Kaplan–Meier by age, and a Weibull mixture-cure model for the lifetime.

Days are whole: a user who converts on day d after sign-up was still free on day d − 1, so the delay lies between the
two, and the likelihood takes the probability of that day. Who has not converted is known to be free until day c.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Z95 = 1.959963984540054
LEVEL = 0.95
MIN_CONVERSIONS = 5
FOLLOWED_BY = 0.05  # follow-up is the age that so many of the sign-ups have reached
LATE_PART, LATE_SHARE = 0.75, 0.10  # a plateau: after that part of the follow-up at most so much of all conversions
HORIZONS = (30, 90, 180)
MAX_STEPS = 100

NOBODY = "nobody has signed up on the free tier"
NONE_CONVERTED = "nobody has converted so far, so nothing tells how many ever will"
NO_PLATEAU = "the conversion curve has no plateau yet, so nothing tells where it ends"


@dataclass(frozen=True, slots=True)
class Curve:
    """A share by whole days with its interval at 95 % and the number at risk on the day; null ends are nan."""

    days: tuple[int, ...]
    share: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    at_risk: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cure:
    """π with its interval, the delay of those who convert (λ in days, k), and what the refusals look at, in days."""

    share: float
    low: float
    high: float
    scale: float
    shape: float
    median: float
    followed: float


def survival(durations: Array, happened: Array) -> Any:
    """Return scipy's Kaplan–Meier function of durations with right censoring. Raises ValueError for none at all."""
    from scipy import stats

    return stats.ecdf(stats.CensoredData.right_censored(durations, ~happened)).sf


def curve(durations: Array, happened: Array, days: tuple[int, ...]) -> Curve:
    """Return the share for whom it happened by each day (1 − Kaplan–Meier) with log-log intervals.

    Without a single event the interval is Wilson's for those at risk.
    """
    import numpy as np

    found = survival(durations, happened)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # ends are undefined before the first event; see below
        ends = found.confidence_interval(LEVEL, method="log-log")
    at_risk = len(durations) - np.searchsorted(np.sort(durations), np.asarray(days), side="left")
    share, low, high = [], [], []
    for day, risk in zip(days, at_risk, strict=True):
        value = float(1 - found.evaluate(day))
        below, above = (float(1 - end.evaluate(day)) for end in (ends.high, ends.low))
        if not 0 < value < 1 or math.isnan(below) or math.isnan(above):
            below, above = wilson(round(value * int(risk)), int(risk))
        share.append(value)
        low.append(below)
        high.append(above)
    return Curve(days, tuple(share), tuple(low), tuple(high), tuple(int(r) for r in at_risk))


def wilson(events: int, trials: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share; nan without trials."""
    # scipy's `binomtest` differs in the last bit: without events its low end is 0, where this may leave 3e-17, which is
    # published as such.
    if not trials:
        return math.nan, math.nan
    share, z2 = events / trials, Z95**2
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = Z95 / (1 + z2 / trials) * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def log_likelihoods(theta: Array, days: Array, happened: Array) -> Array:
    """Return log P(what is known of a user) at (logit π, log λ, log k), one per element."""
    import numpy as np

    share = 1 / (1 + math.exp(-theta[0]))
    shape = math.exp(theta[2])

    def hazard(day: Array) -> Array:
        return np.power(day / math.exp(theta[1]), shape)

    # A conversion on the day of sign-up is one within the first day.
    late = np.maximum(days, 1.0)
    start, end = hazard(late - 1), hazard(late)
    with np.errstate(divide="ignore"):
        on_day = math.log(share) - start + np.log(-np.expm1(start - end))
    not_yet = np.log1p(share * np.expm1(-hazard(days)))
    return np.where(happened, on_day, not_yet)


def derivatives(theta: Array, days: Array, happened: Array) -> tuple[Array, Array]:
    """Return (scores: n × 3, second derivatives: n × 3 × 3) of the log likelihoods, by central differences."""
    import numpy as np

    steps = np.eye(3) * 1e-4
    middle = log_likelihoods(theta, days, happened)
    score, second = np.empty((len(days), 3)), np.empty((len(days), 3, 3))
    for i in range(3):
        up, down = (log_likelihoods(theta + sign * steps[i], days, happened) for sign in (1, -1))
        score[:, i] = (up - down) / 2e-4
        second[:, i, i] = (up - 2 * middle + down) / 1e-8
        for j in range(i):
            corners = [
                log_likelihoods(theta + a * steps[i] + b * steps[j], days, happened)
                for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1))
            ]
            second[:, i, j] = second[:, j, i] = (corners[0] - corners[1] - corners[2] + corners[3]) / 4e-8
    return score, second


def fit(days: Array, happened: Array) -> Cure | str:
    """Return the mixture-cure model of whole days until conversion or until the end of observation, or why not."""
    import numpy as np

    if not len(days):
        return NOBODY
    count = int(happened.sum())
    if not count:
        return NONE_CONVERTED
    if count < MIN_CONVERSIONS:
        return f"only {count} of the {MIN_CONVERSIONS} conversions that a lifetime share needs"
    rows, inverse = np.unique(np.stack([days, happened]), axis=1, return_inverse=True)
    weights = np.bincount(inverse.ravel()).astype(float)
    distinct, flags = rows[0].astype(float), rows[1].astype(bool)
    best = _maximum(distinct, flags, weights)
    if best is None:
        return NO_PLATEAU
    theta, covariance = best
    scale, shape = math.exp(theta[1]), math.exp(theta[2])
    median = scale * math.log(2) ** (1 / shape)
    return _interval(theta, covariance, median)


def followed_for(observed: Array) -> float:
    """Return the age in days that one in twenty of the sign-ups has reached, converted or not."""
    import numpy as np

    return float(np.quantile(observed, 1 - FOLLOWED_BY, method="lower")) if len(observed) else 0.0


def judged(found: Cure | str, days: Array, happened: Array, observed: Array) -> Cure | str:
    """Return the model where the data identify π, else why they do not. `observed` are the users' ages in days."""
    if isinstance(found, str):
        return found
    followed = followed_for(observed)
    if followed < 2 * found.median:
        return (
            f"followed for {followed:.0f} days, less than twice the {found.median:.0f} days that half of those who "
            "convert take"
        )
    curve_of = survival(days, happened)
    until = [1 - float(curve_of.evaluate(part * followed)) for part in (LATE_PART, 1)]
    if until[1] <= 0 or until[1] - until[0] > LATE_SHARE * until[1]:
        return NO_PLATEAU
    return Cure(found.share, found.low, found.high, found.scale, found.shape, found.median, followed)


def _interval(theta: Array, covariance: Array, median: float) -> Cure | str:
    error = math.sqrt(covariance[0, 0])
    low, middle, high = (1 / (1 + math.exp(-(theta[0] + z * error))) for z in (-Z95, 0, Z95))
    if high - low > 0.9:
        return NO_PLATEAU
    return Cure(middle, low, high, math.exp(theta[1]), math.exp(theta[2]), median, 0.0)


def _maximum(days: Array, happened: Array, weights: Array) -> tuple[Array, Array] | None:
    """Return the maximum and the inverse of the observed information there; None where there is no maximum."""
    import numpy as np
    from scipy import optimize

    events = np.repeat(days[happened], weights[happened].astype(int))
    share = min(max(len(events) / weights.sum(), 1e-6), 0.9) * 1.2
    start = np.array([math.log(share / (1.2 - share)), math.log(max(float(np.median(events)), 1.0)), 0.0])

    def loss(theta: Array) -> float:
        # Far outside there is nothing to be found, and powers would overflow.
        if np.abs(theta).max() > 25:
            return math.inf
        with np.errstate(all="ignore"):
            total = -float((weights * log_likelihoods(theta, days, happened)).sum())
        return total if math.isfinite(total) else math.inf

    theta = optimize.minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-6}).x
    for _ in range(MAX_STEPS):
        score, second = derivatives(theta, days, happened)
        slope, bend = np.einsum("n,ni->i", weights, score), np.einsum("n,nij->ij", weights, second)
        if not np.isfinite(bend).all() or np.linalg.eigvalsh(-bend).min() <= 1e-6:
            return None
        step = np.linalg.solve(-bend, slope)
        theta = theta + step
        if not np.isfinite(theta).all() or abs(theta[0]) > 15:
            return None
        if np.abs(step).max() < 1e-9:
            break
    return theta, np.linalg.inv(-bend)
