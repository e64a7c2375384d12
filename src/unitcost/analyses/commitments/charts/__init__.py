"""The charts that only this question draws."""

from unitcost.analyses.commitments.charts.curve import Chosen, cost_curve

__all__ = ["Chosen", "cost_curve"]
