"""Findings of unit cost: users, what each costs, and what of the cost is allocated."""

from __future__ import annotations

from unitcost.analyses.analysis import Request
from unitcost.numbers.book import UNIT_COST, Findings

NOTEBOOK = UNIT_COST


def findings(request: Request) -> Findings:
    """Return the findings of a month's allocation that are about users and unit cost."""
    return request.company.result(request.month).of_notebook(NOTEBOOK)
