"""Who the users are as sets: growth, overlaps of product lines, and how much a few of them use."""

from unitcost.analyses.analysis import Analysis
from unitcost.analyses.users.inputs import findings

ANALYSIS = Analysis("users", "22_users", findings=findings)
