"""Stations of a flow from left to right, each a box with a name and its numbers, with arrows between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from unitcost.display import theme
from unitcost.display.charts.chart import Caption, Chart
from unitcost.display.charts.names import shown, spoken
from unitcost.display.charts.sheet import NOTE, STRONG_NAME, Rect, Sheet, Style, width_of

HEIGHT, PAD = 27.0, 3.0
GAPS = {2: 40.0, 3: 25.0, 4: 14.0}  # room for an arrow, by stations
SIZES = (13.0, 10.0, 7.5)  # of amounts: the largest that fits
MOST = 4


class Station(NamedTuple):
    """A box: what it is, its number in words, and a line below; `onward` stands on the arrow to the next box."""

    name: str
    amount: str
    note: str = ""
    onward: str = ""


def flow(stations: Sequence[Station], caption: Caption) -> Chart:
    """Return the stations in order. Raises ValueError for fewer than two or more than four."""
    if not 2 <= len(stations) <= MOST:
        raise ValueError(f"flow shows 2 to {MOST} stations, not {len(stations)}")
    sheet = Sheet(HEIGHT)
    gap = GAPS[len(stations)]
    wide = (sheet.width - gap * (len(stations) - 1)) / len(stations)
    middle = HEIGHT / 2
    for number, one in enumerate(stations):
        left = number * (wide + gap)
        sheet.box(Rect(left, 0.5, left + wide, HEIGHT - 0.5), fill=theme.PALE, edge=theme.GRID)
        sheet.text((left + PAD, 6.5), shown(one.name, wide - 2 * PAD, STRONG_NAME), STRONG_NAME)
        sheet.text((left + PAD, 15.0), one.amount, _fitting(one.amount, wide - 2 * PAD))
        sheet.text((left + PAD, 21.5), shown(one.note, wide - 2 * PAD, NOTE), NOTE)
        if number + 1 < len(stations):
            start, end = left + wide + 2, left + wide + gap - 2
            sheet.line((start, end - 1.5), (middle, middle), color=theme.QUIET, width=1.2)
            sheet.area([(end, middle), (end - 2.4, middle - 1.3), (end - 2.4, middle + 1.3)], fill=theme.QUIET)
            at = ((start + end) / 2, middle - 2.2)
            if one.onward and width_of(one.onward, NOTE) <= gap:
                sheet.text(at, one.onward, NOTE, "center")
    parts = [
        ", ".join(spoken(text) for text in (one.name, one.amount, one.note, one.onward) if text) for one in stations
    ]
    return Chart.of(sheet, caption, f"Flow: {'; then '.join(parts)}.")


def _fitting(text: str, room: float) -> Style:
    styles = [Style(size, 600, theme.BRAND) for size in SIZES]
    return next((style for style in styles if width_of(text, style) <= room), styles[-1])
