"""Who the users are as sets: growth, overlaps of product lines, and how much a few of them use."""

from unitcost.analyses.analysis import Analysis
from unitcost.analyses.users import inputs
from unitcost.analyses.users.terms import TERMS

ANALYSIS = Analysis(
    "users",
    "22_users",
    groups=(
        "growth",
        "concentration",
    ),
    findings=inputs.findings,
    terms=TERMS,
)
