"""All findings of a month: every analysis in its order, then the values of the month before."""

from __future__ import annotations

from unitcost.analyses import ANALYSES
from unitcost.analyses.analysis import Request
from unitcost.errors import DataProblem
from unitcost.month.company import Company
from unitcost.month.result import with_previous
from unitcost.numbers.book import Findings


def findings(company: Company, month: str, against: str | None = None) -> Findings:
    """Return every finding of a month by name, each with its value of the month before.

    The bridge leads from `against`, by default from the month before. Each month is computed once in the life of
    the company. Raises DataProblem for months without data.
    """
    earlier = company.before(company.check_month(month))
    if against is not None and company.check_month(against) >= month:
        raise DataProblem(
            f"{month} cannot be explained against {against}",
            why="a bridge leads from an earlier month",
            fix=f"name a month before {month}",
        )
    now = _of(company, month, against)
    return with_previous(now, _of(company, earlier, None, previous=True) if earlier else None)


def _of(company: Company, month: str, against: str | None, *, previous: bool = False) -> Findings:
    def compute() -> Findings:
        computed: Findings = {}
        for analysis in ANALYSES:
            computed |= analysis.findings(Request(company, month, against, previous, computed))
        return computed

    return company.once(("findings", month, against, previous), compute, shared=False)
