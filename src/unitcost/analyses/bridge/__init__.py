"""Why cost per user moved."""

from unitcost.analyses.analysis import Analysis
from unitcost.analyses.bridge.inputs import NOTEBOOK, findings

ANALYSIS = Analysis("bridge", NOTEBOOK, findings=findings)
