"""A value over two quantities: a grid of tinted cells, the line where it is zero, and today's place in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from unitcost.display import theme
from unitcost.display.charts.chart import Caption, Chart
from unitcost.display.charts.numbers import Labels, Measure
from unitcost.display.charts.sheet import STRONG_NAME, TICK, VALUE, Point, Rect, Sheet, width_of
from unitcost.numbers.exact import checked

LEFT, TOP, CELL, BOTTOM = 22.0, 6.0, 9.0, 10.0
UPPER = 1.7  # numbers stand high in the cells that today's place, in the middle of one, would cover
TINTS = 4
CELL_TEXT = TICK
BELOW, ABOVE = "#b45309", "#0b3c5d"


class Axis(NamedTuple):
    """A quantity with its values in rising, even steps (the middles of cells) and their measure."""

    name: str
    values: Sequence[Decimal]
    measure: Measure


class Grid(NamedTuple):
    """Both axes and one row of cells per value of `up`, from the lowest."""

    across: Axis
    up: Axis
    cells: Sequence[Sequence[Decimal]]


class Here(NamedTuple):
    """Today's place: across, up, and the interval across."""

    across: Decimal
    up: Decimal
    low: Decimal | None
    high: Decimal | None


def heat_map(grid: Grid, here: Here, caption: Caption, measure: Measure) -> Chart:
    """Return the map of a grid's cells; a stepped line parts those below and above 0.

    Every cell carries its number, so no colour has to be read. Raises ValueError where sizes differ, TypeError for
    floats.
    """
    across, up, cells = grid
    if len(cells) != len(up.values) or any(len(row) != len(across.values) for row in cells):
        raise ValueError("heat_map needs one row of cells per value up and one cell per value across")
    flat = [checked(value, "cell") or Decimal(0) for row in cells for value in row]
    labels = measure.labels(flat)
    sheet = Sheet(TOP + CELL * len(up.values) + BOTTOM)
    wide = (sheet.width - LEFT - 2) / len(across.values)
    largest = max(abs(value) for value in flat) or Decimal(1)

    def place(row: int, column: int) -> Rect:
        top = TOP + CELL * (len(up.values) - 1 - row)
        return Rect(LEFT + wide * column, top, LEFT + wide * (column + 1), top + CELL)

    for row, values in enumerate(cells):
        for column, value in enumerate(values):
            at = place(row, column)
            sheet.box(at, fill=_tint(value, largest), edge=theme.PAPER)
            height = at.top + UPPER if _covered(grid, here, row, column) else (at.top + at.bottom) / 2
            sheet.middle_text(((at.left + at.right) / 2, height), labels.value(value), CELL_TEXT, "center")
    _border(sheet, cells, place)
    _axes(sheet, across, up, wide)
    _here(sheet, grid, here, wide)
    return Chart.of(sheet, caption, _alt(grid, here, labels))


def _tint(value: Decimal, largest: Decimal) -> str:
    """Return a colour pale enough for dark text on it."""
    size = min(abs(float(value / largest)) ** 0.5, 1.0)
    step = round(size * TINTS) / TINTS * 0.34
    base = ABOVE if value >= 0 else BELOW
    parts = [round(255 + (int(base[i : i + 2], 16) - 255) * step) for i in (1, 3, 5)]
    return "#" + "".join(f"{part:02x}" for part in parts)


def _border(sheet: Sheet, cells: Sequence[Sequence[Decimal]], place: Callable[[int, int], Rect]) -> None:
    for row, values in enumerate(cells):
        for column, value in enumerate(values):
            at = place(row, column)
            if column + 1 < len(values) and (value >= 0) != (values[column + 1] >= 0):
                sheet.line((at.right, at.right), (at.top, at.bottom), color=theme.INK, width=1.6)
            if row + 1 < len(cells) and (value >= 0) != (cells[row + 1][column] >= 0):
                sheet.line((at.left, at.right), (at.top, at.top), color=theme.INK, width=1.6)


def _axes(sheet: Sheet, across: Axis, up: Axis, wide: float) -> None:
    bottom = TOP + CELL * len(up.values)
    labels = across.measure.labels(across.values)
    for column, value in enumerate(across.values):
        sheet.text((LEFT + wide * (column + 0.5), bottom + 3.8), labels.value(value), TICK, "center")
    sheet.text((sheet.width - 2, bottom + 8.2), across.name, STRONG_NAME, "right")
    labels = up.measure.labels(up.values)
    for row, value in enumerate(up.values):
        height = TOP + CELL * (len(up.values) - row - 0.5)
        sheet.middle_text((LEFT - 2, height), labels.value(value), TICK, "right")
    sheet.text((0, 3.5), up.name, STRONG_NAME)


def _here(sheet: Sheet, grid: Grid, here: Here, wide: float) -> None:
    across, up, _ = grid
    bottom = TOP + CELL * len(up.values)

    def at(value: Decimal) -> float:
        return min(max(LEFT + wide * (_steps(across.values, value) + 0.5), LEFT), sheet.width - 2)

    height = min(max(bottom - CELL * (_steps(up.values, here.up) + 0.5), TOP), bottom)
    point: Point = (at(here.across), height)
    if here.low is not None and here.high is not None:
        sheet.line((at(here.low), at(here.high)), (height, height), color=theme.INK, width=1.8)
        for end in (at(here.low), at(here.high)):
            sheet.line((end, end), (height - 1.2, height + 1.2), color=theme.INK, width=1.2)
    sheet.dot(point, color=theme.INK, size=2.2)
    half = width_of("today", VALUE) / 2
    across_at = min(max(point[0], LEFT + half), sheet.width - 2 - half)
    sheet.middle_text((across_at, height + 2.9), "today", VALUE, "center")


def _covered(grid: Grid, here: Here, row: int, column: int) -> bool:
    """Tell whether today's place or its interval lies on a cell, or so near that it touches the number there."""
    ends = [_steps(grid.across.values, end) for end in (here.low, here.across, here.high) if end is not None]
    return min(ends) - 0.6 <= column <= max(ends) + 0.6 and abs(_steps(grid.up.values, here.up) - row) < 0.8


def _steps(values: Sequence[Decimal], value: Decimal) -> float:
    """Return where a value lies among even steps, the first one being 0."""
    step = next((b - a for a, b in pairwise(values)), Decimal(1)) or Decimal(1)
    return float((value - values[0]) / step)


def _alt(grid: Grid, here: Here, labels: Labels) -> str:
    across, up, cells = grid
    x, y = across.measure.labels(across.values), up.measure.labels(up.values)
    corners = [
        f"{labels.value(cells[r][c])} at {x.value(across.values[c])} and {y.value(up.values[r])}"
        for r, c in ((0, 0), (0, -1), (-1, 0), (-1, -1))
    ]
    span = ""
    if here.low is not None and here.high is not None:
        span = f" ({x.value(here.low)} to {x.value(here.high)})"
    now = f"today {x.value(here.across)}{span} and {y.value(here.up)}"
    return f"Map over {across.name} and {up.name}: {'; '.join(corners)}; {now}."
