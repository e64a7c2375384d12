"""A company's experiments: from the bills to the days of what was treated and of what it is compared with."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from unitcost.analyses.experiments.estimates.daily import Daily, Window, window
from unitcost.analyses.experiments.experiment_days import ExperimentDayRow, experiment_days
from unitcost.analyses.experiments.experiment_file import DRIVER, Experiment, Experiments
from unitcost.month.owners import OwnerKind, matching_rules, owner_of
from unitcost.numbers.months import by_day, first_day, last_day
from unitcost.warehouse.bills.bill_rows import Filter
from unitcost.warehouse.usage.active_days import TRAILING, ByDay, active_users, used

if TYPE_CHECKING:
    from unitcost.month.company import Company

SERVICE_KEYS = ("ServiceName", "ServiceCategory", "ServiceSubcategory")
REGION_KEYS = ("RegionId", "RegionName", "AvailabilityZone")
TOUCHED = 0.01  # share of a unit's cost from which on another experiment's rows count
OTHERS = {"other_products": "other product lines", "other_services": "other services", "other_regions": "other regions"}
NO_DAILY = "activity is given as counts by month, so that no driver is known by day"


@dataclass(frozen=True, slots=True)
class OwnedDayRow:
    """A row of the bills with its owner; only rows in scope."""

    row: ExperimentDayRow
    kind: OwnerKind
    owner: str


@dataclass(frozen=True, slots=True)
class Trial:
    """An experiment with the days of its units.

    `left_out` is money of the treated rows in the months of the window that tells nothing about days, by reason;
    `exposure` what cost is divided by, in words; `no_exposure` why it is not although it should be, and
    `no_controls` why there are none although there should be.
    """

    experiment: Experiment
    window: Window
    treated: Daily
    controls: tuple[Daily, ...]
    left_out: Mapping[str, Decimal] = field(default_factory=dict)
    exposure: str = ""
    no_exposure: str = ""
    no_controls: str = ""


def dimension(experiment: Experiment, product_tag: str) -> tuple[str, ...]:
    """Return the keys of `treated` that tell it from its controls; () for listed controls or none."""
    return {
        "other_products": (f"Tags.{product_tag}",),
        "other_services": SERVICE_KEYS,
        "other_regions": REGION_KEYS,
    }.get(experiment.controls if isinstance(experiment.controls, str) else "", ())


def wide(experiment: Experiment, product_tag: str) -> dict[str, str | Sequence[str]]:
    """Return the filter of treated rows and controls together: the treated one without what tells them apart."""
    own = dimension(experiment, product_tag)
    return {key: value for key, value in experiment.treated.items() if key not in own}


class Trials:
    """The experiments of a company as seen at the end of a month."""

    def __init__(self, company: Company, month: str) -> None:
        self.company = company
        self.last = last_day(month)
        self.experiments = company.given(Experiments).until(self.last)
        self._filters, self._places = _filters(self.experiments, company.config.costs.product_tag)
        self._known: dict[str, list[OwnedDayRow]] = {}
        self._exposures: dict[str, tuple[ByDay | None, str]] = {}

    def trial(self, experiment: Experiment) -> Trial:
        """Return an experiment with the days of its units. Raises DataProblem for bills that are gone."""
        months = self.company.marts.cost_months()
        known = (first_day(months[0]), self.last)
        span = window(experiment.started_on, experiment.anticipation_days, experiment.ramp_days, known)
        rows = [row for month in self._months(span) for row in self._rows(month)]
        place = self._places[experiment.id, "treated"]
        treated = [one for one in rows if place in one.row.matched]
        days, what, why = self._exposure(experiment, span)
        unit = self._daily(experiment, "treated", treated, days, span)
        others = [
            self._daily(experiment, name, own, days, span)
            for name, own in self._control_rows(experiment, rows, treated).items()
        ]
        lonely = "" if others else _no_controls(experiment, self.company.config.costs.product_tag)
        return Trial(experiment, span, unit, tuple(others), _left_out(treated), what, why, lonely)

    def _months(self, span: Window) -> list[str]:
        first, last = f"{span.first:%Y-%m}", f"{max(span.last, span.until):%Y-%m}"
        return [month for month in self.company.marts.cost_months() if first <= month <= last]

    def _rows(self, month: str) -> list[OwnedDayRow]:
        if month not in self._known:
            scope = self.company.scope
            matching = matching_rules(self.company.rules, scope)
            rows = experiment_days(self.company.marts.repeats, month, self._filters, scope.basis, scope.rule_order)
            owned = ((row, owner_of(row, matching(row.rule_values), scope)) for row in rows)
            # What is left out is told, whether it is in scope or not; what is out of scope by a rule is not.
            self._known[month] = [
                OwnedDayRow(row, kind, owner)
                for row, (kind, owner, _) in owned
                if kind is not OwnerKind.OUT_OF_SCOPE and (kind is not OwnerKind.EXCLUDED or row.left_out)
            ]
        return self._known[month]

    def _control_rows(
        self, experiment: Experiment, rows: Sequence[OwnedDayRow], treated: Sequence[OwnedDayRow]
    ) -> dict[str, list[OwnedDayRow]]:
        if not isinstance(experiment.controls, str):
            places = [self._places[experiment.id, str(n)] for n in range(len(experiment.controls))]
            names = control_names(experiment.controls)
            own = self._places[experiment.id, "treated"]
            return {
                name: [one for one in rows if place in one.row.matched and own not in one.row.matched]
                for name, place in zip(names, places, strict=True)
            }
        if experiment.controls == "none":
            return {}
        place = self._places[experiment.id, "wide"]
        taken = {_unit_of(one, experiment.controls) for one in treated if one.row.day}
        found: dict[str, list[OwnedDayRow]] = {}
        for one in rows:
            name = _unit_of(one, experiment.controls)
            if place in one.row.matched and name is not None and name not in taken:
                found.setdefault(name, []).append(one)
        return dict(sorted(found.items()))

    def _daily(
        self, experiment: Experiment, name: str, rows: Sequence[OwnedDayRow], exposure: ByDay | None, span: Window
    ) -> Daily:
        costs: dict[dt.date, list[Decimal]] = {}
        covered: dict[dt.date, list[Decimal]] = {}
        listed: dict[dt.date, list[Decimal | None]] = {}
        commitments: dict[str, tuple[dt.date, dt.date]] = {}
        for one in rows:
            day = one.row.day
            if day is None or not span.holds(day):
                continue
            costs.setdefault(day, []).append(one.row.cost)
            listed.setdefault(day, []).append(one.row.list)
            if one.row.commitment is not None:
                covered.setdefault(day, []).append(one.row.cost)
                first, last = commitments.get(one.row.commitment, (day, day))
                commitments[one.row.commitment] = (min(first, day), max(last, day))
        lines = {one.owner if one.kind is OwnerKind.PRODUCT_LINE else None for one in rows if one.row.day}
        line = next(iter(lines)) if len(lines) == 1 else None
        return Daily(
            name,
            {day: _sum(amounts) for day, amounts in costs.items()},
            {day: None if None in known else _sum(a for a in known if a is not None) for day, known in listed.items()},
            {day: _sum(amounts) for day, amounts in covered.items()},
            None if exposure is None else exposure.get(line, exposure.get(None, {})),
            commitments,
            self._touched(experiment, rows, span, costs),
        )

    def _touched(
        self, experiment: Experiment, rows: Sequence[OwnedDayRow], span: Window, costs: Mapping[dt.date, object]
    ) -> dict[str, float]:
        """Return the share of a unit's cost that another experiment with a start in the window treats, by its id."""
        whole = _sum(one.row.cost for one in rows if one.row.day in costs)
        found = {}
        for other in self.experiments:
            if other.id != experiment.id and _overlaps(other, span) and whole:
                place = self._places[other.id, "treated"]
                share = _sum(one.row.cost for one in rows if one.row.day in costs and place in one.row.matched) / whole
                if share >= TOUCHED:
                    found[other.id] = share
        return found

    def _exposure(self, experiment: Experiment, span: Window) -> tuple[ByDay | None, str, str]:
        """Return exposure by line and day, what it is in words, and why there is none where there should be."""
        if experiment.exposure == "none":
            return None, "cost, not divided", ""
        marts = self.company.marts
        first = f"{span.first - (TRAILING - 1) * dt.timedelta(days=1):%Y-%m}"
        last = f"{max(span.last, span.until):%Y-%m}"
        if experiment.exposure.startswith(DRIVER):
            driver = experiment.exposure.removeprefix(DRIVER)
            what = f"cost ÷ {driver} of the day"
            if marts.aggregate:
                return {}, what, NO_DAILY
            months = [month for month in marts.user_folders if first <= month <= last]
            found = used(marts.user_sets, months, driver)
            return found or {}, what, "" if found else f"no activity of these months has the column {driver}"
        if marts.aggregate:
            counted = self._counted()
            why = "" if counted else "users are counted by tier only, and tiers may not be added"
            return counted, "cost ÷ users of the month, on a straight line from month to month", why
        months = [month for month in marts.user_folders if first <= month <= last]
        return (
            _whole(active_users(marts.user_sets, months), set(months)),
            "cost ÷ users active in the 28 days until the day",
            "" if months else "there is no activity in these months",
        )

    def _counted(self) -> ByDay:
        """Return ready-made counts by line and day: each month's users in its middle, on a straight line between.

        Later months are not known yet, or a month's answer would change with the next month's count.
        """
        counts: dict[str | None, dict[str, float]] = {}
        for month, rows in self.company.marts.aggregate.items():
            for row in rows if f"{month}-01" <= self.last.isoformat() else ():
                if row.cells.get("tier") is None:
                    counts.setdefault(row.cells.get("product_line"), {})[month] = float(row.amount("mau"))
        return {line: _daily_counts(by_month) for line, by_month in counts.items()}


