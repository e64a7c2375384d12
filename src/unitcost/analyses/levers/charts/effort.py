"""Savings against effort: one line of steps in the order of the actions, with the range around it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from unitcost.display import theme
from unitcost.display.charts.chart import Caption, Chart
from unitcost.display.charts.names import shown, spoken
from unitcost.display.charts.numbers import Measure, Number, known
from unitcost.display.charts.panel import GAP, tick_labels
from unitcost.display.charts.scale import Scale, from_zero
from unitcost.display.charts.sheet import NAME, NOTE, TICK, Rect, Sheet, width_of
from unitcost.numbers.exact import checked

HEIGHT = 58.0
TOP = 6.0
AXIS = 10.0
NAME_ROOM = 34.0
EffortRow = tuple[Number, Number, Number, Number, str]


def effort_curve(
    rows: Sequence[EffortRow], caption: Caption, measure: Measure, *, budget: Number | None = None, weeks: str = "weeks"
) -> Chart:
    """Return the line through (effort, low, value, high, name) in the order given, from nothing at no effort.

    `budget` is the effort there is, `weeks` its unit. Raises ValueError for no rows, TypeError for floats.
    """
    if not rows:
        raise ValueError("a curve of effort needs at least one action")
    actions = [_checked(row) for row in rows]
    limit = checked(budget, "the budget")
    labels = measure.labels([number for _, *three, _ in actions for number in three])
    sheet = Sheet(TOP + HEIGHT + AXIS)
    up = from_zero(known(number for _, *three, _ in actions for number in three), TOP + HEIGHT, TOP)
    texts = tick_labels(labels, up)
    left = max(width_of(text, TICK) for text in texts) + GAP
    across = from_zero([*(effort for effort, *_ in actions), *known([limit])], left, sheet.width - NAME_ROOM, most=6)
    for tick, text in zip(up.ticks, texts, strict=True):
        height = up.at(tick)
        sheet.line((left, across.end), (height, height), color=theme.GRID if tick else theme.QUIET)
        sheet.middle_text((left - GAP, height), text, TICK, "right")
    for tick in across.ticks:
        sheet.text((across.at(tick), TOP + HEIGHT + 4), f"{tick.normalize():f}", TICK, "center")
    sheet.text(((left + across.end) / 2, TOP + HEIGHT + 8.5), weeks, TICK, "center")
    _draw(sheet, actions, across, up, limit)
    parts = [
        f"after {effort.normalize():f} {weeks}, with {spoken(name)}, {labels.with_unit(value, measure.unit)}"
        f" ({labels.value(low)} to {labels.value(high)})"
        for effort, low, value, high, name in actions
    ]
    return Chart.of(sheet, caption, f"A line of savings against effort: {'; '.join(parts)}.")


Checked = tuple[Decimal, Decimal, Decimal, Decimal, str]


def _draw(sheet: Sheet, rows: Sequence[Checked], across: Scale, up: Scale, limit: Decimal | None) -> None:
    zero = (across.at(Decimal(0)), up.at(Decimal(0)))
    lows = [zero, *((across.at(effort), up.at(low)) for effort, low, *_ in rows)]
    highs = [zero, *((across.at(effort), up.at(high)) for effort, _, _, high, _ in rows)]
    line = [zero, *((across.at(effort), up.at(value)) for effort, _, value, _, _ in rows)]
    sheet.area([*highs, *reversed(lows)], fill=theme.DOWN_FILL)
    if limit is not None:
        place = across.at(limit)
        sheet.line((place, place), (TOP, TOP + HEIGHT), color=theme.MUTED, width=1.0, dash=(1.2, 2))
        sheet.text((place, TOP - 1.8), "Budget", NOTE, "center")
    sheet.line([x for x, _ in line], [y for _, y in line], color=theme.BRAND, width=theme.LINE_PT)
    # Names keep off the line of the budget.
    taken = [] if limit is None else [Rect(across.at(limit) - 0.5, TOP, across.at(limit) + 0.5, TOP + HEIGHT)]
    for (x, y), (*_, name) in zip(line[1:], rows, strict=True):
        sheet.dot((x, y), color=theme.BRAND, size=1.7)
        text = shown(name, NAME_ROOM, NAME)
        wide = width_of(text, NAME)
        # Where the line does not go: to the right below its point, to the left above it, else further down.
        for left, baseline in ((x + 0.8, y + 3.6), (x - 0.8 - wide, y - 2.2), (x + 0.8, y + 7.2), (x + 0.8, y + 10.8)):
            room = Rect(left, baseline - 2.6, left + wide, baseline + 0.8)
            inside = across.at(Decimal(0)) <= room.left and room.top >= TOP and room.bottom < TOP + HEIGHT
            if inside and not any(room.overlaps(other) for other in taken):
                sheet.box(room, fill=theme.PAPER)
                taken.append(sheet.text((left, baseline), text, NAME))
                break


def _checked(row: EffortRow) -> Checked:
    *numbers, name = row
    amounts = [checked(number, spoken(name)) for number in numbers]
    if None in amounts:
        raise ValueError(f"{spoken(name)}: effort, value and range must be known")
    effort, low, value, high = (number for number in amounts if number is not None)
    return effort, low, value, high, name
