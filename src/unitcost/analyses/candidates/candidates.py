"""Machines that could be smaller, and machines that nobody seems to use: candidates from utilisation and cost.

A resource is judged by the days of the month on which it is measured at its latest size. It is idle when its CPU stays
below `idle_below` on each of them. It is oversized when CPU and memory, at the 95th percentile of the days, would both
stay within `busy_below` at half the size, or a quarter, and so on; half of a size costs half. Only what is paid on
demand or on spot counts: what a commitment covers is paid whether it is used or not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import NamedTuple

from unitcost.numbers.book import Book, Findings
from unitcost.numbers.estimate import EXACT, ratio
from unitcost.numbers.units import to_money, to_units

NOTEBOOK = "42_candidates"
ZERO = Decimal(0)
PERCENTILE = 95
MOST_HALVINGS = 3  # an eighth: what is oversized beyond that is looked at again at its new size


class Measure(NamedTuple):
    """A resource on a day: 95th percentiles as shares of its size, and its size; None is unknown."""

    day: dt.date
    cpu: Decimal
    memory: Decimal | None
    vcpu: Decimal | None
    memory_gb: Decimal | None


class Cost(NamedTuple):
    """What a resource costs in the month, in money: on demand or on spot in all, of that by the hour, and committed."""

    open: Decimal
    by_hour: Decimal
    committed: Decimal


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on a resource counts as idle or as busy, and how many days of a month it takes to judge it."""

    idle_below: Decimal
    busy_below: Decimal
    min_days: int


class Size(NamedTuple):
    """A size of a machine."""

    vcpu: Decimal
    memory_gb: Decimal


@dataclass(frozen=True, slots=True)
class Idle:
    """A resource without use: the busiest of its days, and what it costs in the month, in money."""

    resource: str
    days: int
    cpu: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Oversized:
    """A resource that could be smaller: its busy days, both sizes, its cost by the hour and the estimated saving."""

    resource: str
    days: int
    cpu: Decimal
    memory: Decimal
    size: Size
    smaller: Size
    cost: Decimal
    saving: Decimal


class Left(NamedTuple):
    """Resources about which nothing is claimed, and what they cost on demand or on spot."""

    resources: int
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Candidates:
    """All that utilisation tells of a month. Lists start with the most money; `hourly` is the cost by the hour of all.

    `short` are measured on too few days, `unsized` without memory or size, `covered` are candidates whose cost is all
    committed. `measured` is the part of `hourly` that resources with utilisation make.
    """

    idle: tuple[Idle, ...]
    oversized: tuple[Oversized, ...]
    short: Left
    unsized: Left
    covered: Left
    hourly: Decimal
    measured: Decimal

    @property
    def coverage(self) -> Decimal | None:
        """Return the share of the cost by the hour that is measured at all; None without such cost."""
        return ratio(self.measured, self.hourly) if self.hourly > 0 else None


def candidates(
    days: Mapping[str, Sequence[Measure]], costs: Mapping[str, Cost], hourly: Decimal, thresholds: Thresholds
) -> Candidates:
    """Judge every resource of `days`; those without cost in the month have nothing to give. `hourly` is of all."""
    idle, oversized = [], []
    left: dict[str, list[Decimal]] = {"short": [], "unsized": [], "covered": []}
    for resource in sorted(days.keys() & costs.keys()):
        found, cost = _same_size(days[resource]), costs[resource]
        verdict = _judged(resource, found, cost, thresholds)
        if isinstance(verdict, str):
            if verdict:
                left[verdict].append(cost.open)
        elif isinstance(verdict, Idle):
            idle.append(verdict)
        else:
            oversized.append(verdict)
    return Candidates(
        tuple(sorted(idle, key=lambda one: (-one.cost, one.resource))),
        tuple(sorted(oversized, key=lambda one: (-one.saving, one.resource))),
        **{name: Left(len(amounts), reduce(EXACT.add, amounts, ZERO)) for name, amounts in left.items()},
        hourly=hourly,
        measured=reduce(EXACT.add, (costs[name].by_hour for name in days.keys() & costs.keys()), ZERO),
    )


