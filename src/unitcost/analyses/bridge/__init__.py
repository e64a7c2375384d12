"""Why cost per user moved."""

from unitcost.analyses.analysis import Analysis
from unitcost.analyses.bridge import inputs, sentences
from unitcost.analyses.bridge.terms import TERMS

ANALYSIS = Analysis(
    "bridge",
    inputs.NOTEBOOK,
    groups=("bridge",),
    findings=inputs.findings,
    statements=sentences.STATEMENTS,
    terms=TERMS,
)
