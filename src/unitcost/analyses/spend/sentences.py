"""What page one and the sections say of spend: what was billed, what counts, who owns it, and that it agrees."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from unitcost.display.formats import Formats
from unitcost.display.page import Page
from unitcost.numbers.amounts import amount_of, part
from unitcost.numbers.estimate import Estimate

Findings = Mapping[str, Estimate]
LABELS = {
    "scope_cost": "Cost in scope",
    "billed_cost": "Billed",
    "effective_cost": "Effective",
    "allocation_coverage": "Cost with an owner",
    "tag_coverage": "Cost with a product tag",
    "cost.unallocated": "Cost nobody owns",
    "cost.unused_commitment": "Unused commitments",
}


def owned(findings: Findings, formats: Formats) -> str:
    """Return which share of cost has an owner, and how much has none; '' where that is not known."""
    share = amount_of(findings["allocation_coverage"].value)
    if share is None:
        return ""
    rest = formats.whole_money(amount_of(findings["cost.unallocated"].value))
    return f"{formats.share(share)} of cost has an owner; {rest} has none"


def rnd(findings: Findings, formats: Formats) -> str:
    """Return what research and development took, in money and of cost in scope; '' where it took nothing."""
    amount, scope = (amount_of(findings[name].value) for name in ("cost.rnd", "scope_cost"))
    if not amount or not scope or scope <= 0:
        return ""
    share = formats.share(part(amount, scope))
    return f"Research and development took {formats.whole_money(amount)}, {share} of cost in scope"


def scope(findings: Findings, formats: Formats) -> str:
    """Return what was billed, what of it is the effective cost, and what is in scope."""
    names = ("billed_cost", "effective_cost", "scope_cost")
    billed, effective, counted = (formats.whole_money(amount_of(findings[name].value)) for name in names)
    return f"{billed} was billed, {effective} is the effective cost, {counted} is in scope"


def reconciled(findings: Findings) -> str:
    """Return that the figures agree with the bills, '' where they do not."""
    agree = amount_of(findings["reconciliation_gap"].value) == 0
    return "The figures agree with the bills to the last digit" if agree else ""


STATEMENTS: dict[str, Callable[[Page], str | None]] = {
    "coverage": lambda page: page.sentence(owned(page.findings, page.formats)),
    "rnd": lambda page: page.sentence(rnd(page.findings, page.formats)),
    "scope": lambda page: page.sentence(scope(page.findings, page.formats)),
    "reconciled": lambda page: page.sentence(reconciled(page.findings)),
}
