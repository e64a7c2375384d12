"""Two periods side by side for a few names, such as the free and the paid tier."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from unitcost.display import theme
from unitcost.display.charts.chart import Caption, Chart
from unitcost.display.charts.names import spoken
from unitcost.display.charts.numbers import Labels, Measure, Number, difference, known
from unitcost.display.charts.rows import NumberColumn, Rows
from unitcost.display.charts.scale import Scale
from unitcost.display.charts.sheet import NOTE, STRONG_NAME, TICK, VALUE, Rect, width_of
from unitcost.display.formats import change_share
from unitcost.numbers.exact import checked

PairedRow = tuple[str, Number | None, Number | None]
ROW = 12.0
BAR = 3.6


def paired_bars(rows: Sequence[PairedRow], caption: Caption, measure: Measure, *, now: str, before: str) -> Chart:
    """Return two labelled bars per (name, now, before), in the order given: now solid, before outlined.

    `now` and `before` name the periods. Raises ValueError for no rows or too many, TypeError for floats.
    """
    found = [(name, checked(this, spoken(name)), checked(that, spoken(name))) for name, this, that in rows]
    values = [value for _, this, that in found for value in (this, that)]
    labels = measure.labels(values)
    changes = [_change(labels, measure, this, that) for _, this, that in found]
    frame = Rows.of([name for name, _, _ in found], [NumberColumn("Change", changes, NOTE)], ROW, STRONG_NAME)
    room = max(width_of(labels.value(value), VALUE) for value in values)
    room += 1.5 + max(width_of(now, TICK), width_of(before, TICK)) + 1.5
    scale = Rows.of([name for name, _, _ in found], [], ROW, STRONG_NAME).scale(known(values))
    scale = Scale(scale.low, scale.high, frame.left, frame.right - room)
    frame.write()
    for row, (_, this, that) in enumerate(found):
        half = min(BAR, frame.height * 0.36)
        pairs = ((this, now, frame.middle(row) - half, True), (that, before, frame.middle(row), False))
        for value, period, top, solid in pairs:
            _draw_bar(frame, scale, (top + 0.3, top + half - 0.3), value, solid=solid)
            end = max(scale.at(value or Decimal(0)), scale.at(Decimal(0)))
            middle = top + half / 2
            written = frame.sheet.middle_text((end + 1.5, middle), labels.value(value), VALUE if solid else NOTE)
            frame.sheet.middle_text((written.right + 1.5, middle), period, TICK)
    frame.zero_line(scale)
    parts = [_sentence(row, labels, measure.unit, now, before) for row in found]
    return Chart.of(frame.sheet, caption, f"Pairs of bars. {' '.join(parts)}")


def _draw_bar(frame: Rows, scale: Scale, edges: tuple[float, float], value: Decimal | None, *, solid: bool) -> None:
    if not value:
        return
    place = Rect(scale.at(Decimal(0)), edges[0], scale.at(value), edges[1])
    if solid:
        frame.sheet.box(place, fill=theme.NOW_FILL)
    else:
        frame.sheet.box(place, fill=theme.BEFORE_FILL, edge=theme.BEFORE_EDGE)


def _change(labels: Labels, measure: Measure, now: Decimal | None, before: Decimal | None) -> str:
    change = difference(now, before)
    share = change_share(now, before) if now is not None and before is not None else None
    if share is None or measure.kind == "share":
        return labels.delta(change)
    return f"{labels.delta(change)} ({measure.formats.delta_share(share)})"


def _sentence(row: tuple[str, Decimal | None, Decimal | None], labels: Labels, unit: str, now: str, before: str) -> str:
    name, this, that = row
    return f"{spoken(name)}: {labels.with_unit(this, unit)} in {now}, {labels.value(that)} in {before}."
