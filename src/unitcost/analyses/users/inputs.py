"""A company's users as sets: growth, overlaps of product lines, and how much a few users make of the use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unitcost.analyses.analysis import Request
from unitcost.analyses.users.growth import (
    FIRST_MONTH,
    NO_MONTH_BEFORE,
    TOPS,
    Concentration,
    Growth,
    concentration_findings,
    growth_findings,
    head_count,
)
from unitcost.analyses.users.overlap import LineSet, line_sets
from unitcost.month.users import NEEDS_USERS
from unitcost.numbers.months import month_before

if TYPE_CHECKING:
    from unitcost.month.company import Company
    from unitcost.numbers.book import Findings

USER_DAYS = "user-days"


def findings(request: Request) -> Findings:
    """Return `growth.*` and `concentration.*` of a month."""
    company, month = request.company, request.month
    grown, used = growth(company, month), concentration(company, month)
    return {
        **(growth_findings(None, grown) if isinstance(grown, str) else growth_findings(grown)),
        **(concentration_findings(None, used) if isinstance(used, str) else concentration_findings(used)),
    }


def growth(company: Company, month: str, earlier: str = "") -> Growth | str:
    """Return the users of a month against those of an earlier one (the month before), or why that is unknown.

    Raises ValueError if `earlier` is no earlier month.
    """
    sets = company.marts.user_sets
    base = earlier or month_before(month)
    if base >= month:
        raise ValueError(f"{base} is not before {month}")
    if month not in sets.folders:
        return NEEDS_USERS
    if month == sets.first_month():
        return FIRST_MONTH
    if base not in sets.folders:
        return NO_MONTH_BEFORE if not earlier else f"there is no activity of {base} to compare with"
    return Growth(*sets.compare(month, base))


def concentration(company: Company, month: str) -> Concentration | str:
    """Return what the heaviest users use of the default driver, of user-days where nothing of it is used.

    Returns the reason where that is unknown.
    """
    sets, least = company.marts.user_sets, company.config.report.min_users
    if month not in sets.folders:
        return NEEDS_USERS
    mau = company.result(month).users.mau or 0
    if mau < least:
        return f"only {mau} of the {least} users that a comparison of users needs (min_users)"
    counts = {per_cent: head_count(mau, per_cent) for per_cent in TOPS}
    for driver in (company.rules.default_driver, USER_DAYS):
        found = sets.heaviest(month, "" if driver == USER_DAYS else driver, counts.values())
        if found is not None and found.whole:
            return Concentration(driver, found.whole, {p: found.of_first[n] for p, n in counts.items()})
    return "nobody used anything"


def overlaps(company: Company, month: str) -> list[LineSet]:
    """Return the users of a month by the exact set of product lines they use, the largest sets first.

    Every set is there, however small, so pages show them through `metrics.overlap.shown`. None where only
    counts are given.
    """
    places = {str(line): int(place) for line, place in company.marts.table("line_places", month)[1]}
    return line_sets(company.marts.table("line_sets", month)[1], places)
