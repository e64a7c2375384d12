"""Which models speak for a history of some length, and what they say together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from unitcost.analyses.outlook.estimates import sarima, smoothing

if TYPE_CHECKING:
    from unitcost.analyses.outlook.estimates.smoothing import Array
else:
    Array = Any

PERIOD = 12
MOST = 2.302585092994046  # ln 10: no forecast leaves the last value by more than a factor of ten
ENOUGH = (12, 24, 36)  # months from which on trends are smoothed, seasons are seen, and SARIMA has a say
NAMES = {
    "naive": "naive",
    "drift": "drift",
    "damped": "damped ETS",
    "theta": "Theta",
    "seasonal_naive": "seasonal naive with drift",
    "seasonal": "seasonal ETS",
    "sarima": "SARIMA(0,1,1)(0,1,1)",
}


def names_for(months: int) -> tuple[str, ...]:
    """Return the models for a history of so many months."""
    if months < ENOUGH[0]:
        return ("naive", "drift")
    smooth = ("damped", "theta")
    seasons = ("seasonal_naive", "seasonal") if months >= ENOUGH[1] else ()
    return (*smooth, *seasons, *(("sarima",) if months >= ENOUGH[2] else ()))


def forecasts(rows: Sequence[Array], horizon: int) -> list[Mapping[str, Array]]:
    """Return what each model says of each row (logs of amounts, one a month): `horizon` values by model.

    SARIMA is left out where it does not converge. Rows are independent of each other: what is said of one
    does not depend on the others.
    """
    found: list[dict[str, Array]] = [{} for _ in rows]
    _short(rows, horizon, found)
    _smooth(rows, horizon, found)
    _seasonal(rows, horizon, found)
    for row, said in zip(rows, found, strict=True):
        fit = sarima.airline(row, horizon) if len(row) >= ENOUGH[2] else None
        if fit is not None:
            said["sarima"] = fit.ahead
    return list(found)


def together(said: Mapping[str, Array], last: float) -> Array:
    """Return the mean of the models on the log scale, at most a factor of ten from the last value."""
    import numpy as np

    mean = sum(said[name] for name in sorted(said)) / len(said)
    return np.asarray(np.clip(mean, last - MOST, last + MOST))


def _short(rows: Sequence[Array], horizon: int, found: list[dict[str, Array]]) -> None:
    import numpy as np

    for row, said in zip(rows, found, strict=True):
        if len(row) < ENOUGH[0]:
            slope = (row[-1] - row[0]) / (len(row) - 1) if len(row) > 1 else 0.0
            said["naive"] = np.full(horizon, row[-1])
            said["drift"] = row[-1] + slope * np.arange(1, horizon + 1)


def _smooth(rows: Sequence[Array], horizon: int, found: list[dict[str, Array]]) -> None:
    """Add damped ETS and Theta, of rows without their season where it is known."""
    import numpy as np

    places = [i for i, row in enumerate(rows) if len(row) >= ENOUGH[0]]
    if not places:
        return
    seasons = [smoothing.season_of(rows[i]) for i in places]
    plain = [rows[i] - s[np.arange(len(rows[i])) % PERIOD] for i, s in zip(places, seasons, strict=True)]
    for name, model in (("damped", smoothing.damped), ("theta", smoothing.theta)):
        for i, season, ahead in zip(places, seasons, model(plain, horizon), strict=True):
            found[i][name] = ahead + season[(len(rows[i]) + np.arange(horizon)) % PERIOD]


def _seasonal(rows: Sequence[Array], horizon: int, found: list[dict[str, Array]]) -> None:
    import numpy as np

    places = [i for i, row in enumerate(rows) if len(row) >= ENOUGH[1]]
    if not places:
        return
    steps = np.arange(horizon)
    for i, ahead in zip(places, smoothing.seasonal([rows[i] for i in places], horizon), strict=True):
        found[i]["seasonal"] = ahead
        row = rows[i]
        year = row[-PERIOD:].mean() - row[-2 * PERIOD : -PERIOD].mean()
        found[i]["seasonal_naive"] = row[len(row) - PERIOD + steps % PERIOD] + year * (steps // PERIOD + 1)
