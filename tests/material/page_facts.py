"""The roles, and facts of a month by hand from which page one is written."""

from __future__ import annotations

from material.places import ROOT
from unitcost.display.formats import Formats
from unitcost.display.model import ReportFacts, Role, Summary
from unitcost.display.text import Names
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


def facts(now: str | None, before: str | None = None, year: str | None = None) -> ReportFacts:
    """Facts in which cost per user is `now`, was `before` and was `year` a year ago; the rest stands still."""
    findings = {
        name: {
            "value": "0.9" if unit == "share" else "100",
            "low": None,
            "high": None,
            "previous": None,
            "unit": unit,
            "reason": None,
            "label": None,
        }
        for name, unit in UNITS.items()
    }
    for name in FREEMIUM:
        findings[f"freemium.{name}"] = dict.fromkeys(("value", "previous", "low", "high", "label")) | {
            "unit": "",
            "reason": "nobody is known to pay",
        }
    findings["cost_per_user"] |= {"value": now, "previous": before, "reason": None if now else "12 users are too few"}
    findings["reconciliation_gap"]["value"] = "0"
    return ReportFacts(
        company="Acme",
        month="2024-05",
        currency="USD",
        locale="en_US",
        status="preliminary",
        status_reason="waits for AWS (closes on 2024-06-10)",
        run_id="0123456789abcdef",
        findings=findings,
        history={"cost_per_user": [("2023-05", year), ("2024-05", now)]},
    )


def summary(role: Role, about: ReportFacts) -> Summary:
    return page_one(role, about, Formats.of("en_US", "USD", role.negatives), Names())
