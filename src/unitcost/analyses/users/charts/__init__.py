"""The charts that only this question draws."""

from unitcost.analyses.users.charts.upset import upset

__all__ = ["upset"]
