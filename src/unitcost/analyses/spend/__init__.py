"""What was billed, what of it counts, and who owns it."""

from unitcost.analyses.analysis import Analysis
from unitcost.analyses.spend import findings, sentences
from unitcost.analyses.spend.terms import TERMS

ANALYSIS = Analysis(
    "spend",
    findings.NOTEBOOK,
    groups=(
        "billed_cost",
        "effective_cost",
        "scope_cost",
        "cost",
        "reconciliation_gap",
    ),
    findings=findings.findings,
    statements=sentences.STATEMENTS,
    labels=sentences.LABELS,
    terms=TERMS,
)
