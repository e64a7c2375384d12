"""Findings of spend: billed, effective, in scope, and what of it has an owner."""

from __future__ import annotations

from unitcost.analyses.analysis import Request
from unitcost.month.result import SPEND
from unitcost.numbers.book import Findings

NOTEBOOK = SPEND


def findings(request: Request) -> Findings:
    """Return the findings of a month's allocation that are about spend."""
    return request.company.result(request.month).of_notebook(NOTEBOOK)
