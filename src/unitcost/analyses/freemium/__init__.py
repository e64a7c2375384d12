"""Whether the free tier pays."""

from unitcost.analyses.analysis import Analysis
from unitcost.analyses.freemium import inputs, sentences
from unitcost.analyses.freemium.terms import TERMS

ANALYSIS = Analysis(
    "freemium",
    "30_freemium_roi",
    groups=(
        "freemium",
        "revenue",
        "margin",
    ),
    findings=inputs.findings,
    statements=sentences.STATEMENTS,
    terms=TERMS,
)
