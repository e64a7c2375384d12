"""The questions a report answers, in the order in which they are computed; adding one is a folder and a line."""

from unitcost.analyses import (
    anomalies,
    bridge,
    candidates,
    commitments,
    experiments,
    freemium,
    levers,
    outlook,
    quality,
    spend,
    split,
    unit_cost,
    users,
)

ANALYSES = (
    spend.ANALYSIS,
    unit_cost.ANALYSIS,
    commitments.ANALYSIS,
    users.ANALYSIS,
    bridge.ANALYSIS,
    quality.ANALYSIS,
    candidates.ANALYSIS,
    freemium.ANALYSIS,
    split.ANALYSIS,
    outlook.ANALYSIS,
    anomalies.ANALYSIS,
    experiments.ANALYSIS,
    levers.ANALYSIS,
)
