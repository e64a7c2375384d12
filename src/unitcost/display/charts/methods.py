"""How far a number depends on a method: a bar from the lowest to the highest, a mark for the one that is used."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from unitcost.display import theme
from unitcost.display.charts.chart import Caption, Chart
from unitcost.display.charts.names import spoken
from unitcost.display.charts.numbers import Labels, Measure, Number, known
from unitcost.display.charts.rows import GAP, HEADER, NumberColumn, Rows
from unitcost.display.charts.scale import Scale, tight
from unitcost.display.charts.sheet import NOTE, TICK, Rect, width_of
from unitcost.numbers.exact import checked

MethodRow = tuple[str, Number | None, Number | None, Number | None, Number | None]
Checked = tuple[str, Decimal | None, Decimal | None, Decimal | None, Decimal | None]
ROW = 8.4
HALF = 1.5  # of a bar's thickness
MARK = 2.1  # how far the mark reaches above and below the middle of its bar
BESIDE = 1.5


def range_bars(
    rows: Sequence[MethodRow],
    caption: Caption,
    measure: Measure,
    *,
    used: str = "As configured",
    apart: str = "",
    column: bool = True,
) -> Chart:
    """Return a bar per (name, low, value, high, apart), in the order given, on one scale with zero.

    The ends of a bar carry their numbers; `used` names the mark of the value and its column of numbers, `apart`
    the hollow dot of a number that stands beside the range (nothing: there is none). Without `column` the values stand
    in no column of numbers. Unknown ones are left out.
    Raises ValueError for no rows, too many, or a value outside its range, TypeError for floats.
    """
    found = [_checked(row) for row in rows]
    numbers = known(number for _, *four in found for number in (four if apart else four[:3]))
    labels = measure.labels(numbers)
    columns = [NumberColumn(used, [labels.value(value) for _, _, value, _, _ in found])] if column else []
    if apart:
        columns.append(NumberColumn(apart, [labels.value(other) for *_, other in found], NOTE))
    frame = Rows.of([name for name, *_ in found], columns, ROW)
    room = max(width_of(labels.value(number), NOTE) for number in [*numbers, None]) + BESIDE + MARK / 2
    scale = tight(numbers, frame.left + room, frame.right - room)
    frame.write()
    frame.zero_line(scale)
    _draw_key(frame, used, apart)
    for row, one in enumerate(found):
        _draw_row(frame, scale, labels, row, one if apart else (*one[:4], None))
    parts = [_sentence(one, labels, measure.unit, used, apart) for one in found]
    return Chart.of(frame.sheet, caption, f"Ranges: {'; '.join(parts)}.")


def _draw_row(frame: Rows, scale: Scale, labels: Labels, row: int, one: Checked) -> None:
    _, low, value, high, other = one
    # A number apart stands below the bar, which makes room for it.
    middle = frame.middle(row) - (frame.height * 0.14 if other is not None else 0)
    if low is not None and high is not None:
        place = Rect(scale.at(low), middle - HALF, scale.at(high), middle + HALF)
        frame.sheet.box(place, fill=theme.DOWN_FILL, edge=theme.DOWN_EDGE)
        # Two numbers that read the same are said once.
        if labels.value(low) != labels.value(high):
            # Paper behind the number, which may stand on the line of zero.
            wide = width_of(labels.value(low), NOTE) + 0.6
            frame.sheet.box(
                Rect(place.left - BESIDE - wide, middle - HALF, place.left - 1, middle + HALF), fill=theme.PAPER
            )
            frame.sheet.middle_text((place.left - BESIDE, middle), labels.value(low), NOTE, "right")
        frame.sheet.middle_text((place.right + BESIDE, middle), labels.value(high), NOTE)
    if value is not None:
        across = scale.at(value)
        mark = Rect(across - 0.45, middle - MARK, across + 0.45, middle + MARK)
        frame.sheet.box(mark, fill=theme.NOW_FILL)
    if other is not None:
        at = (scale.at(other), frame.middle(row) + frame.height * 0.29)
        frame.sheet.dot(at, color=theme.QUIET, size=1.8, hollow=True)


def _draw_key(frame: Rows, used: str, apart: str) -> None:
    """Name bar, mark and dot above the bars, as far as there is room."""
    baseline, left = HEADER - 2.6, frame.left
    for text in ("Lowest to highest", used, apart):
        width = 4.5 + width_of(text, TICK)
        if not text or left + width > frame.right:
            return
        middle = baseline - 0.95
        if text == apart:
            frame.sheet.dot((left + 1.6, middle), color=theme.QUIET, size=1.8, hollow=True)
        elif text == used:
            frame.sheet.box(Rect(left + 1.2, middle - 1.3, left + 2.1, middle + 1.3), fill=theme.NOW_FILL)
        else:
            place = Rect(left, middle - 0.95, left + 3.2, middle + 0.95)
            frame.sheet.box(place, fill=theme.DOWN_FILL, edge=theme.DOWN_EDGE)
        frame.sheet.text((left + 4.5, baseline), text, TICK)
        left += width + GAP


def _checked(row: MethodRow) -> Checked:
    name, *numbers = row
    low, value, high, other = (checked(number, spoken(name)) for number in numbers)
    if low is not None and high is not None and not low <= (low if value is None else value) <= high:
        raise ValueError(f"{spoken(name)}: {value} does not lie between {low} and {high}")
    return name, low, value, high, other


def _sentence(one: Checked, labels: Labels, unit: str, used: str, apart: str) -> str:
    name, low, value, high, other = one
    span = labels.value(low) if low == high else f"{labels.value(low)} to {labels.value(high)}"
    text = f"{spoken(name)} {labels.with_unit(value, unit)} {used.lower()}, {span}"
    return f"{text}, {apart.lower()} {labels.value(other)}" if apart else text
