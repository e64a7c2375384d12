"""Why cost per user moved."""

from unitcost.analyses.analysis import Analysis
from unitcost.analyses.bridge import inputs

ANALYSIS = Analysis("bridge", inputs.NOTEBOOK, groups=("bridge",), findings=inputs.findings)
