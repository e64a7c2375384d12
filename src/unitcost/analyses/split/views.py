"""What notebooks show about the split of shared cost: how far each unit cost depends on the way it is done."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from unitcost.analyses.split.inputs import sensitivity
from unitcost.analyses.split.sensitivity import CONFIGURED
from unitcost.display import charts
from unitcost.display.charts.numbers import Measure
from unitcost.display.tables import Column
from unitcost.display.view import View
from unitcost.month.company import Company
from unitcost.month.report import Report
from unitcost.month.users import TIERS
from unitcost.numbers.estimate import Estimate


@dataclass(frozen=True, slots=True)
class Ranged:
    """A unit cost over all methods; `marginal` is that of usage alone. None is unknown, for the `reason`."""

    name: str
    low: Decimal | None
    value: Decimal | None
    high: Decimal | None
    marginal: Decimal | None
    reason: str

    def row(self) -> tuple[str, Decimal | None, Decimal | None, Decimal | None, Decimal | None]:
        """Return the row for `range_bars`."""
        return self.name, self.low, self.value, self.high, self.marginal


@dataclass(frozen=True, slots=True)
class Ranks:
    """The places of a product line by cost per user, 1 the dearest: as configured and over all methods."""

    name: str
    configured: int
    best: int
    worst: int

    @property
    def changes(self) -> bool:
        """Tell whether the place depends on the method."""
        return self.best != self.worst


def ranges(report: Report) -> list[Ranged]:
    """Return the tiers, then the product lines by name, each with its lowest and highest cost per user."""
    findings = report.findings
    names = {f"{tier.capitalize()} users": f"cost_per_user.{tier}" for tier in TIERS}
    lines = report.company.result(report.month).slugs["product"]
    found = [_ranged(findings, label, name) for label, name in names.items()]
    return found + [_ranged(findings, line, f"cost_per_user.product.{slug}") for line, slug in lines.items()]


def sentences(report: Report) -> list[str]:
    """Return one sentence of facts for each of `ranges`."""
    measure = Measure("unit_cost", report.fmt, report.unit)
    return [_sentence(one, measure) for one in ranges(report)]


def ranks(company: Company, month: str) -> list[Ranks]:
    """Return the places of the product lines whose unit cost is known, by name. Equal costs share a place."""
    result, least = company.result(month), company.config.report.min_users
    heads = {line: result.users.by_line.get(line, 0) for line in result.allocation.lines}
    known = [line for line, users in heads.items() if users and users >= least]
    places: dict[str, dict[str, int]] = {line: {} for line in known}
    for method, allocation in sensitivity(company, month).allocations.items():
        cost = {line: Fraction(allocation.by_line[line], heads[line]) for line in known}
        for line in known:
            places[line][method] = 1 + sum(cost[other] > cost[line] for other in known)
    return [Ranks(line, found[CONFIGURED], min(found.values()), max(found.values())) for line, found in places.items()]


def rank_changes(company: Company, month: str) -> list[str]:
    """Return a sentence for every product line whose place by cost per user depends on the method."""
    return [
        f"{one.name} is number {one.configured} by cost per user as configured, and between number {one.best} "
        f"and number {one.worst} by method."
        for one in ranks(company, month)
        if one.changes
    ]


def _ranged(findings: dict[str, Estimate], label: str, name: str) -> Ranged:
    estimates = [findings.get(f"{name}{end}") for end in (".low_method", "", ".high_method", ".marginal")]
    low, value, high, marginal = (
        one.value if one is not None and isinstance(one.value, Decimal) else None for one in estimates
    )
    return Ranged(label, low, value, high, marginal, findings[name].reason or "")


def _sentence(one: Ranged, measure: Measure) -> str:
    if one.value is None:
        return f"{one.name}, not known: {one.reason}."
    labels = measure.labels([one.low, one.value, one.high, one.marginal])
    text = f"{one.name}: {labels.with_unit(one.value, measure.unit)}"
    if one.low == one.high:
        text += ", however shared cost is split"
    else:
        text += f" as configured, between {labels.value(one.low)} and {labels.value(one.high)} by method"
    if one.marginal is not None:
        text += f"; usage alone is {labels.value(one.marginal)}"
    return f"{text}."


# What the sections of a report show


def method_ranges(report: Report) -> View:
    """Return the cost per user of tiers and product lines over all ways to split shared cost."""
    rows = [row for row in ranges(report) if row.value is not None]
    if not rows:
        return View()
    spread = [row for row in rows if row.low != row.high]
    word = f"{len(spread)} of {len(rows)} unit costs depend" if spread else "No unit cost depends"
    title, subtitle = "Cost per user by method of splitting shared cost", f"{report.currency} per user"
    caption = charts.Caption(title, subtitle, report.source())
    measure = Measure("unit_cost", report.fmt, report.unit)
    labels = ("Unit cost", "Lowest", "As configured", "Highest", "Usage alone")
    return View(
        f"{word} on how shared cost is split",
        [row.row() for row in rows[:14]],
        [Column(label) for label in labels],
        draw=lambda rows: charts.range_bars(rows, caption, measure, apart="Usage alone"),
    )


def methods(report: Report) -> View:
    """Return what the ways to split are, and which product line changes its place by them."""
    if all(row.value is None for row in ranges(report)):
        return View()
    note = "Methods: as configured, evenly, in proportion to direct cost, and by a driver. "
    note += "Usage alone: without fixed and shared parts."
    return View(prose=[*rank_changes(report.company, report.month), note])
