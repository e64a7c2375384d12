"""The model in fractions: what a set of levers saves, and each lever's fair share of it, exactly.

Money is rounded once, where it is published, so that shares add up to the last digit.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import comb
from typing import TypeVar

from unitcost.analyses.levers.estimates.model import Case, effect, mode_of
from unitcost.analyses.levers.kinds import AN_HOUR, SAVING

EXACT_LEVERS = 12  # up to so many levers all sets are looked at where an amount an hour ties them together
PAIRS = 64  # beyond, as many random orders, each with its reverse
Poly = list[Fraction]
Key = TypeVar("Key", str, int)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a set of levers saves: by lever and atom in the order they act, and what each commits to an hour."""

    by_atom: Mapping[tuple[int, int], Fraction]  # (lever, atom) → money a month
    per_hour: Mapping[int, tuple[Fraction, ...]]  # lever → amounts with the providers of Case.uses, in their order

    @property
    def total(self) -> Fraction:
        """Return the saving of the whole set."""
        return sum(self.by_atom.values(), Fraction(0))


def outcome(case: Case, chosen: Collection[int], ramps: Mapping[int, Fraction] | None = None) -> Outcome:
    """Return what the levers at the places `chosen` save together; `ramps` tells how much of each is in place."""
    left = [atom.amount for atom in case.atoms]
    saved: dict[tuple[int, int], Fraction] = {}
    per_hour: dict[int, tuple[Fraction, ...]] = {}
    for place in sorted(set(chosen) & set(case.places)):
        lever = case.levers[place]
        ramp = (ramps or {}).get(place, Fraction(1))
        if lever.by_the_hour:
            effects, per_hour[place] = _by_the_hour(case, place, left, ramp)
        else:
            taken, gain = effect(lever, mode_of(lever, ramp))
            effects = {n: (taken, left[n] * gain) for n in case.touched(place)}
        for n, (taken, saving) in effects.items():
            saved[place, n] = saving
            left[n] *= 1 - taken
    return Outcome(saved, per_hour)


def _by_the_hour(
    case: Case, place: int, left: Sequence[Fraction], ramp: Fraction
) -> tuple[dict[int, tuple[Fraction, Fraction]], tuple[Fraction, ...]]:
    """Return the share that a commitment takes of what is left of each atom, with its saving, and amounts an hour.

    With each provider it is a commitment of its own.
    """
    value = mode_of(case.levers[place], ramp)
    effects: dict[int, tuple[Fraction, Fraction]] = {}
    amounts = []
    for use, touched in case.uses(place):
        base = sum((case.atoms[n].amount for n in touched), Fraction(0))
        rest = sum((left[n] for n in touched), Fraction(0))
        share = rest / base if base else Fraction(0)
        best = (use.commit_per_hour or Fraction(0)) * share * ramp
        committed = value(AN_HOUR) if AN_HOUR in case.levers[place].inputs else best
        covered = use.covered(share, committed)
        saving = covered - (1 - value(SAVING)) * committed * len(use.hours)
        taken = min(covered / rest, Fraction(1)) if rest else Fraction(0)
        for number, n in enumerate(touched):
            # A commitment for which no use is left is lost whole, wherever it is noted.
            effects[n] = taken, saving * left[n] / rest if rest else saving * (number == 0)
        amounts.append(committed)
    return effects, tuple(amounts)


def shapley(case: Case) -> tuple[dict[int, dict[int, Fraction]], bool]:
    """Return each lever's Shapley share of what all save together, by lever and atom, and whether it is exact.

    The game is the sum of one game an atom. Where shares are covered, the average over all orders of an atom's
    polynomial is an integral that fractions solve for any number of levers; what an amount an hour ties together
    is averaged over all sets, beyond 12 levers over random orders and their reverses.
    """
    shares: dict[int, dict[int, Fraction]] = {place: {} for place in case.places}
    tied = {place for place in case.places if case.levers[place].by_the_hour}
    if not tied:
        steps = {place: effect(case.levers[place], mode_of(case.levers[place])) for place in case.places}
        for n, atom in enumerate(case.atoms):
            for place, part in _of_atom([(p, *steps[p]) for p in atom.levers if p in steps]).items():
                shares[place][n] = atom.amount * part
        return shares, True
    exact = len(case.places) <= EXACT_LEVERS
    parts = _over_sets(case) if exact else _over_orders(case)
    for (place, n), part in parts.items():
        shares[place][n] = part
    return shares, exact


