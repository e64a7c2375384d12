"""The charts that only this question draws."""

from unitcost.analyses.freemium.charts.curves import AgePoint, age_curves
from unitcost.analyses.freemium.charts.flow import Station, flow
from unitcost.analyses.freemium.charts.heat import Axis, Grid, Here, heat_map

__all__ = ["AgePoint", "Axis", "Grid", "Here", "Station", "age_curves", "flow", "heat_map"]
