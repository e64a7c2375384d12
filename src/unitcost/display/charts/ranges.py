"""Estimates with their range: a dot for the value, a line from low to high."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from unitcost.display import theme
from unitcost.display.charts.chart import Caption, Chart
from unitcost.display.charts.names import spoken
from unitcost.display.charts.numbers import Labels, Measure, Number
from unitcost.display.charts.rows import NumberColumn, Rows
from unitcost.display.charts.sheet import NOTE
from unitcost.numbers.exact import checked

RangeRow = tuple[str, Number | None, Number | None, Number | None]
ROW = 6.4


def dot_ranges(
    rows: Sequence[RangeRow],
    caption: Caption,
    measure: Measure,
    *,
    value: str = "Estimate",
    span: str = "Range",
) -> Chart:
    """Return a dot and a range per (name, low, value, high), in the order given, on one scale with zero.

    `value` and `span` head the two columns of numbers. An unknown value or end is left out. Raises ValueError
    for no rows, too many, or a low above its high, TypeError for floats.
    """
    found = [_checked(row) for row in rows]
    numbers = [number for _, *three in found for number in three if number is not None]
    labels = measure.labels(numbers)
    columns = [
        NumberColumn(value, [labels.value(middle) for _, _, middle, _ in found]),
        NumberColumn(span, [_range_text(labels, low, high) for _, low, _, high in found], NOTE),
    ]
    frame = Rows.of([name for name, *_ in found], columns, ROW)
    scale = frame.scale(numbers)
    frame.write()
    frame.zero_line(scale)
    for row, (_, low, middle, high) in enumerate(found):
        height = frame.middle(row)
        if low is not None and high is not None:
            ends = (scale.at(low), scale.at(high))
            frame.sheet.line(ends, (height, height), color=theme.QUIET, width=1.6)
            for end in ends:
                frame.sheet.line((end, end), (height - 1.1, height + 1.1), color=theme.QUIET, width=1.0)
        if middle is not None:
            frame.sheet.dot((scale.at(middle), height), color=theme.BRAND, size=2.4)
    parts = [f"{spoken(name)} {labels.with_unit(middle, measure.unit)}, {_range_text(labels, low, high)}"
             for name, low, middle, high in found]  # fmt: skip
    return Chart.of(frame.sheet, caption, f"Estimates with ranges: {'; '.join(parts)}.")


def _checked(row: RangeRow) -> tuple[str, Decimal | None, Decimal | None, Decimal | None]:
    name, *numbers = row
    low, middle, high = (checked(number, spoken(name)) for number in numbers)
    if low is not None and high is not None and low > high:
        raise ValueError(f"{spoken(name)}: the range runs from {low} down to {high}")
    return name, low, middle, high


def _range_text(labels: Labels, low: Decimal | None, high: Decimal | None) -> str:
    if low is None and high is None:
        return labels.value(None)
    return f"{labels.value(low)} to {labels.value(high)}"
