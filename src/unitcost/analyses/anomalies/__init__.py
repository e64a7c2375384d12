"""On which days cost was not as usual."""

from unitcost.analyses.analysis import Analysis
from unitcost.analyses.anomalies import inputs

ANALYSIS = Analysis("anomalies", "60_outlook", groups=("anomalies",), findings=inputs.findings)
