"""On which days cost was not as usual."""

from unitcost.analyses.analysis import Analysis
from unitcost.analyses.anomalies import inputs
from unitcost.analyses.anomalies.terms import TERMS

ANALYSIS = Analysis(
    "anomalies",
    "60_outlook",
    groups=("anomalies",),
    findings=inputs.findings,
    terms=TERMS,
)
