"""How sure the split of a month is: the month with its shared cost split in each way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unitcost.analyses.analysis import Request
from unitcost.analyses.split.sensitivity import Sensitivity, sensitivity_findings

if TYPE_CHECKING:
    from unitcost.month.company import Company
    from unitcost.numbers.book import Findings


def findings(request: Request) -> Findings:
    """Return the lowest and highest cost per user over the ways to split, and the marginal cost of a free user."""
    report = request.company.config.report
    return sensitivity_findings(sensitivity(request.company, request.month), report.currency, report.min_users)


def sensitivity(company: Company, month: str) -> Sensitivity:
    """Return a month's allocations by method."""
    return company.once(
        ("sensitivity", month),
        lambda: Sensitivity(company.result(month), company.rules, company.config.allocation.unused_commitment),
    )
