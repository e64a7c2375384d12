"""The house charts. Each function draws one and returns it as a value that shows itself in a notebook."""

from unitcost.display.charts.chart import Caption, Chart
from unitcost.display.charts.methods import range_bars
from unitcost.display.charts.numbers import Measure
from unitcost.display.charts.paired import paired_bars
from unitcost.display.charts.ranges import dot_ranges
from unitcost.display.charts.ranked import ranked_bars, with_rest
from unitcost.display.charts.stacked import stacked_share
from unitcost.display.charts.trend import Series, multiples_by_name, small_multiples
from unitcost.display.charts.waterfall import waterfall

__all__ = [
    "Caption",
    "Chart",
    "Measure",
    "Series",
    "dot_ranges",
    "multiples_by_name",
    "paired_bars",
    "range_bars",
    "ranked_bars",
    "small_multiples",
    "stacked_share",
    "waterfall",
    "with_rest",
]
