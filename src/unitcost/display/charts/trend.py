"""Small multiples over time: several measures under each other, or one measure for several names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from unitcost.display.charts.annotate import draw_ends, draw_remarkable, end_room
from unitcost.display.charts.chart import Caption, Chart
from unitcost.display.charts.months import Months, short_month
from unitcost.display.charts.names import shown, shown_apart, spoken
from unitcost.display.charts.numbers import Labels, Measure, Number, difference, known
from unitcost.display.charts.panel import (
    GAP,
    ExpectedRange,
    Plot,
    Track,
    draw_grid,
    draw_line,
    draw_months,
    tick_labels,
    value_scale,
)
from unitcost.display.charts.sheet import NOTE, PANEL, STRONG_NAME, TICK, VALUE, Point, Rect, Sheet, width_of
from unitcost.display.formats import Formats
from unitcost.numbers.exact import checked
from unitcost.numbers.months import month_before, year_before

PLOT_HEIGHT = 22.5
SMALL_PLOT_HEIGHT = 22.0
HEADER = 8.5
NAME_HEADER = 12.5
AXIS = 5.5
TALLEST = 230.0
MOST_NAMES = 8
COLUMN_GAP = 5.0

Ahead = tuple[Number, Number | None, Number | None]


class Series(NamedTuple):
    """One measure over time; a plain tuple of the first four will do.

    `kind` is unit_cost, money, count, share or decimal; `months` are texts such as "2024-05", in any order;
    `unit` such as "USD/user"; `target` gives the planned value of some or all months and `aim` what it is called,
    `outlook` what is expected of months to come as (value, low, high), `course` another way they may go, called
    `course_name`.
    """

    label: str
    kind: str
    months: Sequence[str]
    values: Sequence[Number | None]
    unit: str = ""
    target: Mapping[str, Number] | None = None
    outlook: Mapping[str, Ahead] | None = None
    aim: str = "Target"
    course: Mapping[str, Number] | None = None
    course_name: str = ""


def small_multiples(
    series: Sequence[Series | tuple[str, str, Sequence[str], Sequence[Number | None]]],
    caption: Caption,
    formats: Formats,
    *,
    breaks: Sequence[str] = (),
) -> Chart:
    """Return one panel per series, under each other over the same months, each with its own scale from zero.

    The last month is labelled, the same month a year earlier marked; missing months are gaps, and so is the way to
    a month of `breaks`, from which another definition holds; an outlook is dashed, another course dashes and dots.
    Raises ValueError for no series, no month, a month twice or an outlook before the last month, TypeError for floats.
    """
    items = [Series(*item) for item in series]
    if not items:
        raise ValueError("small_multiples needs at least one series")
    ahead = [month for item in items for month in (*(item.outlook or ()), *(item.course or ()))]
    months = Months.spanning([month for item in items for month in item.months], ahead, breaks)
    tracks = [_track(item, months, formats) for item in items]
    height = min(PLOT_HEIGHT, (TALLEST - AXIS) / len(items) - HEADER - 2)
    sheet = Sheet(len(items) * (HEADER + height + 2) + AXIS)
    right = sheet.width - max(end_room(track) for track in tracks)
    left = max(_tick_room([track]) for track in tracks) + GAP
    top = 0.0
    for item, track in zip(items, tracks, strict=True):
        area = Rect(left, top + HEADER, right, top + HEADER + height)
        plot = Plot(sheet, area, value_scale([track], area.top, area.bottom), track)
        _header(sheet, top + 4, item, track)
        draw_grid(plot)
        draw_line(plot)
        draw_remarkable(plot)
        draw_ends(plot)
        top = area.bottom + 2
        if item is items[-1]:
            draw_months(plot)
    alt = " ".join([_span("Line charts", months, formats), *_breaks(months, formats), *map(_sentence, items, tracks)])
    return Chart.of(sheet, caption, alt)


def multiples_by_name(
    names: Mapping[str, Sequence[Number | None]],
    months: Sequence[str],
    caption: Caption,
    measure: Measure,
) -> Chart:
    """Return one small panel per name, all on the same scale. `names` maps a name to a value per month.

    At most eight names: the rest comes as one more name ("Other"), summed by the caller. Raises ValueError
    for none or more, TypeError for floats.
    """
    if not 1 <= len(names) <= MOST_NAMES:
        raise ValueError(f"multiples_by_name shows 1 to {MOST_NAMES} names, not {len(names)}; sum the rest as Other")
    items = [Series(name, measure.kind, months, values, measure.unit) for name, values in names.items()]
    span = Months.spanning(months)
    labels = measure.labels([checked(value, spoken(item.label)) for item in items for value in item.values])
    tracks = [_track(item, span, measure.formats, labels) for item in items]
    columns = len(items) if len(items) <= 4 else (3 if len(items) <= 6 else 4)
    pitch = NAME_HEADER + SMALL_PLOT_HEIGHT + AXIS + 2
    sheet = Sheet(-(-len(items) // columns) * pitch)
    left = _tick_room(tracks) + GAP
    width = (sheet.width - left - COLUMN_GAP * (columns - 1) - 2) / columns
    titles = shown_apart([item.label for item in items], width, STRONG_NAME)
    for place, (name, track) in enumerate(zip(titles, tracks, strict=True)):
        row, column = divmod(place, columns)
        x, y = left + column * (width + COLUMN_GAP), row * pitch
        sheet.text((x, y + 4), name, STRONG_NAME)
        _change_line(sheet, (x, y + 8), track, width)
        area = Rect(x, y + NAME_HEADER, x + width, y + NAME_HEADER + SMALL_PLOT_HEIGHT)
        plot = Plot(sheet, area, value_scale(tracks, area.top, area.bottom), track)
        draw_grid(plot, ticks=column == 0)
        draw_line(plot)
        draw_months(plot)
    alt = " ".join([_span("Line charts on one scale", span, measure.formats), *map(_sentence, items, tracks)])
    return Chart.of(sheet, caption, alt)


def _track(item: Series, months: Months, formats: Formats, labels: Labels | None = None) -> Track:
    name = spoken(item.label)
    if len(item.months) != len(item.values):
        raise ValueError(f"{name}: {len(item.months)} months but {len(item.values)} values")
    if len(set(item.months)) != len(item.months):
        raise ValueError(f"{name}: a month comes twice")
    values = {m: checked(v, f"{name}, {m}") for m, v in zip(item.months, item.values, strict=True)}
    plans = {m: checked(v, f"target of {name}, {m}") for m, v in (item.target or {}).items()}
    target = {m: v for m, v in plans.items() if v is not None and m in months.all}
    outlook = {m: _ahead(name, m, ahead, months.now) for m, ahead in (item.outlook or {}).items()}
    course = {m: _after(name, m, v, months.now) for m, v in (item.course or {}).items()}
    wording = labels or Labels(formats, item.kind, [])
    track = Track(months, values, wording, target, outlook, item.aim, course, item.course_name)
    return track if labels is not None else replace(track, labels=Labels(formats, item.kind, track.numbers()))


def _ahead(name: str, month: str, expected: Ahead, now: str) -> ExpectedRange:
    value, low, high = (checked(number, f"outlook of {name}, {month}") for number in expected)
    if value is None or month <= now:
        raise ValueError(f"outlook of {name}, {month}: a value for a month after {now} is needed")
    return ExpectedRange(value, low, high)


def _after(name: str, month: str, value: Number, now: str) -> Decimal:
    number = checked(value, f"course of {name}, {month}")
    if number is None or month <= now:
        raise ValueError(f"course of {name}, {month}: a value for a month after {now} is needed")
    return number


def _header(sheet: Sheet, baseline: float, item: Series, track: Track) -> None:
    name = sheet.text((0, baseline), shown(item.label, sheet.width * 0.6, PANEL), PANEL)
    unit = track.labels.unit(item.unit)
    if unit:
        sheet.text((name.right + GAP, baseline), unit, NOTE)


def _change_line(sheet: Sheet, at: Point, track: Track, room: float) -> None:
    """Write the last value and its change on the month before under a name."""
    now, before = track.months.now, month_before(track.months.now)
    value = sheet.text(at, track.labels.value(track.at(now)), VALUE)
    change = difference(track.at(now), track.at(before))
    if change is None:
        return
    brief = track.labels.delta(change)
    for text in (f"{brief} vs {short_month(before, track.labels.formats.locale)}", brief):
        if value.right + GAP + width_of(text, NOTE) <= at[0] + room:
            sheet.text((value.right + GAP, at[1]), text, NOTE)
            return


def _tick_room(tracks: Sequence[Track]) -> float:
    return max(width_of(text, TICK) for text in tick_labels(tracks[0].labels, value_scale(tracks, 0, 1)))


def _span(what: str, months: Months, formats: Formats) -> str:
    first, last = (short_month(month, formats.locale) for month in (months.all[0], months.all[-1]))
    return f"{what}, {last}." if first == last else f"{what}, {first} to {last}."


def _breaks(months: Months, formats: Formats) -> list[str]:
    return [f"From {short_month(month, formats.locale)} on another definition holds." for month in months.breaks]


def _sentence(item: Series, track: Track) -> str:
    """Say a panel in words: the last value, a month and a year earlier, extremes, target, outlook and other course."""

    def value_in(value: Decimal | None, month: str) -> str:
        return f"{track.labels.value(value)} in {short_month(month, track.labels.formats.locale)}"

    now = track.months.now
    last = short_month(now, track.labels.formats.locale)
    parts = [f"{track.labels.with_unit(track.at(now), item.unit)} in {last}"]
    earlier = (month_before(now), year_before(now))
    parts += [value_in(track.at(month), month) for month in earlier if track.at(month) is not None]
    extremes = track.extremes()
    if extremes:
        parts += [f"{word} {value_in(track.at(m), m)}" for word, m in zip(("highest", "lowest"), extremes, strict=True)]
    target = track.last_target()
    if target is not None:
        parts.append(f"{track.aim.lower()} {track.labels.value(target)}")
    for month, ahead in sorted(track.outlook.items()):
        between = (
            f" ({track.labels.value(ahead.low)} to {track.labels.value(ahead.high)})" if ahead.low is not None else ""
        )
        parts.append(f"expected {value_in(ahead.value, month)}{between}")
    if track.course:
        end = max(track.course)
        parts.append(f"{track.course_name} {value_in(track.course[end], end)}")
    missing = track.months.place(now) + 1 - len(known(track.values.values()))
    if missing:
        parts.append(f"{missing} {'month' if missing == 1 else 'months'} without data")
    return f"{spoken(item.label)}: {', '.join(parts)}."
