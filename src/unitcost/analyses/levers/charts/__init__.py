"""The charts that only this question draws."""

from unitcost.analyses.levers.charts.effort import effort_curve

__all__ = ["effort_curve"]
