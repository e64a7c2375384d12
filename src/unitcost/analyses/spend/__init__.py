"""What was billed, what of it counts, and who owns it."""

from unitcost.analyses.analysis import Analysis
from unitcost.analyses.spend import findings

ANALYSIS = Analysis("spend", findings.NOTEBOOK, findings=findings.findings)
