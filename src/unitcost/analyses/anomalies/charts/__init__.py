"""The charts that only this question draws."""

from unitcost.analyses.anomalies.charts.daily import daily

__all__ = ["daily"]
