"""On which days cost was not as usual."""

from unitcost.analyses.analysis import Analysis
from unitcost.analyses.anomalies.inputs import findings

ANALYSIS = Analysis("anomalies", "60_outlook", findings=findings)
