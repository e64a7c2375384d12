"""What a lever does to spend: a share of what is left on demand leaves it, and so much is gained for each unit.

Spend comes as disjoint atoms, the spend that exactly one set of levers matches, so levers that overlap in part
interact exactly. On an atom A a set S of levers saves A × Σ gain_i × Π (1 − taken_j), j before i in S.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from typing import Any, NamedTuple

from unitcost.analyses.levers.kinds import AN_HOUR, COVERAGE, RAMPED, Values, is_commitment, kind_of

HOURLY_REASON = "no hourly use is known of what the commitment would cover"


class Triple(NamedTuple):
    """An assumption: lowest, most likely, highest."""

    low: Decimal
    mode: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Lever:
    """A lever with its assumptions by key; a commitment without 'coverage' in `inputs` is one by the hour."""

    id: str
    kind: str
    inputs: Mapping[str, Triple]
    effort_weeks: Decimal = Decimal(0)
    owner: str = ""
    ramp_months: int = 0
    requires: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()

    @property
    def by_the_hour(self) -> bool:
        """Tell a commitment to an amount an hour from a share of use that is covered."""
        return is_commitment(self.kind) and COVERAGE not in self.inputs


@dataclass(frozen=True, slots=True)
class Atom:
    """Spend not under a commitment that exactly `levers` match (places in the order they act), and its cells.

    `amount` is in money and never negative; `cells` are the cells' signed amounts in units of 1e-18. `provider` is
    named where a commitment by the hour is made with several of them.
    """

    levers: tuple[int, ...]
    amount: Fraction
    cells: Mapping[Any, int]
    provider: str = ""


@dataclass(frozen=True)
class Hourly:
    """The on-demand value of each hour of the month of what a commitment matches at a provider, before any lever.

    `commit_per_hour` is the amount that makes the month cheapest before any lever; what is left of the use after
    other levers takes the same share of it. None: only an amount the scenario gives can be judged.
    """

    hours: tuple[Fraction, ...]
    commit_per_hour: Fraction | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    reason: str = HOURLY_REASON  # why nothing is known, where nothing is
    provider: str = ""

    @cached_property
    def _order(self) -> tuple[list[Fraction], list[Fraction]]:
        """Return the hours in the order of their use, with running sums from 0 on."""
        hours = sorted(self.hours)
        return hours, [Fraction(0), *accumulate(hours)]

    def covered(self, share: Fraction, committed: Fraction) -> Fraction:
        """Return what an amount an hour covers if `share` of every hour's use is left, over all hours."""
        if not share:
            return Fraction(0)
        hours, sums = self._order
        within = bisect_right(hours, committed / share)
        return share * sums[within] + committed * (len(hours) - within)


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a scenario's numbers rest on: levers in the order they act, atoms, hourly use by place of lever.

    `hourly` has the use of each provider that a commitment by the hour could be made with.
    """

    levers: tuple[Lever, ...]
    atoms: tuple[Atom, ...]
    hourly: Mapping[int, tuple[Hourly, ...]]

    def known(self, place: int) -> bool:
        """Tell whether a lever's effect can be told: a commitment by the hour needs a provider whose hours tell it."""
        return not self.levers[place].by_the_hour or any(self.tells(place, use) for use in self.hourly.get(place, ()))

    def tells(self, place: int, use: Hourly) -> bool:
        """Tell whether a provider's use tells what a commitment by the hour does: it takes hours and an amount."""
        given = AN_HOUR in self.levers[place].inputs
        return bool(use.hours) and (given or use.commit_per_hour is not None)

    def uses(self, place: int) -> list[tuple[Hourly, list[int]]]:
        """Return the use of each provider that tells what a commitment does, with the atoms it is a part of."""
        every, touched = self.hourly[place], self.touched(place)
        if len(every) == 1:
            return [(every[0], touched)]
        return [
            (use, [n for n in touched if self.atoms[n].provider == use.provider])
            for use in every
            if self.tells(place, use)
        ]

    def touched(self, place: int) -> list[int]:
        """Return the places of the atoms that a lever acts on."""
        return [n for n, atom in enumerate(self.atoms) if place in atom.levers]

    @property
    def places(self) -> tuple[int, ...]:
        """Return the places of the levers whose effect can be told."""
        return tuple(place for place in range(len(self.levers)) if self.known(place))


def effect(lever: Lever, value: Callable[[str], Any], smaller: Callable[[Any, Any], Any] = min) -> tuple[Any, Any]:
    """Return (taken, gain) of a lever: shares of the matched spend that is left. Works on fractions and on arrays.

    `value` gives the lever's input by its key, 0 where it has none; `smaller` is the minimum that fits the values.
    """
    return kind_of(lever.kind).effect(Values(value, smaller))


def mode_of(lever: Lever, ramp: Fraction = Fraction(1)) -> Callable[[str], Fraction]:
    """Return the most likely values of a lever's inputs as fractions; `ramp` is the share of it that is in place."""

    def value(key: str) -> Fraction:
        assumed = lever.inputs.get(key)
        number = Fraction(assumed.mode) if assumed is not None else Fraction(0)
        return number * ramp if key in RAMPED else number

    return value


def split_up(matched: Iterable[tuple[tuple[int, ...], str, Any, int]]) -> tuple[Atom, ...]:
    """Return atoms from (levers that match, provider, cell, units of 1e-18) of spend that no commitment covers.

    The provider is '' where it does not matter.
    """
    sums: dict[tuple[tuple[int, ...], str], dict[Any, int]] = {}
    for levers, provider, cell, units in matched:
        if levers:
            cells = sums.setdefault((levers, provider), {})
            cells[cell] = cells.get(cell, 0) + units
    return tuple(
        Atom(levers, Fraction(max(sum(cells.values()), 0), 10**18), cells, provider)
        for (levers, provider), cells in sorted(sums.items())
    )
