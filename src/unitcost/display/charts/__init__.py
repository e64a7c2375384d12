"""The house charts. Each function draws one and returns it as a value that shows itself in a notebook."""

from unitcost.report.figures.chart import Caption, Chart
from unitcost.report.figures.curve import Chosen, cost_curve
from unitcost.report.figures.curves import AgePoint, age_curves
from unitcost.report.figures.daily import daily
from unitcost.report.figures.effort import effort_curve
from unitcost.report.figures.flow import Station, flow
from unitcost.report.figures.heat import Axis, Grid, Here, heat_map
from unitcost.report.figures.methods import range_bars
from unitcost.report.figures.numbers import Measure
from unitcost.report.figures.paired import paired_bars
from unitcost.report.figures.ranges import dot_ranges
from unitcost.report.figures.ranked import ranked_bars, with_rest
from unitcost.report.figures.stacked import stacked_share
from unitcost.report.figures.synthetic import Week, against_synthetic
from unitcost.report.figures.trend import Series, multiples_by_name, small_multiples
from unitcost.report.figures.upset import upset
from unitcost.report.figures.waterfall import waterfall

__all__ = [
    "AgePoint",
    "Axis",
    "Caption",
    "Chart",
    "Chosen",
    "Grid",
    "Here",
    "Measure",
    "Series",
    "Station",
    "Week",
    "against_synthetic",
    "age_curves",
    "cost_curve",
    "daily",
    "dot_ranges",
    "effort_curve",
    "flow",
    "heat_map",
    "multiples_by_name",
    "paired_bars",
    "range_bars",
    "ranked_bars",
    "small_multiples",
    "stacked_share",
    "upset",
    "waterfall",
    "with_rest",
]
