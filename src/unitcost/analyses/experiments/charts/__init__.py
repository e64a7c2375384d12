"""The charts that only this question draws."""

from unitcost.analyses.experiments.charts.synthetic import Week, against_synthetic

__all__ = ["Week", "against_synthetic"]
