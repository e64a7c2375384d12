"""How sure the split of shared cost is."""

from unitcost.analyses.analysis import Analysis
from unitcost.analyses.split import inputs
from unitcost.analyses.split.terms import TERMS

ANALYSIS = Analysis(
    "split",
    "20_cost_per_user",
    groups=("cost_per_user",),
    findings=inputs.findings,
    terms=TERMS,
)
