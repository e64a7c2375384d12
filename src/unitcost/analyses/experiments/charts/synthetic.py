"""What was treated against what it is compared with, week by week, and below it the gap among those of the controls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from babel.dates import format_skeleton

from unitcost.display import theme
from unitcost.display.charts.chart import Caption, Chart
from unitcost.display.charts.numbers import Labels, Measure, known
from unitcost.display.charts.panel import GAP, tick_labels
from unitcost.display.charts.scale import Scale, from_zero, spread
from unitcost.display.charts.sheet import NOTE, STRONG_NAME, TICK, VALUE, Rect, Sheet, width_of
from unitcost.numbers.exact import checked

HEADER, UPPER, LOWER, AXIS, APART = 6.5, 29.0, 24.0, 6.5, 3.0
MARKS = 6  # dates below the axis
SIDE, BEYOND = Decimal("0.1"), 3  # grey lines go up to so many times the treated's largest gap, or to this share


class Week(NamedTuple):
    """A week from its first day on: level of the treated and of the synthetic, 100 = before; the gaps are shares."""

    first: date
    treated: Decimal
    synthetic: Decimal | None
    gap: Decimal | None
    placebos: tuple[Decimal, ...] = ()


def against_synthetic(weeks: Sequence[Week], started: date, caption: Caption, measure: Measure) -> Chart:
    """Return the treated as a solid line over the dashed synthetic one, and the gap over those of controls in grey.

    `measure` is that of the levels. A broken line marks the start. Without a synthetic there is the upper part alone.
    Raises ValueError for fewer than two weeks, TypeError for floats.
    """
    if len(weeks) < 2:
        raise ValueError("a chart of weeks needs at least two")
    weeks = [_checked(week) for week in weeks]
    has_gap = all(week.gap is not None for week in weeks)
    sheet = Sheet(HEADER + UPPER + AXIS + (APART + HEADER + LOWER if has_gap else 0.0))
    every = [*(w.treated for w in weeks), *known(w.synthetic for w in weeks)]
    levels = measure.labels(every, digits=0)
    gaps = Measure("share", measure.formats).labels(known(w.gap for w in weeks), digits=0)
    last = weeks[-1]
    ends = [(last.treated, "treated"), (last.synthetic, "synthetic")]
    texts = [f"{word} {levels.value(value)}" for value, word in ends]
    room = max(width_of(text, VALUE) for text in [*texts, gaps.value(last.gap)]) + GAP
    scale, lower = from_zero(every, HEADER + UPPER, HEADER), _gap_scale(weeks, LOWER, 0)
    ticks = [*tick_labels(levels, scale), *(tick_labels(gaps, lower) if has_gap else ())]
    left = max(width_of(text, TICK) for text in ticks) + GAP + 2
    area = Rect(left, HEADER, sheet.width - room, HEADER + UPPER)
    across = _across(weeks, area)
    begin = _place(started, weeks, area)
    sheet.text((0, 3.2), f"Level, before = {levels.value(Decimal(100))}", STRONG_NAME)
    _grid(sheet, area, scale, levels)
    _start(sheet, area, begin, started, levels)
    if last.synthetic is not None:
        heights = [scale.at(w.synthetic) for w in weeks if w.synthetic is not None]
        sheet.line(across, heights, color=theme.MUTED, width=1.0, dash=(3, 2))
    sheet.line(across, [scale.at(w.treated) for w in weeks], color=theme.BRAND, width=theme.LINE_PT)
    _ends(sheet, area, scale, list(zip([v for v, _ in ends], texts, strict=True)))
    if has_gap:
        area = Rect(left, area.bottom + APART + HEADER, area.right, area.bottom + APART + HEADER + LOWER)
        sheet.text((0, area.top - 3.3), "Gap, grey: each control as if treated", STRONG_NAME)
        _gaps(sheet, area, weeks, gaps, begin)
    _dates(sheet, area, weeks, levels)
    return Chart.of(sheet, caption, _alt(weeks, started, levels, gaps))


def _checked(week: Week) -> Week:
    """Return a week with exact numbers. Raises TypeError for floats, and where the treated has no level."""
    where = f"of the week from {week.first}"
    treated = checked(week.treated, f"level {where}")
    if treated is None:
        raise TypeError(f"level {where}: it is unknown; leave the week out")
    return Week(
        week.first,
        treated,
        checked(week.synthetic, f"synthetic {where}"),
        checked(week.gap, f"gap {where}"),
        tuple(known(checked(one, f"gap of a control {where}") for one in week.placebos)),
    )


def _gap_scale(weeks: Sequence[Week], bottom: float, top: float) -> Scale:
    edge = _edge(weeks)
    gaps = [*known(w.gap for w in weeks), *(_within(one, edge) for w in weeks for one in w.placebos)]
    return from_zero(gaps, bottom, top, most=3)


def _edge(weeks: Sequence[Week]) -> Decimal:
    """Return where grey lines are cut off: one control with an accident would leave no room for all others."""
    return max(SIDE, BEYOND * max((abs(gap) for gap in known(w.gap for w in weeks)), default=SIDE))


def _within(gap: Decimal, edge: Decimal) -> Decimal:
    return min(max(gap, -edge), edge)


def _across(weeks: Sequence[Week], area: Rect) -> list[float]:
    return [_place(week.first, weeks, area) for week in weeks]


def _place(day: date, weeks: Sequence[Week], area: Rect) -> float:
    first, last = weeks[0].first, weeks[-1].first
    return area.left + (area.right - area.left) * (day - first).days / (last - first).days


def _grid(sheet: Sheet, area: Rect, scale: Scale, labels: Labels) -> None:
    for tick, text in zip(scale.ticks, tick_labels(labels, scale), strict=True):
        height = scale.at(tick)
        sheet.line((area.left, area.right), (height, height), color=theme.GRID if tick else theme.QUIET)
        sheet.middle_text((area.left - GAP, height), text, TICK, "right")


def _start(sheet: Sheet, area: Rect, begin: float, started: date, labels: Labels) -> None:
    sheet.line((begin, begin), (area.top, area.bottom), color=theme.MUTED, dash=(1, 2))
    text = f"start {_day(started, labels)}"
    left = begin + 1 if begin + 1 + width_of(text, NOTE) < area.right else begin - 1 - width_of(text, NOTE)
    sheet.clear_text((left, area.bottom - 1.5), text, NOTE)


def _ends(sheet: Sheet, area: Rect, scale: Scale, ends: Sequence[tuple[Decimal | None, str]]) -> None:
    said = [(scale.at(value), text) for value, text in ends if value is not None]
    heights = spread([height for height, _ in said], [3.6] * len(said), area.top, area.bottom)
    for (_, text), height, style in zip(said, heights, (VALUE, NOTE), strict=False):
        sheet.middle_text((area.right + GAP, height), text, style)


def _gaps(sheet: Sheet, area: Rect, weeks: Sequence[Week], labels: Labels, begin: float) -> None:
    scale, edge = _gap_scale(weeks, area.bottom, area.top), _edge(weeks)
    across = _across(weeks, area)
    _grid(sheet, area, scale, labels)
    sheet.line((begin, begin), (area.top, area.bottom), color=theme.MUTED, dash=(1, 2))
    for number in range(len(weeks[0].placebos)):
        heights = [scale.at(_within(w.placebos[number], edge)) for w in weeks]
        sheet.line(across, heights, color=theme.GRID, width=0.8)
    sheet.line(across, [scale.at(w.gap) for w in weeks if w.gap is not None], color=theme.BRAND, width=theme.LINE_PT)
    last = weeks[-1].gap
    if last is not None:
        sheet.middle_text((area.right + GAP, scale.at(last)), labels.value(last), VALUE)


def _dates(sheet: Sheet, area: Rect, weeks: Sequence[Week], labels: Labels) -> None:
    every = -(-len(weeks) // MARKS)
    for week in weeks[::every]:
        across = _place(week.first, weeks, area)
        sheet.line((across, across), (area.bottom, area.bottom + 0.9), color=theme.QUIET)
        text = _day(week.first, labels)
        half = width_of(text, TICK) / 2
        sheet.text((min(max(across, area.left + half), area.right), area.bottom + 3.8), text, TICK, "center")


def _day(day: date, labels: Labels) -> str:
    return str(format_skeleton("yMMMd", day, locale=labels.formats.locale))


def _alt(weeks: Sequence[Week], started: date, levels: Labels, gaps: Labels) -> str:
    first, last = weeks[0], weeks[-1]
    begin, end, start = (_day(day, levels) for day in (first.first, last.first, started))
    said = f"Line chart by week, {begin} to {end}, start {start}."
    said += f" Level of the treated in the last week {levels.value(last.treated)}, before 100"
    if last.synthetic is None or last.gap is None:
        return said + "."
    others = len(last.placebos)
    among = f", among the gaps of {others} controls" if others else ""
    return f"{said}, of the synthetic {levels.value(last.synthetic)}; gap {gaps.value(last.gap)}{among}."
