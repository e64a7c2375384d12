"""Ranked bars: which names are large, and which of them moved."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext

from unitcost.display import theme
from unitcost.display.charts.chart import Caption, Chart
from unitcost.display.charts.names import spoken
from unitcost.display.charts.numbers import Labels, Measure, Number, difference, known
from unitcost.display.charts.rows import NumberColumn, Rows, draw_pair_key
from unitcost.display.charts.sheet import NOTE, Rect
from unitcost.numbers.estimate import EXACT
from unitcost.numbers.exact import checked

RankedRow = tuple[str, Number | None, Number | None]
ROW = 6.4
MOST_SPOKEN = 12

REST = "Other ("


def ranked_bars(
    rows: Sequence[RankedRow],
    caption: Caption,
    measure: Measure,
    *,
    now: str,
    before: str = "",
) -> Chart:
    """Return one bar per (name, now, before), largest first, unknown ones last.

    `now` and `before` name the two periods ("May 2024"); without `before` the earlier values are not drawn.
    Raises ValueError for no rows or more than a page holds, TypeError for floats.
    """
    found = sorted((_checked(row) for row in rows), key=_rank)
    values = [value for _, this, that in found for value in (this, that if before else None)]
    labels = measure.labels(values)
    columns = [NumberColumn(now, [labels.value(this) for _, this, _ in found])]
    if before:
        changes = [labels.delta(difference(this, that)) for _, this, that in found]
        columns.append(NumberColumn(f"vs {before}", changes, NOTE))
    frame = Rows.of([name for name, _, _ in found], columns, ROW)
    scale = frame.scale(known(values))
    frame.write()
    if before:
        draw_pair_key(frame.sheet, frame.left, frame.right - frame.left, now, before)
    zero = scale.at(Decimal(0))
    thick, thin = frame.height * 0.30, frame.height * 0.17
    for row, (_, this, that) in enumerate(found):
        middle = frame.middle(row)
        if before and that:
            end = scale.at(that)
            place = Rect(zero, middle - thick, end, middle + thick)
            frame.sheet.box(place, fill=theme.BEFORE_FILL, edge=theme.BEFORE_EDGE)
        if this:
            half = thin if before else thick
            frame.sheet.box(Rect(zero, middle - half, scale.at(this), middle + half), fill=theme.NOW_FILL)
    frame.zero_line(scale)
    return Chart.of(frame.sheet, caption, _alt(found, labels, measure.unit, now, before))


def with_rest(rows: Sequence[RankedRow], most: int = 11) -> list[RankedRow]:
    """Return the `most` largest rows (in either period, up or down), and the rest as "Other (n)", summed.

    Only for numbers that may be added, such as money, or cost per user with one count of users for all. An
    unknown value counts as nothing in the sum.
    """
    found = sorted((_checked(row) for row in rows), key=_weight)
    kept: list[RankedRow] = list(found[:most])
    rest = found[most:]
    if rest:
        with localcontext(EXACT):
            now = sum(known(this for _, this, _ in rest), Decimal(0))
            before = sum(known(that for _, _, that in rest), Decimal(0))
        kept.append((f"{REST}{len(rest)})", now, before))
    return kept


def _checked(row: RankedRow) -> tuple[str, Decimal | None, Decimal | None]:
    name, now, before = row
    return name, checked(now, spoken(name)), checked(before, spoken(name))


def _rank(row: tuple[str, Decimal | None, Decimal | None]) -> tuple[bool, Decimal, str]:
    name, now, _ = row
    # The rest that `with_rest` sums is no competitor of the names, so it closes the list.
    return now is None or name.startswith(REST), Decimal(0) if now is None else now.copy_negate(), name


def _weight(row: tuple[str, Decimal | None, Decimal | None]) -> tuple[Decimal, str]:
    name, now, before = row
    return -max((abs(value) for value in known((now, before))), default=Decimal(0)), name


def _alt(
    rows: Sequence[tuple[str, Decimal | None, Decimal | None]],
    labels: Labels,
    unit: str,
    now: str,
    before: str,
) -> str:
    parts = []
    for name, this, that in rows[:MOST_SPOKEN]:
        change = difference(this, that) if before else None
        moved = f" ({labels.delta(change)})" if change is not None else ""
        parts.append(f"{spoken(name)} {labels.with_unit(this, unit)}{moved}")
    more = len(rows) - len(parts)
    rest = f"; and {more} more" if more > 0 else ""
    period = f"{now}, change on {before}" if before else now
    return f"Bars, largest first, {period}: {'; '.join(parts)}{rest}."
