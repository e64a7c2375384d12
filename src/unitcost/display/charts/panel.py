"""One line chart over months, drawn into a rectangle: the part small multiples are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from unitcost.display import theme
from unitcost.display.charts.months import Months
from unitcost.display.charts.numbers import Labels, known
from unitcost.display.charts.scale import Scale, from_zero
from unitcost.display.charts.sheet import TICK, Point, Rect, Sheet, place_of, width_of

GAP = 2.0  # between a mark and its label
HATCH = 1.2  # between two lines of a hatched range
OVERHANG = 1.0  # how far the text of the time axis may stand out beside the plot


@dataclass(frozen=True, slots=True)
class ExpectedRange:
    """A value expected for a month and the range it may fall in."""

    value: Decimal
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Track:
    """A series ready to draw: value by month (None or absent: a gap), its wording, target, outlook and other course."""

    months: Months
    values: Mapping[str, Decimal | None]
    labels: Labels
    target: Mapping[str, Decimal] = field(default_factory=dict)
    outlook: Mapping[str, ExpectedRange] = field(default_factory=dict)
    aim: str = "Target"  # what the target is called
    course: Mapping[str, Decimal] = field(default_factory=dict)
    course_name: str = ""

    def at(self, month: str | None) -> Decimal | None:
        """Return the value of a month, None where there is none."""
        return self.values.get(month) if month is not None else None

    def numbers(self) -> list[Decimal]:
        """Return everything that must fit on the scale."""
        ahead = [number for one in self.outlook.values() for number in (one.value, one.low, one.high)]
        return known([*self.values.values(), *self.target.values(), *ahead, *self.course.values()])

    def extremes(self) -> tuple[str, str] | None:
        """Return the (first) months with the highest and the lowest value, None if all are the same."""
        present = {month: value for month in sorted(self.values) if (value := self.values[month]) is not None}
        if len(set(present.values())) < 2:
            return None
        return max(present, key=lambda month: present[month]), min(present, key=lambda month: present[month])

    def last_target(self) -> Decimal | None:
        """Return the target of the last month, else the latest one there is."""
        if not self.target:
            return None
        return self.target.get(self.months.now, self.target[max(self.target)])


@dataclass(frozen=True, slots=True)
class Plot:
    """Where the lines go: `area` in millimetres, with its scale of values."""

    sheet: Sheet
    area: Rect
    scale: Scale
    track: Track

    def x(self, month: str) -> float:
        """Return the place of a month."""
        count = len(self.track.months.all)
        if count == 1:
            return (self.area.left + self.area.right) / 2
        share = self.track.months.place(month) / (count - 1)
        return self.area.left + share * (self.area.right - self.area.left)

    def point(self, month: str, value: Decimal) -> Point:
        """Return the place of a value."""
        return self.x(month), self.scale.at(value)

    def points(self) -> dict[str, Point]:
        """Return the place of every month that has a value, in order."""
        values = ((month, self.track.at(month)) for month in self.track.months.all)
        return {month: self.point(month, value) for month, value in values if value is not None}


def value_scale(tracks: Sequence[Track], top: float, bottom: float) -> Scale:
    """Return a scale from zero for everything the tracks hold, upwards from `bottom`."""
    return from_zero([number for track in tracks for number in track.numbers()], bottom, top)


def tick_labels(labels: Labels, scale: Scale) -> list[str]:
    """Return the texts of a scale, with the fewest digits that tell its ticks apart."""
    steps = [-int(tick.normalize().as_tuple().exponent) for tick in scale.ticks if tick]
    digits = max([0, *steps]) - (2 if labels.kind == "share" else 0)
    wording = Labels(labels.formats, labels.kind, scale.ticks, digits=max(0, digits))
    return ["0" if wording.compact and not tick else wording.value(tick) for tick in scale.ticks]


def draw_grid(plot: Plot, *, ticks: bool = True) -> None:
    """Draw the light horizontal grid and, with `ticks`, the numbers left of it."""
    labels = tick_labels(plot.track.labels, plot.scale)
    for tick, text in zip(plot.scale.ticks, labels, strict=True):
        height = plot.scale.at(tick)
        color = theme.GRID if tick else theme.QUIET
        plot.sheet.line((plot.area.left, plot.area.right), (height, height), color=color)
        if ticks:
            plot.sheet.middle_text((plot.area.left - GAP, height), text, TICK, "right")


def draw_months(plot: Plot) -> None:
    """Draw the time axis under the plot."""
    taken: list[Rect] = []
    left, right = plot.area.left - OVERHANG, plot.area.right + OVERHANG
    for place, text in plot.track.months.ticks(plot.track.labels.formats.locale):
        across = plot.x(plot.track.months.all[place])
        half = width_of(text, TICK) / 2
        at = (min(max(across, left + half), right - half), plot.area.bottom + 3.8)
        room = place_of(at, text, TICK, "center")
        plot.sheet.line((across, across), (plot.area.bottom, plot.area.bottom + 0.9), color=theme.QUIET)
        if not any(room.overlaps(other) for other in taken):
            taken.append(plot.sheet.text(at, text, TICK, "center"))


def draw_line(plot: Plot) -> None:
    """Draw the values, broken at gaps and breaks; a month between two of them is a dot, so is the last month."""
    _draw_outlook(plot)
    _draw_target(plot)
    _draw_course(plot)
    _draw_breaks(plot)
    points = plot.points()
    places: list[Point | None] = []
    for month in plot.track.months.all:
        places += [None, points.get(month)] if month in plot.track.months.breaks else [points.get(month)]
    for run in _runs(places):
        if len(run) > 1:
            plot.sheet.line([x for x, _ in run], [y for _, y in run], color=theme.BRAND, width=theme.LINE_PT)
        else:
            plot.sheet.dot(run[0], color=theme.BRAND, size=1.0)
    last = points.get(plot.track.months.now)
    if last is not None:
        plot.sheet.dot(last, color=theme.BRAND, size=1.7)


def _runs(points: Sequence[Point | None]) -> list[list[Point]]:
    """Return the stretches without a gap."""
    found: list[list[Point]] = [[]]
    for point in points:
        if point is not None:
            found[-1].append(point)
        elif found[-1]:
            found.append([])
    return [run for run in found if run]


def _draw_breaks(plot: Plot) -> None:
    """Draw an upright line before every month from which another definition holds."""
    for month in plot.track.months.breaks:
        across = plot.x(month) - (plot.area.right - plot.area.left) / (2 * (len(plot.track.months.all) - 1))
        plot.sheet.line((across, across), (plot.area.top, plot.area.bottom), color=theme.MUTED, dash=(1.2, 2))


def _draw_target(plot: Plot) -> None:
    values = [(month, plot.track.target.get(month)) for month in plot.track.months.all]
    places = [plot.point(month, value) if value is not None else None for month, value in values]
    for run in _runs(places):
        ends = run if len(run) > 1 else [(run[0][0] - 1.5, run[0][1]), (run[0][0] + 1.5, run[0][1])]
        plot.sheet.line([x for x, _ in ends], [y for _, y in ends], color=theme.MUTED, width=1.0, dash=(1.2, 2))


def _draw_course(plot: Plot) -> None:
    """Draw another course of the months ahead from the last value on, in dashes and dots."""
    now = plot.track.at(plot.track.months.now)
    start = [plot.point(plot.track.months.now, now)] if now is not None else []
    route = start + [plot.point(month, value) for month, value in sorted(plot.track.course.items())]
    if plot.track.course:
        dash = (5, 1.5, 1.2, 1.5)
        plot.sheet.line([x for x, _ in route], [y for _, y in route], color=theme.MUTED, width=1.0, dash=dash)


def _draw_outlook(plot: Plot) -> None:
    """Draw what is expected as a dashed line from the last value on, in a pale band with its range."""
    ahead = sorted(plot.track.outlook.items())
    now = plot.track.at(plot.track.months.now)
    start = [plot.point(plot.track.months.now, now)] if now is not None else []
    highs = start + [plot.point(month, one.high) for month, one in ahead if one.high is not None]
    lows = start + [plot.point(month, one.low) for month, one in ahead if one.low is not None]
    if len(highs) > 1 and len(lows) > 1:
        plot.sheet.area([*highs, *reversed(lows)], fill=theme.DOWN_FILL)
        _hatch(plot.sheet, highs, lows)
        for edge in (highs, lows):
            plot.sheet.line([x for x, _ in edge], [y for _, y in edge], color=theme.QUIET)
    middle = start + [plot.point(month, one.value) for month, one in ahead]
    if ahead:
        plot.sheet.line([x for x, _ in middle], [y for _, y in middle], color=theme.BRAND, width=1.1, dash=(4, 2))
        plot.sheet.dot(middle[-1], color=theme.BRAND, size=1.5, hollow=True)


def _hatch(sheet: Sheet, highs: Sequence[Point], lows: Sequence[Point]) -> None:
    """Draw upright hatching between two lines: what lies ahead is never a plain area."""
    across = highs[0][0] + HATCH
    while across < highs[-1][0]:
        ends = (_height(highs, across), _height(lows, across))
        sheet.line((across, across), ends, color=theme.ACCENT, width=0.35)
        across += HATCH


def _height(route: Sequence[Point], across: float) -> float:
    for (x0, y0), (x1, y1) in pairwise(route):
        if x0 <= across <= x1 and x1 > x0:
            return y0 + (y1 - y0) * (across - x0) / (x1 - x0)
    return route[-1][1]
