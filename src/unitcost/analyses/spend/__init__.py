"""What was billed, what of it counts, and who owns it."""

from unitcost.analyses.analysis import Analysis
from unitcost.analyses.spend.findings import NOTEBOOK, findings

ANALYSIS = Analysis("spend", NOTEBOOK, findings=findings)
