"""Which levers to pull within the effort budget, and in which order: by mixed-integer programming, then checked.

The programme knows what levers save alone and in pairs; what it proposes is evaluated again in the whole model, and
against its neighbours, with few levers against every set.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import combinations

from unitcost.analyses.levers.estimates.exact import outcome
from unitcost.analyses.levers.estimates.model import Case

EVERY_SET = 10  # up to so many levers every set is looked at
Chosen = frozenset[int]
Worth = Callable[[Chosen], Fraction]


@dataclass(frozen=True, slots=True)
class Action:
    """One action in its order: the lever, weeks until then, what all so far save together and the lever adds."""

    place: int
    weeks: Decimal
    total: Fraction
    added: Fraction


@dataclass(frozen=True, slots=True)
class Portfolio:
    """The levers chosen under the budget, in the order to pull them, and what could follow beyond it."""

    chosen: tuple[Action, ...]
    beyond: tuple[Action, ...]

    @property
    def places(self) -> Chosen:
        """Return the places of the levers chosen."""
        return frozenset(action.place for action in self.chosen)


def portfolio(case: Case, budget: Decimal | None) -> Portfolio:
    """Return what to do within `budget` weeks; None: as much as is worth it."""

    @cache
    def worth(chosen: Chosen) -> Fraction:
        return outcome(case, chosen).total

    best = _choose(case, budget, worth)
    chosen = _in_order(case, best, frozenset(), worth)
    rest = frozenset(place for place in case.places if _fits(case, best, place)) - best
    return Portfolio(chosen, _in_order(case, rest, best, worth, only_gains=True))


def feasible(case: Case, chosen: Chosen, budget: Decimal | None) -> bool:
    """Tell whether the levers go together: the weeks suffice, what is required is there, nothing is excluded."""
    ids = {case.levers[place].id for place in chosen}
    together = all(
        set(case.levers[place].requires) <= ids and not set(case.levers[place].excludes) & ids for place in chosen
    )
    return together and (budget is None or effort(case, chosen) <= budget)


def effort(case: Case, chosen: Collection[int]) -> Decimal:
    """Return the weeks that levers take."""
    return sum((case.levers[place].effort_weeks for place in chosen), Decimal(0))


def _choose(case: Case, budget: Decimal | None, worth: Worth) -> Chosen:
    def rank(chosen: Chosen) -> tuple[Fraction, Decimal, int, tuple[int, ...]]:
        return (-worth(chosen), effort(case, chosen), len(chosen), tuple(sorted(chosen)))

    if len(case.places) <= EVERY_SET:
        everything = (frozenset(c) for n in range(len(case.places) + 1) for c in combinations(case.places, n))
        return min((c for c in everything if feasible(case, c, budget)), key=rank)
    best = min(_proposed(case, budget, worth), frozenset[int](), key=rank)
    while True:
        nearby = [c for c in _neighbours(case, best) if feasible(case, c, budget)]
        better = min([best, *nearby], key=rank)
        if better == best:
            return best
        best = better


def _proposed(case: Case, budget: Decimal | None, worth: Worth) -> Chosen:
    """Return the best set by what levers save alone less what pairs of them save twice."""
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp

    places = case.places
    overlaps = [
        (i, j, worth(frozenset({a})) + worth(frozenset({b})) - worth(frozenset({a, b})))
        for (i, a), (j, b) in combinations(enumerate(places), 2)
    ]
    pairs = [(i, j, float(twice)) for i, j, twice in overlaps if twice]
    size = len(places) + len(pairs)
    gains = [-float(worth(frozenset({place}))) for place in places] + [twice for _, _, twice in pairs]
    rows: list[list[float]] = []
    limits: list[float] = []

    def at_most(limit: float, *terms: tuple[int, float]) -> None:
        row = [0.0] * size
        for column, factor in terms:
            row[column] += factor
        rows.append(row)
        limits.append(limit)

    for number, (i, j, _) in enumerate(pairs, start=len(places)):
        at_most(1, (i, 1), (j, 1), (number, -1))
        at_most(0, (number, 1), (i, -1))
        at_most(0, (number, 1), (j, -1))
    if budget is not None:
        at_most(float(budget) + 1e-9, *((n, float(case.levers[p].effort_weeks)) for n, p in enumerate(places)))
    for wanted, other, limit in _links(case):
        at_most(limit, (wanted, 1), (other, -1.0 if not limit else 1.0))
    rules = [LinearConstraint(np.array(rows), -np.inf, np.array(limits))] if rows else []
    solution = milp(np.array(gains), integrality=np.ones(size), bounds=Bounds(0, 1), constraints=rules)
    if solution.x is None:
        return frozenset()
    proposed = frozenset(place for n, place in enumerate(places) if solution.x[n] > 0.5)
    return proposed if feasible(case, proposed, budget) else frozenset()


def _links(case: Case) -> Iterator[tuple[int, int, int]]:
    """Yield (column, column, limit): 0 where the first requires the second, 1 where they exclude each other."""
    columns = {case.levers[place].id: n for n, place in enumerate(case.places)}
    for n, place in enumerate(case.places):
        for name in case.levers[place].requires:
            yield n, columns.get(name, n), 0
        for name in case.levers[place].excludes:
            if name in columns:
                yield n, columns[name], 1


def _neighbours(case: Case, chosen: Chosen) -> Iterator[Chosen]:
    """Yield the sets that one lever in, one out, or both would make."""
    outside = [place for place in case.places if place not in chosen]
    for place in outside:
        yield chosen | {place}
    for place in sorted(chosen):
        yield chosen - {place}
        for other in outside:
            yield chosen - {place} | {other}


def _fits(case: Case, chosen: Chosen, place: int) -> bool:
    ids, lever = {case.levers[p].id for p in chosen}, case.levers[place]
    excluded = {name for p in chosen for name in case.levers[p].excludes}
    return not set(lever.excludes) & ids and lever.id not in excluded


def _in_order(
    case: Case, places: Chosen, done: Chosen, worth: Worth, *, only_gains: bool = False
) -> tuple[Action, ...]:
    """Return levers one after another: each time that which adds most a week, after what it requires."""
    actions: list[Action] = []
    weeks = effort(case, done)
    while ready := [place for place in sorted(places - done) if _ready(case, place, done)]:
        added = {place: worth(done | {place}) - worth(done) for place in ready}

        def urgency(place: int, added: dict[int, Fraction] = added) -> tuple[int, Fraction, int]:
            weeks_needed = Fraction(case.levers[place].effort_weeks)
            rate = added[place] / weeks_needed if weeks_needed else added[place]
            # What takes no time comes first, unless it loses money.
            return (-int(not weeks_needed and added[place] > 0), -rate, place)

        place = min(ready, key=urgency)
        if only_gains and added[place] <= 0:
            break
        done |= {place}
        weeks += case.levers[place].effort_weeks
        actions.append(Action(place, weeks, worth(done), added[place]))
    return tuple(actions)


def _ready(case: Case, place: int, done: Chosen) -> bool:
    ids = {case.levers[p].id for p in done}
    return set(case.levers[place].requires) <= ids and _fits(case, done, place)
