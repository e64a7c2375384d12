"""Which rows of the bills are asked for again: those of a month in scope that a filter matches."""

from __future__ import annotations

from unitcost.month.company import Company
from unitcost.warehouse.bills.bill_rows import Filter
from unitcost.warehouse.bills.matched import RowQuery


def asked_of(company: Company, month: str, applies_to: Filter) -> RowQuery:
    """Return the question for a month's rows in scope that match `applies_to`; an empty filter matches all."""
    outside = [rule.when for rule in company.rules.rules if rule.out_of_scope is not None]
    costs = company.config.costs
    return RowQuery(month, costs.basis, applies_to, costs.exclude_categories, outside)
