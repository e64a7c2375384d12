"""The roles, and facts of a month by hand from which page one is written."""

from __future__ import annotations

from decimal import Decimal

from material.places import ROOT
from unitcost.display.facts import ReportFacts
from unitcost.display.formats import Formats
from unitcost.display.model import Role, Summary
from unitcost.display.text import Names
from unitcost.numbers.estimate import Estimate
from unitcost.pages.roles import load_roles
from unitcost.pages.summary import page_one

ROLES = load_roles(ROOT / "templates")
UNITS = {
    "cost_per_user": "USD/user",
    "cost_per_user.free": "USD/user",
    "cost_per_user.paid": "USD/user",
    "cost_per_user.cogs": "USD/user",
    "mau": "users",
    "scope_cost": "USD",
    "billed_cost": "USD",
    "effective_cost": "USD",
    "cost.unallocated": "USD",
    "cost.rnd": "USD",
    "allocation_coverage": "share",
    "reconciliation_gap": "USD",
    "freemium.roi": "ratio",
    "freemium.conversion": "share",
    "freemium.break_even_conversion": "share",
    "freemium.paid_share": "share",
    "freemium.break_even_paid_share": "share",
    "freemium.break_even_serving_cost": "USD/user",
    "freemium.ltv": "USD/user",
    "freemium.ltv.at_most": "USD/user",
    "freemium.ltv_horizon_months": "months",
}
# What nobody is known to pay leaves open.
FREEMIUM = (
    "roi",
    "conversion",
    "break_even_conversion",
    "paid_share",
    "break_even_paid_share",
    "break_even_serving_cost",
)


def amount(text: str | None) -> Decimal | None:
    """An amount written as text, or none."""
    return None if text is None else Decimal(text)


def facts(now: str | None, before: str | None = None, year: str | None = None) -> ReportFacts:
    """Facts in which cost per user is `now`, was `before` and was `year` a year ago; the rest stands still."""
    findings = {
        name: Estimate(Decimal("0.9") if unit == "share" else Decimal(100), unit) for name, unit in UNITS.items()
    }
    for name in FREEMIUM:
        findings[f"freemium.{name}"] = Estimate(None, reason="nobody is known to pay")
    reason = None if now else "12 users are too few"
    findings["cost_per_user"] = Estimate(amount(now), "USD/user", previous=amount(before), reason=reason)
    findings["reconciliation_gap"] = Estimate(Decimal(0), "USD")
    return ReportFacts(
        company="Acme",
        month="2024-05",
        currency="USD",
        locale="en_US",
        status="preliminary",
        status_reason="waits for AWS (closes on 2024-06-10)",
        run_id="0123456789abcdef",
        findings=findings,
        history={"cost_per_user": [("2023-05", amount(year)), ("2024-05", amount(now))]},
    )


def summary(role: Role, about: ReportFacts) -> Summary:
    return page_one(role, about, Formats.of("en_US", "USD", role.negatives), Names())