def _whole(users: ByDay, months: Collection[str]) -> ByDay:
    """Return the days whose whole 28 days are known: before that, and after a month that is missing, it is too few."""
    begun = min(users.get(None, {}), default=None)

    def is_whole(day: dt.date) -> bool:
        first = day - (TRAILING - 1) * dt.timedelta(days=1)
        return begun is not None and first >= begun and {f"{first:%Y-%m}", f"{day:%Y-%m}"} <= set(months)

    return {line: {day: n for day, n in days.items() if is_whole(day)} for line, days in users.items()}


def _daily_counts(by_month: Mapping[str, float]) -> dict[dt.date, float]:
    first, last = first_day(min(by_month)), last_day(max(by_month))
    days = [first + number * dt.timedelta(days=1) for number in range((last - first).days + 1)]
    return dict(zip(days, by_day(by_month, days), strict=True))


def _filters(experiments: Sequence[Experiment], product_tag: str) -> tuple[list[Filter], dict[tuple[str, str], int]]:
    """Return every filter that is asked for, and its place by experiment and what it is for."""
    filters: list[Filter] = []
    places: dict[tuple[str, str], int] = {}

    def put(identifier: str, what: str, given: Filter) -> None:
        places[identifier, what] = len(filters)
        filters.append(given)

    for one in experiments:
        put(one.id, "treated", one.treated)
        if isinstance(one.controls, str):
            put(one.id, "wide", wide(one, product_tag))
        else:
            for number, given in enumerate(one.controls):
                put(one.id, str(number), given)
    return filters, places


