"""The forecast of twelve months: findings, the table of the backtest, and when a target is likely to be met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from unitcost.analyses.outlook.estimates import backtest as tests
from unitcost.analyses.outlook.estimates import events as known_events
from unitcost.analyses.outlook.estimates import joint, models
from unitcost.analyses.outlook.estimates.backtest import Score
from unitcost.analyses.outlook.estimates.events import Event
from unitcost.analyses.outlook.estimates.history import History, PastMonth, history
from unitcost.analyses.outlook.estimates.spread import Z80
from unitcost.numbers.book import Findings
from unitcost.numbers.estimate import EXACT, RATIO_PLACES, Estimate
from unitcost.numbers.months import month_after

if TYPE_CHECKING:
    from unitcost.analyses.outlook.estimates.intervals import Widths
    from unitcost.analyses.outlook.estimates.smoothing import Array
else:
    Array = Any

Sides = tuple[Array, Array]  # what is expected by horizon, and what was drawn (draws × horizons)
NOTEBOOK = "60_outlook"
HORIZON = tests.HORIZON
LEVEL = Decimal("0.8")
DIGITS = Context(prec=12)
WIDEST = 2.302585092994046  # ln 10: an interval from a tenth to ten times the value says nothing
MEASURES = {"cost_per_user": "per_user", "scope_cost": "cost", "mau": "users"}
TOO_SHORT = "a forecast needs at least two months with cost and users to compare"
TOO_WIDE = "what is known changes so much that the interval would reach from a tenth to ten times the value"
NO_COST = "no month has a cost above 0"
NO_USERS = "users are not known in any month with cost"


class ExpectedValue(NamedTuple):
    """A value expected in a month with its 80 % interval, and how many errors that rests on (0: parametric)."""

    value: Decimal
    low: Decimal
    high: Decimal
    errors: int


class Aim(NamedTuple):
    """The target of a month ahead, and with which probability cost per user is at most that."""

    month: str
    target: Decimal
    probability: Decimal | None


@dataclass(frozen=True)
class Forecast:
    """Twelve months ahead by measure (cost_per_user, scope_cost, mau), None where `reasons` says why not.

    `parts` are variable and fixed cost; `scores` compare the forecast with the seasonal naive, measure by measure.
    """

    months: tuple[str, ...]
    values: Mapping[str, tuple[ExpectedValue | None, ...]]
    reasons: Mapping[str, tuple[str, ...]]
    models: tuple[str, ...]
    length: int
    holes: int
    origins: int
    parts: tuple[tuple[Decimal, Decimal], ...]
    scores: Mapping[str, tuple[Score, Score]]
    aims: tuple[Aim, ...]


def forecast(
    rows: Sequence[PastMonth],
    *,
    month: str,
    min_users: int,
    targets: Mapping[str, Decimal],
    events: Sequence[Event] = (),
) -> Forecast:
    """Return the forecast of the twelve months after `month` from the months until then, oldest first."""
    until = [row for row in rows if row.month <= month]
    ahead = _next(month)
    past = history(until)
    if past is None or past.length < 2:
        reason = NO_COST if past is None else TOO_SHORT
        return _unknown(ahead, reason, 0 if past is None else past.length)
    return _known(past, ahead, min_users, targets, events)


def _known(
    past: History, ahead: tuple[str, ...], min_users: int, targets: Mapping[str, Decimal], events: Sequence[Event]
) -> Forecast:
    found = tests.backtest(past)
    variable, fixed = known_events.applied(events, ahead, found.now.variable.copy(), found.now.fixed.copy())
    cost, users = variable + fixed, found.now.users
    half = {name: found.widths(measure) for name, measure in MEASURES.items()}
    draws = _draws(users, cost, half)
    sides = _sides(users, cost, draws, half)
    values, reasons = {}, {}
    for name in MEASURES:
        why = [_why_not(name, place, half[name], users, min_users) for place in range(HORIZON)]
        cells = [one or _cell(place, sides[name], half[name]) for place, one in enumerate(why)]
        values[name] = tuple(cell if isinstance(cell, ExpectedValue) else None for cell in cells)
        reasons[name] = tuple(cell if isinstance(cell, str) else "" for cell in cells)
    return Forecast(
        ahead,
        values,
        reasons,
        tuple(models.NAMES[name] for name in found.models),
        past.length,
        past.holes,
        len(found.origins),
        tuple((_decimal(v), _decimal(f)) for v, f in zip(variable, fixed, strict=True)),
        {name: _scores(past, found, measure) for name, measure in MEASURES.items()},
        _aims(ahead, values["cost_per_user"], draws, targets),
    )


def _unknown(ahead: tuple[str, ...], reason: str, length: int) -> Forecast:
    nothing = dict.fromkeys(MEASURES, (None,) * HORIZON)
    return Forecast(ahead, nothing, dict.fromkeys(MEASURES, (reason,) * HORIZON), (), length, 0, 0, (), {}, ())


def _next(month: str) -> tuple[str, ...]:
    found = [month_after(month)]
    while len(found) < HORIZON:
        found.append(month_after(found[-1]))
    return tuple(found)


def _draws(users: Array | None, cost: Array, half: Mapping[str, Widths | None]) -> joint.Draws | None:
    spreads = [None if one is None else one.half / Z80 for one in half.values()]
    per_user, of_cost, of_users = spreads
    if users is None or per_user is None or of_cost is None or of_users is None:
        return None
    shared = joint.correlation(of_users, of_cost, per_user)
    return joint.together(users, cost, of_users, of_cost, shared)


def _sides(
    users: Array | None, cost: Array, draws: joint.Draws | None, half: Mapping[str, Widths | None]
) -> dict[str, Sides]:
    """Return what is expected of each measure and all that was drawn of it; measures without a width are left out."""
    import numpy as np

    if users is not None and draws is not None:
        return {
            "cost_per_user": (cost / users, draws.per_user),
            "scope_cost": (cost, draws.cost),
            "mau": (users, draws.users),
        }
    found = {}
    for name, centre in (("scope_cost", cost), ("mau", users)):
        width = half[name]
        if centre is not None and width is not None:
            spread = width.half / Z80
            found[name] = centre, joint.together(centre, centre, spread, spread, np.ones(HORIZON)).users
    return found


def _why_not(name: str, place: int, half: Widths | None, users: Array | None, least: int) -> str:
    """Return why a measure cannot be forecast for a month, or ''."""
    if users is None and name != "scope_cost":
        return NO_USERS
    if half is None:
        return TOO_SHORT
    if half.half[place] > WIDEST:
        return TOO_WIDE
    if name == "cost_per_user" and users is not None and users[place] < least:
        return f"about {users[place]:.3g} of the {least} users that a unit cost needs are expected (min_users)"
    return ""


def _cell(place: int, sides: Sides, half: Widths | None) -> ExpectedValue:
    import numpy as np

    low, high = np.quantile(sides[1][:, place], [0.1, 0.9])
    value = _decimal(float(sides[0][place]))
    errors = half.counts[place] if half is not None else 0
    return ExpectedValue(value, min(_decimal(low), value), max(_decimal(high), value), errors)


def _decimal(amount: float) -> Decimal:
    """Return a number of 12 digits: more would not be the same on every machine."""
    return DIGITS.create_decimal_from_float(float(amount)).quantize(RATIO_PLACES, context=EXACT)


def _scores(past: History, found: tests.Backtest, measure: str) -> tuple[Score, Score]:
    naive = tests.benchmark_errors(past, measure, found.origins)
    own = found.errors[measure]
    return tests.score(past, measure, own, found, ours=True), tests.score(past, measure, naive, found, ours=False)


def _aims(
    ahead: Sequence[str],
    cells: Sequence[ExpectedValue | None],
    draws: joint.Draws | None,
    targets: Mapping[str, Decimal],
) -> tuple[Aim, ...]:
    found = []
    for place, month in enumerate(ahead):
        if month in targets:
            known = draws is not None and cells[place] is not None
            met = _share(draws.per_user[:, place], targets[month]) if draws is not None and known else None
            found.append(Aim(month, targets[month], met))
    return tuple(found)


def _share(drawn: Array, target: Decimal) -> Decimal:
    return round(Decimal(int((drawn <= float(target)).sum())) / len(drawn), 4)


# Findings


def forecast_findings(found: Forecast, currency: str) -> Findings:
    """Return `forecast.*`: all twelve months of each measure, with intervals, or null with a reason."""
    units = {"cost_per_user": f"{currency}/user", "scope_cost": currency, "mau": "users"}
    return {
        f"forecast.{name}.{month}": _estimate(found, name, place, units[name])
        for name in MEASURES
        for place, month in enumerate(found.months)
    }


def _estimate(found: Forecast, name: str, place: int, unit: str) -> Estimate:
    cell, method = found.values[name][place], method_of(found, name, place)
    if cell is None:
        return Estimate(None, unit, method=method, notebook=NOTEBOOK, reason=found.reasons[name][place])
    return Estimate(
        cell.value, unit, low=cell.low, high=cell.high, level=LEVEL, method=method, notebook=NOTEBOOK
    )  # fmt: skip


def method_of(found: Forecast, name: str, place: int) -> str:
    """Return how a forecast came about: models, length of the history, and what its interval rests on."""
    if not found.models:
        return "forecast of users, variable cost per user and fixed cost"
    what = {"cost_per_user": "cost ÷ users, drawn together; ", "scope_cost": "variable + fixed cost; "}.get(name, "")
    mean = "mean on the log scale of " if len(found.models) > 1 else ""
    rests = _rests(found.values[name], place)
    short = ", too short a history for more" if found.length < models.ENOUGH[0] else ""
    months = "1 month" if found.length == 1 else f"{found.length} months"
    return f"{what}{mean}{', '.join(found.models)} over {months}{short}; {rests}"


def _rests(cells: Sequence[ExpectedValue | None], place: int) -> str:
    """Return what the range of a month rests on."""
    cell, nearest = cells[place], cells[0]
    if cell is not None and cell.errors:
        return f"conformal interval from {cell.errors} rolling origins, drawn towards a parametric one"
    if nearest is not None and nearest.errors:
        return "parametric interval, drawn towards the errors of nearer months"
    return "parametric interval"


def target_gap(
    cost_per_user: Estimate, month: str, targets: Mapping[str, Decimal], currency: str
) -> Estimate:  # fmt: skip
    """Return cost per user − the target of the month, else of the next month that has one."""
    later = min((one for one in targets if one >= month), default=None)
    method = "cost_per_user − the target of the month, else the next one"
    unit = f"{currency}/user"
    if later is None:
        reason = f"there is no target for {month} or later" if targets else "no target is set ([targets] cost_per_user)"
        return Estimate(None, unit, method=method, notebook=NOTEBOOK, reason=reason)
    if not isinstance(cost_per_user.value, Decimal):
        return Estimate(None, unit, method=method, notebook=NOTEBOOK, reason=cost_per_user.reason or "")
    method = f"cost_per_user − the target of {later}, {targets[later].normalize():f}"
    return Estimate(cost_per_user.value - targets[later], unit, method=method, notebook=NOTEBOOK)
