"""How much of what commitments could cover they cover, and how much of them is used."""

from unitcost.analyses.analysis import Analysis
from unitcost.analyses.commitments import inputs
from unitcost.analyses.commitments.positions import NOTEBOOK
from unitcost.analyses.commitments.terms import TERMS

ANALYSIS = Analysis(
    "commitments",
    NOTEBOOK,
    groups=("commitment",),
    findings=inputs.findings,
    terms=TERMS,
)
