"""What a choice costs: a curve over the amount chosen, its cheapest point and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from unitcost.display import theme
from unitcost.display.charts.chart import Caption, Chart
from unitcost.display.charts.numbers import Labels, Measure, Number
from unitcost.display.charts.scale import Scale, from_zero
from unitcost.display.charts.sheet import NOTE, TICK, VALUE, Rect, Sheet, Style, width_of
from unitcost.numbers.exact import checked

HEIGHT, HEADER, AXIS = 52.0, 9.0, 11.0
GAP = 2.0
RIGHT = 4.0
TICKS = 6
THINNEST = 0.4
Point = tuple[Number, Number]


class Chosen(NamedTuple):
    """A point on the curve to be told apart: the amount, what it costs, and where the best amount may lie."""

    amount: Number
    cost: Number
    low: Number | None = None
    high: Number | None = None


class _Plot(NamedTuple):
    sheet: Sheet
    area: Rect
    across: Scale
    up: Scale

    def at(self, amount: Decimal, cost: Decimal) -> tuple[float, float]:
        return self.across.at(amount), self.up.at(cost)


class _Words(NamedTuple):
    """How costs and amounts are worded, the unit of costs, and the name of the first point."""

    labels: Labels
    amounts: Labels
    unit: str
    nothing: str


def cost_curve(
    points: Sequence[Point], chosen: Chosen, caption: Caption, measure: Measure, *, amount: str, nothing: str = ""
) -> Chart:
    """Return the curve through (amount, cost), with the chosen point labelled and its range as a band.

    `amount` names the axis below ("Commitment, USD an hour"), `nothing` the first point ("All on demand"). Raises
    ValueError for fewer than two points or a range that runs downwards, TypeError for floats.
    """
    found = [(_number(x, "amount"), _number(y, "cost")) for x, y in points]
    best = (_number(chosen.amount, "amount"), _number(chosen.cost, "cost"))
    low, high = checked(chosen.low, "low end"), checked(chosen.high, "high end")
    if len(found) < 2:
        raise ValueError("a curve needs two points")
    if low is not None and high is not None and low > high:
        raise ValueError(f"the range runs from {low} down to {high}")
    line = sorted({*found, best})
    labels = measure.labels([cost for _, cost in line])
    amounts = measure.labels([x for x, _ in line])
    plot = _plot(line, labels)
    _band(plot, low, high)
    _axes(plot, labels, amounts, amount)
    places = [plot.at(x, cost) for x, cost in line]
    plot.sheet.line([x for x, _ in places], [y for _, y in places], color=theme.BRAND, width=theme.LINE_PT)
    words = _Words(labels, amounts, measure.unit, nothing)
    _first(plot, found[0], words)
    _best(plot, best, labels, amounts)
    if low is not None and high is not None:
        _span(plot, best, f"likely {amounts.value(low)} to {amounts.value(high)}")
    return Chart.of(plot.sheet, caption, _alt(found, best, (low, high), words))


def _band(plot: _Plot, low: Decimal | None, high: Decimal | None) -> None:
    if low is not None and high is not None:
        left = plot.across.at(low)
        right = max(plot.across.at(high), left + THINNEST)
        plot.sheet.box(Rect(left, plot.area.top, right, plot.area.bottom), fill=theme.DOWN_FILL)


def _number(value: Number | None, what: str) -> Decimal:
    number = checked(value, what)
    if number is None:
        raise ValueError(f"a curve has no unknown {what}")
    return number


def _plot(line: Sequence[tuple[Decimal, Decimal]], labels: Labels) -> _Plot:
    sheet = Sheet(HEADER + HEIGHT + AXIS)
    costs = [cost for _, cost in line]
    area = Rect(0, HEADER, sheet.width - RIGHT, HEADER + HEIGHT)
    up = from_zero(costs, area.bottom, area.top)
    left = max(width_of(labels.value(tick), TICK) for tick in up.ticks) + GAP
    area = area._replace(left=left)
    return _Plot(sheet, area, from_zero([x for x, _ in line], area.left, area.right, most=TICKS), up)


def _axes(plot: _Plot, labels: Labels, amounts: Labels, amount: str) -> None:
    area = plot.area
    for tick in plot.up.ticks:
        height = plot.up.at(tick)
        plot.sheet.line((area.left, area.right), (height, height), color=theme.GRID if tick else theme.QUIET)
        plot.sheet.middle_text((area.left - GAP, height), labels.value(tick), TICK, "right")
    for tick in plot.across.ticks:
        x = plot.across.at(tick)
        plot.sheet.line((x, x), (area.bottom, area.bottom + 0.9), color=theme.QUIET)
        plot.sheet.text((x, area.bottom + 4.2), amounts.value(tick), TICK, "center")
    plot.sheet.text((area.left, area.bottom + 8.8), amount, NOTE)


def _first(plot: _Plot, first: tuple[Decimal, Decimal], words: _Words) -> None:
    if not words.nothing:
        return
    x, y = plot.at(*first)
    plot.sheet.dot((x, y), color=theme.QUIET, size=1.7, hollow=True)
    plot.sheet.clear_text((x + GAP, y - 3.2), f"{words.nothing}: {words.labels.value(first[1])}", NOTE)


def _best(plot: _Plot, best: tuple[Decimal, Decimal], labels: Labels, amounts: Labels) -> None:
    x, y = plot.at(*best)
    plot.sheet.line((x, x), (y, plot.area.bottom), color=theme.BRAND, dash=(2, 2))
    plot.sheet.dot((x, y), color=theme.BRAND, size=2.4)
    text = f"{labels.value(best[1])} at {amounts.value(best[0])}"
    _below(plot, (x, y + 4.6), text, VALUE)


def _span(plot: _Plot, best: tuple[Decimal, Decimal], text: str) -> None:
    x, y = plot.at(*best)
    _below(plot, (x, y + 8.6), text, NOTE)


def _below(plot: _Plot, at: tuple[float, float], text: str, style: Style) -> None:
    """Write a text centred on a place, as far as the plot has room."""
    wide = width_of(text, style)
    left = min(max(at[0] - wide / 2, plot.area.left + GAP), plot.area.right - wide)
    plot.sheet.clear_text((left, at[1]), text, style)


def _alt(
    points: Sequence[tuple[Decimal, Decimal]],
    best: tuple[Decimal, Decimal],
    ends: tuple[Decimal | None, Decimal | None],
    words: _Words,
) -> str:
    (_, first), (most, last) = points[0], points[-1]
    labels, amounts, unit, nothing = words
    low, high = ends
    known = low is not None and high is not None
    span = f", likely between {amounts.value(low)} and {amounts.value(high)}" if known else ""
    return (
        f"A curve of cost: {nothing or 'nothing chosen'} {labels.with_unit(first, unit)}; lowest "
        f"{labels.with_unit(best[1], unit)} at {amounts.value(best[0])}{span}; "
        f"{labels.with_unit(last, unit)} at {amounts.value(most)}."
    )
