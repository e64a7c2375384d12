"""Shares that grow with age, each in a panel: a stepped line in its band, with the number still followed below."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from unitcost.display import theme
from unitcost.display.charts.chart import Caption, Chart
from unitcost.display.charts.names import shown, spoken
from unitcost.display.charts.numbers import Labels, Measure
from unitcost.display.charts.panel import tick_labels
from unitcost.display.charts.scale import Scale, from_zero
from unitcost.display.charts.sheet import NOTE, STRONG_NAME, TICK, VALUE, Point, Rect, Sheet, width_of
from unitcost.numbers.exact import checked

HEADER, PLOT, FOOTER, GAP, COLUMN_GAP = 7.0, 30.0, 12.0, 2.0, 7.0
MOST = 4
MARKS = 4  # ages written below the axis


class AgePoint(NamedTuple):
    """A share at an age, its interval, and how many were followed so long."""

    age: int
    share: Decimal
    low: Decimal | None
    high: Decimal | None
    followed: int


def age_curves(
    panels: Sequence[tuple[str, Sequence[AgePoint]]], caption: Caption, measure: Measure, *, age: str = "days"
) -> Chart:
    """Return one panel per (name, points by age), two in a row, all on the same scales.

    Raises ValueError for no panels, more than four or one without points, TypeError for floats.
    """
    if not 1 <= len(panels) <= MOST or not all(points for _, points in panels):
        raise ValueError(f"age_curves shows 1 to {MOST} names with points each")
    for name, points in panels:
        for point in points:
            checked(point.share, spoken(name))
    tops = [p.high if p.high is not None else p.share for _, points in panels for p in points if p.followed]
    labels = measure.labels(tops)
    columns = min(2, len(panels))
    lines = -(-len(panels) // columns)
    sheet = Sheet(lines * (HEADER + PLOT + FOOTER))
    oldest = max(points[-1].age for _, points in panels)
    room = max(width_of("followed", TICK), *(width_of(labels.value(top), TICK) for top in tops)) + GAP
    width = (sheet.width - COLUMN_GAP * (columns - 1)) / columns
    for number, (name, points) in enumerate(panels):
        left = (number % columns) * (width + COLUMN_GAP)
        top = (number // columns) * (HEADER + PLOT + FOOTER)
        area = Rect(left + room, top + HEADER, left + width - room - 3, top + HEADER + PLOT)
        sheet.text((left, top + 3.5), shown(name, width, STRONG_NAME), STRONG_NAME)
        scale = from_zero(tops, area.bottom, area.top)
        _panel(sheet, area, points, scale, labels=labels, oldest=max(oldest, 1), age=age)
    parts = []
    for name, points in panels:
        last = points[-1]
        parts.append(
            f"{spoken(name)}: {labels.value(last.share)} by {last.age} {age}, {last.followed} followed so long"
        )
    return Chart.of(sheet, caption, f"Shares by age: {'; '.join(parts)}.")


def _panel(
    sheet: Sheet, area: Rect, points: Sequence[AgePoint], scale: Scale, *, labels: Labels, oldest: int, age: str
) -> None:
    for tick, text in zip(scale.ticks, tick_labels(labels, scale), strict=True):
        height = scale.at(tick)
        sheet.line((area.left, area.right), (height, height), color=theme.GRID if tick else theme.QUIET)
        sheet.middle_text((area.left - GAP, height), text, TICK, "right")

    def at(days: int, value: Decimal) -> Point:
        return area.left + (area.right - area.left) * days / oldest, scale.at(value)

    known = [p for p in points if p.low is not None and p.high is not None]
    if len(known) > 1:
        highs = [at(p.age, p.high) for p in known if p.high is not None]
        lows = [at(p.age, p.low) for p in known if p.low is not None]
        sheet.area([*highs, *reversed(lows)], fill=theme.DOWN_FILL)
    places = [at(p.age, p.share) for p in points]
    sheet.line([x for x, _ in places], [y for _, y in places], color=theme.BRAND, width=theme.LINE_PT)
    sheet.dot(places[-1], color=theme.BRAND, size=1.5)
    sheet.middle_text((places[-1][0] + 1.5, places[-1][1]), labels.value(points[-1].share), VALUE)
    sheet.text((area.left, area.bottom + 3.6), age, TICK, "right")
    sheet.text((area.left, area.bottom + 7.2), "followed", TICK, "right")
    taken = area.left
    for mark in range(1, MARKS + 1):
        near = min(points, key=lambda p: (abs(p.age - oldest * mark / MARKS), p.age))
        across = at(near.age, Decimal(0))[0]
        texts = (str(near.age), labels.formats.count(Decimal(near.followed)))
        half = max(width_of(text, NOTE) for text in texts) / 2
        if across - half < taken + GAP:
            continue
        for line, text in enumerate(texts):
            sheet.text((across, area.bottom + 3.6 * (line + 1)), text, TICK, "center")
        taken = across + half
