"""What would have been said in earlier months, and how far off it was: one forecast from every origin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from unitcost.analyses.outlook.estimates import intervals, models, spread
from unitcost.analyses.outlook.estimates.history import YEAR, History, level_of

if TYPE_CHECKING:
    from unitcost.analyses.outlook.estimates.smoothing import Array
else:
    Array = Any

HORIZON = 12
SEASONS_FROM = 28  # months from which on there are four origins that know two years


class Path(NamedTuple):
    """What is expected from one origin on, in amounts by horizon; without users or a part it is None or 0."""

    users: Array | None
    variable: Array  # cost of use in money, of all users
    fixed: Array

    @property
    def cost(self) -> Array:
        """Return the cost in scope."""
        return self.variable + self.fixed


@dataclass(frozen=True)
class Backtest:
    """The forecast of now, those of earlier origins, and the errors (origins × horizons) on the log scale.

    `spreads` are parametric half-widths at each origin, the last ones those of now; None where too little is known.
    """

    now: Path
    origins: tuple[int, ...]  # months known at each
    models: tuple[str, ...]  # those that speak now
    errors: dict[str, Array]  # of users, cost and per_user
    spreads: dict[str, list[Array | None]]  # likewise

    def widths(self, name: str, known: int | None = None) -> intervals.Widths | None:
        """Return the half-widths of a measure's ranges, now or at an origin that knows so many months.

        Where two years are known only errors of origins that knew them count: without a season they are others.
        """
        import numpy as np

        places = np.array(self.origins, dtype=int)
        place = len(places) if known is None else self.origins.index(known)
        errors = self.errors[name].copy()
        if known is not None:
            errors[places[:, None] + np.arange(1, HORIZON + 1) > known] = np.nan
        if (known or places[-1] + 1) >= 2 * YEAR:
            errors[places < 2 * YEAR] = np.nan
        return intervals.widths(errors, self.spreads[name][place])


class Score(NamedTuple):
    """How forecasts of one measure did over all origins and horizons; None where it cannot be said."""

    forecasts: int
    mase: float | None
    smape: float | None
    coverage: float | None
    covered: int  # forecasts whose interval could be given at the time


def first_origin(months: int) -> int:
    """Return how many months the first origin knows.

    Half of a short history, a year of a longer one; two years as soon as four origins have them, because errors made
    without knowledge of the seasons say little of a forecast that has it.
    """
    return 2 * YEAR if months >= SEASONS_FROM else max(1, min(YEAR, months // 2))


def backtest(past: History) -> Backtest:
    """Return the forecasts from every origin, the last one being now, each from what was known then alone."""
    origins = range(min(first_origin(past.length), past.length), past.length + 1)
    parts = {name: series for name in ("users", "variable", "fixed") if (series := _series(past, name)) is not None}
    rows = [series[:known] for series in parts.values() for known in origins]
    said = models.forecasts(rows, HORIZON)
    means = [models.together(one, float(row[-1])) for one, row in zip(said, rows, strict=True)]
    count = len(origins)
    ahead = {name: means[place * count : (place + 1) * count] for place, name in enumerate(parts)}
    paths = [_path(past, {name: lines[place] for name, lines in ahead.items()}, known)
             for place, known in enumerate(origins)]  # fmt: skip
    speaking = [said[(place + 1) * count - 1] for place in range(len(parts))]
    return Backtest(
        now=paths[-1],
        origins=tuple(origins)[:-1],
        models=tuple(name for name in models.NAMES if any(name in one for one in speaking)),
        errors=_errors(past, list(origins)[:-1], paths[:-1]),
        spreads=_spreads(past, list(origins), paths),
    )


def _series(past: History, name: str) -> Array | None:
    from unitcost.analyses.outlook.estimates.history import filled

    series = getattr(past, name)
    return filled(series) if series is not None else None


def _path(past: History, logs: dict[str, Array], known: int) -> Path:
    import numpy as np

    users = np.exp(logs["users"]) if "users" in logs else None
    none = np.zeros(HORIZON)
    variable = users * np.exp(logs["variable"]) if users is not None and "variable" in logs else none
    fixed = np.exp(logs["fixed"]) if "fixed" in logs else none.copy()
    if past.uneven is not None:
        fixed = none + level_of(past.uneven[:known])
    return Path(users, variable, fixed)


def _errors(past: History, origins: list[int], paths: list[Path]) -> dict[str, Array]:
    import numpy as np

    found = {name: np.full((len(origins), HORIZON), np.nan) for name in ("users", "cost", "per_user")}
    for place, (known, path) in enumerate(zip(origins, paths, strict=True)):
        ahead = slice(known, known + HORIZON)
        steps = len(past.cost[ahead])
        with np.errstate(divide="ignore"):
            cost = past.cost[ahead] - np.log(path.cost[:steps])
        found["cost"][place, :steps] = np.where(np.isfinite(cost), cost, np.nan)
        if past.users is not None and path.users is not None:
            found["users"][place, :steps] = past.users[ahead] - np.log(path.users[:steps])
            found["per_user"][place, :steps] = found["cost"][place, :steps] - found["users"][place, :steps]
    return found


def _spreads(past: History, origins: list[int], paths: list[Path]) -> dict[str, list[Array | None]]:
    """Return the parametric half-widths of each measure at each origin, origin by origin: they share their length."""
    import numpy as np

    found: dict[str, list[Array | None]] = {name: [] for name in ("users", "cost", "per_user")}
    for known, path in zip(origins, paths, strict=True):
        centres = {"cost": np.log(path.cost)}
        if path.users is not None:
            centres |= {"users": np.log(path.users), "per_user": np.log(path.cost) - np.log(path.users)}
        for name, widths in found.items():
            logs = actual(past, name)
            there = logs is not None and name in centres
            widths.append(spread.half_widths(logs[:known], centres[name]) if there and logs is not None else None)
    return found


def actual(past: History, name: str) -> Array | None:
    """Return the logs of a measure: users, cost or per_user; None without users."""
    if name == "cost":
        return past.cost
    if past.users is None:
        return None
    return past.users if name == "users" else past.cost - past.users


def benchmark_errors(past: History, name: str, origins: tuple[int, ...]) -> Array:
    """Return the errors of the seasonal naive: the value of the same month a year before, else the last one."""
    import numpy as np

    from unitcost.analyses.outlook.estimates.history import filled

    found = np.full((len(origins), HORIZON), np.nan)
    logs = actual(past, name)
    if logs is None:
        return found
    whole = filled(logs)
    for place, known in enumerate(origins):
        steps = min(HORIZON, past.length - known)
        start = known - YEAR if known >= YEAR else known - 1
        said = whole[start : start + steps] if known >= YEAR else np.full(steps, whole[start])
        found[place, :steps] = logs[known : known + steps] - said
    return found


def score(past: History, name: str, errors: Array, found: Backtest, *, ours: bool) -> Score:
    """Return MASE, sMAPE and, if the errors are `ours`, the share inside the range that the forecast had at the time.

    MASE is scaled by the mean change on the same month a year before (on the month before in the first year).
    """
    import numpy as np

    logs = actual(past, name)
    places = np.argwhere(~np.isnan(errors))
    if logs is None or not len(places):
        return Score(0, None, None, None, 0)
    truth = np.exp(np.array([logs[found.origins[i] + h] for i, h in places]))
    said = truth / np.exp(errors[places[:, 0], places[:, 1]])
    lag = YEAR if past.length > YEAR + 1 else 1
    amounts = np.exp(logs)
    changes = np.abs(amounts[lag:] - amounts[:-lag])
    changes = changes[~np.isnan(changes)]
    scale = float(changes.mean()) if len(changes) else 0.0
    mase = float(np.abs(truth - said).mean()) / scale if scale > 1e-9 * float(truth.mean()) else None
    smape = float((2 * np.abs(truth - said) / (truth + said)).mean())
    return Score(len(places), mase, smape, *(_inside(name, errors, found) if ours else (None, 0)))


def _inside(name: str, errors: Array, found: Backtest) -> tuple[float | None, int]:
    """Return which share of errors lay inside the range given at their origin, and of how many."""
    import numpy as np

    inside: list[bool] = []
    for place, known in enumerate(found.origins):
        widths = found.widths(name, known)
        there = ~np.isnan(errors[place])
        if widths is not None:
            inside += [bool(one) for one in np.abs(errors[place][there]) <= widths.half[there]]
    return (sum(inside) / len(inside) if inside else None), len(inside)
