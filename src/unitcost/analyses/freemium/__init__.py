"""Whether the free tier pays."""

from unitcost.analyses.analysis import Analysis
from unitcost.analyses.freemium.inputs import findings

ANALYSIS = Analysis("freemium", "30_freemium_roi", findings=findings)
