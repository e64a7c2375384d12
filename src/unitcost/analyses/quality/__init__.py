"""What is damaged in the bills, what was accepted, and whether invoices agree."""

from unitcost.analyses.analysis import Analysis
from unitcost.analyses.quality import inputs
from unitcost.analyses.quality.terms import TERMS

ANALYSIS = Analysis(
    "quality",
    why="it says what is wrong with the bills, in notebook 10_spend; it has no number of its own",
    rests_on=inputs.rests_on,
    terms=TERMS,
)
