"""The words on the last page: what each published number means. One text, printed with its version."""

from __future__ import annotations

from unitcost.analyses import ANALYSES

# What a report says of itself; every question brings its own words.
OF_THE_REPORT: tuple[tuple[str, str], ...] = (
    (
        "Preliminary and final",
        "A provider that numbers its invoices is final when every row of the month has a number; any other from "
        "the closing day of the next month on. The month is final when every provider is.",
    ),
    (
        "Restated",
        "A set of the month was published as final, and a number that follows from the month's own data has changed "
        "since. Old → new cost per user is split by what changed: rows, corrections, rules and exchange rates at the "
        "users of then, and the users at the cost of now. The parts add up exactly.",
    ),
)
# From the number on page one to what it rests on. A word that is not here comes after those that are.
READING_ORDER = (
    "Cost per user",
    "Cost in scope",
    "Billed and effective",
    "Monthly active users",
    "Tier",
    "Product line",
    "Growth of users",
    "Sets of product lines",
    "Concentration of use",
    "Range over methods",
    "Usage alone",
    "Unused commitment",
    "Commitments",
    "Machines too large, and idle ones",
    "Best hourly commitment",
    "Unallocated",
    "COGS and R&D",
    "Coverage",
    "Why it moved",
    "Conversion",
    "Break-even of the free tier",
    "Lifetime value and return",
    "Margin after infrastructure",
    "Forecast",
    "Cost anomalies",
    "Levers",
    "Portfolio",
    "Experiments",
    "Reconciliation",
    "Data quality",
    "Preliminary and final",
    "Restated",
)


def definitions() -> tuple[tuple[str, str], ...]:
    """Return each word with what it means, in the order in which they are read."""
    terms = [*(term for analysis in ANALYSES for term in analysis.terms), *OF_THE_REPORT]
    places = {name: place for place, name in enumerate(READING_ORDER)}
    return tuple(sorted(terms, key=lambda term: places.get(term[0], len(places))))