def _judged(resource: str, days: Sequence[Measure], cost: Cost, at: Thresholds) -> Idle | Oversized | str:
    """Return what a resource is a candidate for, or the name of what is left; '' is a machine as it should be."""
    if len(days) < at.min_days:
        return "short"
    busiest = max(day.cpu for day in days)
    if busiest < at.idle_below:
        return Idle(resource, len(days), busiest, cost.open) if cost.open > 0 else _nothing_open(cost)
    last = days[-1]
    memories = [day.memory for day in days if day.memory is not None]
    if last.vcpu is None or last.memory_gb is None or len(memories) < at.min_days:
        return "unsized"
    cpu, memory = _percentile([day.cpu for day in days]), _percentile(memories)
    size = Size(last.vcpu, last.memory_gb)
    halvings = _halvings(max(cpu, memory), size, at.busy_below)
    if not halvings:
        return ""
    if cost.by_hour <= 0:
        return _nothing_open(cost)
    part = Decimal(2**halvings)
    smaller = Size(EXACT.divide(size.vcpu, part), EXACT.divide(size.memory_gb, part))
    # Exact: a halving of 18 places may need a place more each time, and is cut to whole units.
    saving = to_money(to_units(cost.by_hour) - to_units(cost.by_hour) // 2**halvings)
    return Oversized(resource, len(days), cpu, memory, size, smaller, cost.by_hour, saving)


def _nothing_open(cost: Cost) -> str:
    return "covered" if cost.committed > 0 else ""


def _same_size(days: Sequence[Measure]) -> list[Measure]:
    """Return the days since the size last changed, oldest first."""
    ordered = sorted(days)
    since = 0
    for number in range(1, len(ordered)):
        if ordered[number][3:] != ordered[number - 1][3:]:
            since = number
    return ordered[since:]


def _percentile(values: Sequence[Decimal]) -> Decimal:
    """Return the smallest value that 95 % of the days do not exceed."""
    return sorted(values)[-(-len(values) * PERCENTILE // 100) - 1]


def _halvings(busy: Decimal, size: Size, busy_below: Decimal) -> int:
    """Return how often a size can be halved: at least one vCPU stays, and the busier of both stays below."""
    fitting = (
        n for n in range(1, MOST_HALVINGS + 1) if size.vcpu >= 2**n and EXACT.multiply(busy, Decimal(2**n)) < busy_below
    )
    return max(fitting, default=0)


METHODS = {
    "rightsizing.resources": "resources whose 95th percentiles of CPU and memory fit a size half as large or smaller",
    "rightsizing.saving": "their cost by the hour on demand or on spot, by the part of the size that they do not need",
    "idle.resources": "resources whose CPU stays below idle_below on every day that is measured",
    "idle.cost": "what they cost on demand or on spot",
    "not_judged.resources": "resources with utilisation on fewer days than min_days, or without memory or size",
    "not_judged.cost": "what they cost on demand or on spot",
    "coverage": "cost by the hour of resources with utilisation ÷ that of all, on demand or on spot",
}


def candidate_findings(found: Candidates | None, currency: str, reason: str = "") -> Findings:
    """Return `candidates.*`; without candidates all are null with the reason."""
    values: dict[str, Decimal | None] = dict.fromkeys(METHODS)
    if found is not None:
        values = {
            "rightsizing.resources": Decimal(len(found.oversized)),
            "rightsizing.saving": reduce(EXACT.add, (one.saving for one in found.oversized), ZERO),
            "idle.resources": Decimal(len(found.idle)),
            "idle.cost": reduce(EXACT.add, (one.cost for one in found.idle), ZERO),
            "not_judged.resources": Decimal(found.short.resources + found.unsized.resources),
            "not_judged.cost": EXACT.add(found.short.cost, found.unsized.cost),
            "coverage": found.coverage,
        }
    without = reason or "nothing is charged by the hour"
    units = {"resources": "resources", "coverage": "share"}
    book = Book(currency, notebook=NOTEBOOK)
    for name, value in values.items():
        unit = units.get(name.rpartition(".")[2], currency)
        book.value(f"candidates.{name}", value, unit, METHODS[name], without)
    return book.findings