def _of_atom(steps: Sequence[tuple[int, Fraction, Fraction]]) -> dict[int, Fraction]:
    """Return each lever's share of one unit of spend: ∫₀¹ of its marginal gain when every other acts with chance q."""
    after: list[Poly] = [[Fraction(0)]]
    for _, taken, gain in reversed(steps):
        rest = _times([Fraction(1), -taken], after[-1])
        after.append(_plus([Fraction(0), gain], rest))
    before: Poly = [Fraction(1)]
    shares = {}
    for number, (place, taken, gain) in enumerate(steps):
        later = after[len(steps) - number - 1]
        marginal = _times(before, _plus([gain], [-taken * c for c in later]))
        shares[place] = sum((c / (power + 1) for power, c in enumerate(marginal)), Fraction(0))
        before = _times(before, [Fraction(1), -taken])
    return shares


def _times(left: Poly, right: Poly) -> Poly:
    product = [Fraction(0)] * (len(left) + len(right) - 1)
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            product[i + j] += a * b
    return product


def _plus(left: Poly, right: Poly) -> Poly:
    longer, shorter = (left, right) if len(left) >= len(right) else (right, left)
    return [c + (shorter[n] if n < len(shorter) else 0) for n, c in enumerate(longer)]


Shares = dict[tuple[int, int], Fraction]


def _of_atoms(case: Case, chosen: Collection[int]) -> dict[int, Fraction]:
    by_atom: dict[int, Fraction] = {}
    for (_, n), part in outcome(case, chosen).by_atom.items():
        by_atom[n] = by_atom.get(n, Fraction(0)) + part
    return by_atom


def _over_sets(case: Case) -> Shares:
    places = case.places
    values = {
        frozenset(chosen): _of_atoms(case, chosen)
        for size in range(len(places) + 1)
        for chosen in combinations(places, size)
    }
    shares: Shares = {}
    for chosen, value in values.items():
        for place in places:
            if place not in chosen:
                weight = Fraction(1, len(places) * comb(len(places) - 1, len(chosen)))
                _add(shares, place, value, values[chosen | {place}], weight)
    return shares


def _over_orders(case: Case) -> Shares:
    chance = random.Random(len(case.places))
    shares: Shares = {}
    weight = Fraction(1, 2 * PAIRS)
    for _ in range(PAIRS):
        order = list(case.places)
        chance.shuffle(order)
        for each in (order, order[::-1]):
            value: dict[int, Fraction] = {}
            for number, place in enumerate(each, start=1):
                after = _of_atoms(case, each[:number])
                _add(shares, place, value, after, weight)
                value = after
    return shares


def _add(
    shares: Shares, place: int, before: Mapping[int, Fraction], after: Mapping[int, Fraction], weight: Fraction
) -> None:
    for n in before.keys() | after.keys():
        gained = (after.get(n, Fraction(0)) - before.get(n, Fraction(0))) * weight
        shares[place, n] = shares.get((place, n), Fraction(0)) + gained


def units_of(amount: Fraction) -> int:
    """Return money as a whole number of 1e-18, half-even."""
    return round(amount * 10**18)


def parts_of(amounts: Mapping[Key, Fraction]) -> dict[Key, int]:
    """Return amounts in units of 1e-18 that add up to their rounded sum: the largest remainders are rounded up.

    Ties go to the key that sorts first.
    """
    total = units_of(sum(amounts.values(), Fraction(0)))
    floors = {key: (amount * 10**18).__floor__() for key, amount in amounts.items()}
    order = sorted(amounts, key=lambda key: (floors[key] - amounts[key] * 10**18, key))
    for key in order[: total - sum(floors.values())]:
        floors[key] += 1
    return floors
