"""All that is said of a scenario in a month: savings with ranges, the portfolio, what matters, the months ahead."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from unitcost.analyses.levers.estimates.draws import (
    POINTS,
    Drawn,
    Setting,
    Spread,
    drawn,
    fair_shares,
    points,
    savings,
    spread,
    tornado,
    uncertain,
)
from unitcost.analyses.levers.estimates.exact import Outcome, outcome, parts_of, shapley, units_of
from unitcost.analyses.levers.estimates.model import Case, Hourly
from unitcost.analyses.levers.estimates.portfolio import Action, portfolio
from unitcost.analyses.levers.kinds import AN_HOUR

NOTHING = Spread(0.0, 0.0, 0.0, 0.0)
TierShares = Callable[[Any], Mapping[str, Fraction]]  # a cell → the share of its cost in each tier and in COGS


@dataclass(frozen=True, slots=True)
class PerHour:
    """What is committed to an hour with one provider, in money, with its interval; `reason` says why that is unknown.

    The interval is None where the scenario gives the amount.
    """

    provider: str
    amount: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class LeverResult:
    """One lever in a month, money in units of 1e-18: `saving` is its fair share of what all save, `alone` by itself.

    `matched` is what its filter matches in scope, `committed` the part that is under a commitment already.
    `reason` says why nothing is known of it, `per_hour` what a commitment by the hour comes to with each provider.
    """

    id: str
    matched: int
    committed: int
    saving: int | None = None
    alone: int | None = None
    per_hour: tuple[PerHour, ...] = ()
    spread: Spread | None = None
    reason: str | None = None

    @property
    def untold(self) -> tuple[PerHour, ...]:
        """Return the providers with which no commitment can be told, where others can."""
        return (
            tuple(per_hour for per_hour in self.per_hour if per_hour.amount is None) if self.saving is not None else ()
        )


@dataclass(frozen=True, slots=True)
class ActionStep:
    """One action in its order: weeks until then, what all so far save together and what it adds (units).

    `spread` and `added_spread` tell how the two may turn out.
    """

    id: str
    weeks: Decimal
    total: int
    added: int
    spread: Spread
    added_spread: Spread


@dataclass(frozen=True, slots=True)
class MonthAhead:
    """A month ahead, counted from 1: what the portfolio saves by then (units) and how that may turn out."""

    number: int
    total: int
    spread: Spread


@dataclass(frozen=True, slots=True)
class Matter:
    """What one assumption does to the saving of all levers: from its P10 to its P90, and its total-order index."""

    lever: str
    key: str
    low: float
    high: float
    total_order: float | None


@dataclass(frozen=True, slots=True)
class LeverAnalysis:
    """A scenario in a month. Totals are those of all levers; `tiers` what they take off each tier and
    off COGS (units)."""

    levers: tuple[LeverResult, ...] = ()
    total: int = 0
    spread: Spread = NOTHING
    exact: bool = True
    tiers: Mapping[str, int] | None = None
    chosen: tuple[ActionStep, ...] = ()
    beyond: tuple[ActionStep, ...] = ()
    chosen_tiers: Mapping[str, int] | None = None
    ahead: tuple[MonthAhead, ...] = ()
    matters: tuple[Matter, ...] = ()

    def lever(self, name: str) -> LeverResult:
        """Return what is known of a lever. Raises StopIteration for a stranger."""
        return next(lever for lever in self.levers if lever.id == name)


@dataclass(frozen=True, slots=True)
class ScenarioQuestion:
    """What is asked beyond the case: how inputs vary, effort budget in weeks, months ahead, who carries which cost.

    `spend` has (matched, under a commitment) of each lever, in units of 1e-18.
    """

    setting: Setting
    budget: Decimal | None
    horizon: int
    tiers: TierShares
    spend: Sequence[tuple[int, int]]


def analyse(case: Case, question: ScenarioQuestion) -> LeverAnalysis:
    """Return everything that is said of the levers of a case."""
    inputs = uncertain(case)
    values = drawn(case, inputs, points(len(inputs), question.setting.seed), question.setting)
    together = outcome(case, case.places)
    shares, exact = shapley(case)
    units = parts_of({place: sum(shares[place].values(), Fraction(0)) for place in case.places})
    chosen = portfolio(case, question.budget)
    return LeverAnalysis(
        levers=_levers(case, question, values, units, together),
        total=sum(units.values()),
        spread=_spread(case, values, case.places),
        exact=exact,
        tiers=_by_tier(case, together, question.tiers),
        chosen=_steps(case, values, chosen.chosen, ()),
        beyond=_steps(case, values, chosen.beyond, chosen.chosen),
        chosen_tiers=_by_tier(case, outcome(case, chosen.places), question.tiers),
        ahead=tuple(_ahead(case, values, chosen.places, question.horizon)),
        matters=tuple(
            Matter(case.levers[bar.place].id, bar.key, bar.low, bar.high, bar.total_order)
            for bar in tornado(case, question.setting)
        ),
    )


def _levers(
    case: Case, question: ScenarioQuestion, values: Drawn, units: Mapping[int, int], together: Outcome
) -> tuple[LeverResult, ...]:
    fair = _fair(case, values, units)
    results = []
    for place, lever in enumerate(case.levers):
        matched, committed = question.spend[place]
        per_hour = _per_hour(case, place, together) if lever.by_the_hour else ()
        if place not in units:
            results.append(LeverResult(lever.id, matched, committed, per_hour=per_hour, reason=_why(per_hour)))
            continue
        results.append(
            LeverResult(
                lever.id,
                matched,
                committed,
                saving=units[place],
                alone=units_of(outcome(case, {place}).total),
                per_hour=per_hour,
                spread=spread(fair[place]),
            )
        )
    return tuple(results)


def _per_hour(case: Case, place: int, together: Outcome) -> tuple[PerHour, ...]:
    """Return what a commitment by the hour comes to with each provider, after all other levers."""
    is_told = place in together.per_hour
    amounts = zip(case.uses(place), together.per_hour[place], strict=True) if is_told else ()
    by_provider = {use.provider: amount for (use, _), amount in amounts}
    results = []
    for use in case.hourly.get(place, (Hourly(()),)):
        amount = by_provider.get(use.provider)
        if amount is None:
            results.append(PerHour(use.provider, reason=use.reason))
            continue
        # What other levers leave of the use takes its interval along.
        left = amount / use.commit_per_hour if use.commit_per_hour else Fraction(1)
        estimated = AN_HOUR not in case.levers[place].inputs
        low, high = (_times(end, left) if estimated else None for end in (use.low, use.high))
        results.append(PerHour(use.provider, Decimal(units_of(amount)).scaleb(-18), low, high))
    return tuple(results)


def _why(per_hour: Sequence[PerHour]) -> str:
    """Return why nothing is known of a commitment by the hour: the reason, by provider where there are several."""
    reasons = {str(result.reason) for result in per_hour}
    if len(reasons) == 1:
        return reasons.pop()
    return "; ".join(f"{result.provider}: {result.reason}" for result in per_hour)


def _fair(case: Case, values: Drawn, units: Mapping[int, int]) -> dict[int, Any]:
    """Return each lever's fair share on every draw.

    Draws know the shares of a commitment by the hour only nearly, so they spread around the exact ones.
    """
    shares = fair_shares(case, savings(case, values, case.places, POINTS))
    if not any(case.levers[place].by_the_hour for place in case.places):
        return shares
    nearly = fair_shares(case, savings(case, {}, case.places, 1))
    return {place: each + (units[place] / 10**18 - nearly[place]) for place, each in shares.items()}


def _times(amount: Decimal | None, share: Fraction) -> Decimal | None:
    return None if amount is None else Decimal(units_of(Fraction(amount) * share)).scaleb(-18)


def _spread(case: Case, values: Drawn, places: Collection[int], ramps: Mapping[int, float] | None = None) -> Spread:
    return spread(savings(case, values, places, POINTS, ramps=ramps).total)


def _by_tier(case: Case, result: Outcome, tiers: TierShares) -> dict[str, int]:
    """Return what a set of levers takes off each tier: an atom's saving falls on its cells as their cost does."""
    sums: dict[str, Fraction] = {}
    for (_, n), saved in result.by_atom.items():
        cells = case.atoms[n].cells
        whole = sum(cells.values())
        for cell, units in cells.items() if whole > 0 else ():
            for tier, share in tiers(cell).items():
                sums[tier] = sums.get(tier, Fraction(0)) + saved * share * units / whole
    return {tier: units_of(amount) for tier, amount in sorted(sums.items())}


