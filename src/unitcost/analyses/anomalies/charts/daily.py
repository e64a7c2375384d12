"""A quantity day by day against what would have been usual, with the days that stand out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal

from babel.dates import format_skeleton

from unitcost.display import theme
from unitcost.display.charts.chart import Caption, Chart
from unitcost.display.charts.numbers import Labels, Measure, Number
from unitcost.display.charts.panel import GAP, tick_labels
from unitcost.display.charts.scale import Scale, from_zero, spread
from unitcost.display.charts.sheet import NOTE, TICK, VALUE, Rect, Sheet, width_of
from unitcost.numbers.exact import checked

HEIGHT, TOP, AXIS = 34.0, 3.0, 6.5
DayRow = tuple[date, Number, Number | None]


def daily(rows: Sequence[DayRow], marked: Collection[date], caption: Caption, measure: Measure) -> Chart:
    """Return (day, value, usual value) as a solid line over a dashed one, the days of `marked` as dots in colour.

    Days are in order, one after the other. Raises ValueError for fewer than two, TypeError for floats.
    """
    if len(rows) < 2:
        raise ValueError("a chart of days needs at least two")
    days = [day for day, _, _ in rows]
    values = [_number(value, day) for day, value, _ in rows]
    usual = [None if one is None else _number(one, day) for day, _, one in rows]
    there = [value for value in usual if value is not None]
    labels = measure.labels([*values, *there])
    sheet = Sheet(TOP + HEIGHT + AXIS)
    scale = from_zero([*values, *there], TOP + HEIGHT, TOP)
    ends = [(values[-1], f"{labels.value(values[-1])} on the last day"), (there[-1] if there else None, "usual")]
    right = sheet.width - GAP - max(width_of(text, VALUE) for _, text in ends)
    area = Rect(_left(labels, scale), TOP, right, TOP + HEIGHT)
    across = [area.left + (area.right - area.left) * place / (len(days) - 1) for place in range(len(days))]
    _axes(sheet, area, scale, labels, list(zip(days, across, strict=True)))
    known = [(x, scale.at(one)) for x, one in zip(across, usual, strict=True) if one is not None]
    if len(known) > 1:
        sheet.line([x for x, _ in known], [y for _, y in known], color=theme.MUTED, width=1.0, dash=(3, 2))
    sheet.line(across, [scale.at(value) for value in values], color=theme.BRAND, width=theme.LINE_PT)
    for x, day, value in zip(across, days, values, strict=True):
        if day in marked:
            sheet.dot((x, scale.at(value)), color=theme.UP_EDGE, size=1.7)
    said = [(scale.at(value), text) for value, text in ends if value is not None]
    heights = spread([height for height, _ in said], [3.4] * len(said), area.top, area.bottom)
    for (_, text), height, style in zip(said, heights, (VALUE, NOTE), strict=False):
        sheet.middle_text((area.right + GAP, height), text, style)
    return Chart.of(sheet, caption, _alt(rows, marked, labels, measure))


def _number(value: Number, day: date) -> Decimal:
    found = checked(value, f"value of {day}")
    if found is None:
        raise ValueError(f"{day} has no value")
    return found


def _left(labels: Labels, scale: Scale) -> float:
    return max(width_of(text, TICK) for text in tick_labels(labels, scale)) + GAP


def _axes(sheet: Sheet, area: Rect, scale: Scale, labels: Labels, days: Sequence[tuple[date, float]]) -> None:
    for tick, text in zip(scale.ticks, tick_labels(labels, scale), strict=True):
        height = scale.at(tick)
        sheet.line((area.left, area.right), (height, height), color=theme.GRID if tick else theme.QUIET)
        sheet.middle_text((area.left - GAP, height), text, TICK, "right")
    for day, across in days:
        if day.day in (1, 15):
            sheet.line((across, across), (area.bottom, area.bottom + 0.9), color=theme.QUIET)
            text = _day(day, labels)
            half = width_of(text, TICK) / 2
            sheet.text((min(max(across, area.left + half), area.right), area.bottom + 3.8), text, TICK, "center")


def _day(day: date, labels: Labels) -> str:
    return str(format_skeleton("MMMd", day, locale=labels.formats.locale))


def _alt(rows: Sequence[DayRow], marked: Collection[date], labels: Labels, measure: Measure) -> str:
    said = [
        f"{labels.with_unit(_number(value, day), measure.unit)} on {_day(day, labels)}"
        + (f" (usual {labels.value(_number(usual, day))})" if usual is not None else "")
        for day, value, usual in rows
        if day in marked
    ]
    first, last = _day(rows[0][0], labels), _day(rows[-1][0], labels)
    return f"Line chart by day, {first} to {last}. Days that stand out: {', '.join(said) or 'none'}."