def _unit_of(one: OwnedDayRow, controls: str) -> str | None:
    if controls == "other_services":
        return one.row.service
    if controls == "other_regions":
        return one.row.region
    return one.owner if one.kind is OwnerKind.PRODUCT_LINE else None


def _no_controls(experiment: Experiment, product_tag: str) -> str:
    """Return why no row could be a control, '' where none was asked for."""
    kind = experiment.controls if isinstance(experiment.controls, str) else ""
    if kind not in OTHERS:
        return ""
    keys = dimension(experiment, product_tag)
    if not any(key in experiment.treated for key in keys):
        return f"there are no {OTHERS[kind]} to compare with: treated names none, in {' or '.join(keys)}"
    return f"there are no {OTHERS[kind]} to compare with"


def _overlaps(other: Experiment, span: Window) -> bool:
    return span.holds(other.started_on) or span.holds(other.started_on + other.ramp_days * dt.timedelta(days=1))


def _left_out(rows: Iterable[OwnedDayRow]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for one in rows:
        if one.row.left_out is not None:
            found[one.row.left_out] = found.get(one.row.left_out, Decimal(0)) + one.row.cost
    return dict(sorted(found.items()))


def control_names(filters: Sequence[Filter]) -> list[str]:
    """Return a name for each listed control: the values of its filter, with their keys where values alone are taken."""
    short = [", ".join(_values(one[key]) for key in sorted(one)) for one in filters]
    long = [", ".join(f"{key} {_values(one[key])}" for key in sorted(one)) for one in filters]
    return [name if short.count(name) == 1 else full for name, full in zip(short, long, strict=True)]


def _values(patterns: str | Sequence[str]) -> str:
    return patterns if isinstance(patterns, str) else " or ".join(patterns)


def _sum(amounts: Iterable[Decimal]) -> float:
    return math.fsum(float(amount) for amount in amounts)