def _steps(case: Case, values: Drawn, actions: Sequence[Action], before: Sequence[Action]) -> tuple[ActionStep, ...]:
    steps, done = [], {action.place for action in before}
    earlier = savings(case, values, done, POINTS).total
    for action in actions:
        done.add(action.place)
        now = savings(case, values, done, POINTS).total
        steps.append(
            ActionStep(
                case.levers[action.place].id,
                action.weeks,
                units_of(action.total),
                units_of(action.added),
                spread(now),
                spread(now - earlier),
            )
        )
        earlier = now
    return tuple(steps)


def _ahead(case: Case, values: Drawn, places: Collection[int], horizon: int) -> list[MonthAhead]:
    """Return the months ahead, with each lever coming in evenly over its ramp."""
    months: list[MonthAhead] = []
    last: dict[int, Fraction] | None = None
    for number in range(1, horizon + 1):
        ramps = {place: _in_place(case.levers[place].ramp_months, number) for place in places}
        if ramps == last:
            months.append(MonthAhead(number, months[-1].total, months[-1].spread))
            continue
        last = ramps
        total = units_of(outcome(case, places, ramps).total)
        months.append(
            MonthAhead(number, total, _spread(case, values, places, {place: float(r) for place, r in ramps.items()}))
        )
    return months


def _in_place(ramp_months: int, number: int) -> Fraction:
    return min(Fraction(1), Fraction(number, ramp_months)) if ramp_months else Fraction(1)
