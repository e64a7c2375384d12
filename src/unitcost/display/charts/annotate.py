"""Direct labels for a line chart: at the end of the line, and at the few months worth a number."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise

from unitcost.display import theme
from unitcost.display.charts.months import short_month
from unitcost.display.charts.panel import GAP, Plot, Track
from unitcost.display.charts.scale import spread
from unitcost.display.charts.sheet import NOTE, TICK, VALUE, Point, Rect, Style, place_of, width_of

LINE_HEIGHT = 3.4
CLEARANCE = 0.8  # kept free beside a label
_ACCENT = Style(theme.SIZE_LABEL, 600, theme.BRAND)

# Height on the scale (None: no value) and the lines written there.
Block = tuple[Decimal | None, list[tuple[str, Style]]]


def end_room(track: Track) -> float:
    """Return the width the texts right of the plot need."""
    return GAP + max(width_of(text, style) for _, lines in _end_blocks(track) for text, style in lines)


def draw_ends(plot: Plot) -> None:
    """Write the last value with its month, the target and another course right of the plot, pushed apart."""
    blocks = _end_blocks(plot.track)
    centre = (plot.area.top + plot.area.bottom) / 2
    heights = [plot.scale.at(value) if value is not None else centre for value, _ in blocks]
    sizes = [LINE_HEIGHT * len(lines) for _, lines in blocks]
    placed = spread(heights, sizes, plot.area.top - LINE_HEIGHT, plot.area.bottom + LINE_HEIGHT / 2)
    for (_, lines), middle, size in zip(blocks, placed, sizes, strict=True):
        for number, (text, style) in enumerate(lines):
            height = middle - size / 2 + LINE_HEIGHT * (number + 0.5)
            plot.sheet.middle_text((plot.area.right + GAP, height), text, style)


def draw_remarkable(plot: Plot) -> None:
    """Label the same month a year ago, the extremes and the first month, each only where there is room."""
    points = plot.points()
    taken = _obstacles(plot, points)
    year_ago = plot.track.months.year_before()
    if year_ago in points:
        plot.sheet.dot(points[year_ago], color=theme.BRAND, size=1.7, hollow=True)
    for month in _remarkable(plot.track, points):
        value = plot.track.labels.value(plot.track.at(month))
        text = f"{value} ({short_month(month, plot.track.labels.formats.locale)})"
        style = {plot.track.months.now: _ACCENT, year_ago: VALUE}.get(month, NOTE)
        for at, room in _around(plot, points[month], text, style):
            if not any(room.overlaps(other) for other in taken):
                plot.sheet.box(room, fill=theme.PAPER)
                plot.sheet.text(at, text, style)
                taken.append(room)
                break


def _end_blocks(track: Track) -> list[Block]:
    locale = track.labels.formats.locale
    if track.outlook:
        month = max(track.outlook)
        last: Decimal | None = track.outlook[month].value
        lines = [(track.labels.value(last), VALUE), (short_month(month, locale), TICK), ("expected", TICK)]
    else:
        last = track.at(track.months.now)
        lines = [(track.labels.value(last), _ACCENT), (short_month(track.months.now, locale), TICK)]
    blocks: list[Block] = [(last, lines)]
    target = track.last_target()
    if target is not None:
        blocks.append((target, [(f"{track.aim} {track.labels.value(target)}", NOTE)]))
    if track.course:
        end = track.course[max(track.course)]
        blocks.append((end, [(track.labels.value(end), NOTE), (track.course_name, TICK)]))
    return blocks


def _remarkable(track: Track, points: Mapping[str, Point]) -> list[str]:
    """Months worth a label, most important first, each once; the last only if an outlook took its place."""
    wanted = [track.months.now if track.outlook else None, track.months.year_before()]
    wanted += [*(track.extremes() or ()), next(iter(points), None)]
    found = dict.fromkeys(month for month in wanted if month is not None and month in points)
    return [month for month in found if track.outlook or month != track.months.now]


def _around(plot: Plot, point: Point, text: str, style: Style) -> list[tuple[Point, Rect]]:
    """Places for a label near a point, best first, all inside the plot."""
    width = width_of(text, style)
    found = []
    for rise in (1.8, 3.0, 4.5):
        for height in (point[1] - rise, point[1] + rise + 2.0):
            for left in (point[0] - width / 2, point[0] - width + 1, point[0] - 1):
                inside = min(max(left, plot.area.left + CLEARANCE), plot.area.right - width)
                at = (inside, height)
                tight = place_of(at, text, style)
                room = Rect(tight.left - CLEARANCE, tight.top, tight.right + CLEARANCE, tight.bottom)
                if plot.area.top - 2.5 <= room.top and room.bottom <= plot.area.bottom - 0.3:
                    found.append((at, room))
    return found


def _obstacles(plot: Plot, points: Mapping[str, Point]) -> list[Rect]:
    """Rectangles along every stretch of the lines that labels keep clear of."""
    ahead = sorted(plot.track.outlook.items())
    routes = [
        list(points.values()),
        [plot.point(month, value) for month, value in sorted(plot.track.target.items())],
        [*list(points.values())[-1:], *(plot.point(month, one.value) for month, one in ahead)],
        [plot.point(month, value) for month, value in sorted(plot.track.course.items())],
        [plot.point(month, one.high) for month, one in ahead if one.high is not None],
        [plot.point(month, one.low) for month, one in ahead if one.low is not None],
    ]
    found = [Rect(x - 1.0, y - 1.0, x + 1.0, y + 1.0) for x, y in points.values()]
    for route in routes:
        for (x0, y0), (x1, y1) in pairwise(route):
            steps = max(1, int(max(abs(x1 - x0), abs(y1 - y0))))
            for step in range(steps + 1):
                x, y = x0 + (x1 - x0) * step / steps, y0 + (y1 - y0) * step / steps
                found.append(Rect(x - 0.5, y - 0.5, x + 0.5, y + 0.5))
    return found
