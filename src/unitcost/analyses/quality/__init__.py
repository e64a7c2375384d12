"""What is damaged in the bills, what was accepted, and whether invoices agree."""

from unitcost.analyses.analysis import Analysis
from unitcost.analyses.quality.inputs import rests_on

ANALYSIS = Analysis(
    "quality",
    why="it says what is wrong with the bills, in notebook 10_spend; it has no number of its own",
    rests_on=rests_on,
)
