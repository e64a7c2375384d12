"""SARIMA(0,1,1)(0,1,1)₁₂ by exact maximum likelihood: the airline model of Box and Jenkins."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from unitcost.analyses.outlook.estimates.smoothing import Array

ORDER, SEASONAL_ORDER = (0, 1, 1), (0, 1, 1, 12)
LEAST = 36  # months


class SarimaFit(NamedTuple):
    """A fitted model: forecasts on the scale of the series, log-likelihood, AIC, and (ma, seasonal ma)."""

    ahead: Array
    log_likelihood: float
    aic: float
    ma: tuple[float, float]


def airline(series: Array, horizon: int) -> SarimaFit | None:
    """Return the fit to a series of at least 36 values and its forecasts, None where it does not converge."""
    import numpy as np

    if float(np.ptp(np.diff(series))) < 1e-9:
        return None  # nothing to be learned from a series that never changes its step
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # start values at 0 are said aloud; whether it converged is asked below
        # The series is differenced before: two parameters and 14 states, where the whole has 27.
        model = SARIMAX(
            series, order=ORDER, seasonal_order=SEASONAL_ORDER, simple_differencing=True, concentrate_scale=True
        )
        try:
            found = model.fit(disp=0, cov_type="none", maxiter=100)
        except (np.linalg.LinAlgError, ValueError):
            return None
    if not found.mle_retvals["converged"] or not np.isfinite(found.llf):
        return None
    steps = np.asarray(found.forecast(horizon))
    ahead = _undifferenced(np.asarray(series), steps)
    # The innovations' variance is a parameter too, although it is not searched for.
    aic = 2 * (len(found.params) + 1) - 2 * float(found.llf)
    return SarimaFit(ahead, float(found.llf), aic, (float(found.params[0]), float(found.params[1])))


def _undifferenced(series: Array, steps: Any) -> Array:
    """Return y from (1 − B)(1 − B¹²)y, that is y_t = w_t + y_{t−1} + y_{t−12} − y_{t−13}."""
    import numpy as np

    whole = list(series)
    for step in steps:
        whole.append(step + whole[-1] + whole[-12] - whole[-13])
    return np.array(whole[len(series) :])
