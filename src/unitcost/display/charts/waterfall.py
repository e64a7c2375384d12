"""The bridge: how one total became the next, step by step, to the last digit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from unitcost.display import theme
from unitcost.display.charts.chart import Caption, Chart
from unitcost.display.charts.names import spoken
from unitcost.display.charts.numbers import Labels, Measure, Number
from unitcost.display.charts.rows import GAP, HEADER, Rows
from unitcost.display.charts.scale import Scale
from unitcost.display.charts.sheet import NOTE, TICK, VALUE, Rect, width_of
from unitcost.display.formats import rounded
from unitcost.errors import ReconciliationProblem
from unitcost.numbers.exact import checked

Step = tuple[str, Number | None, str]
ROW = 6.6
# Below this share of the total, steps drawn from zero are slivers; then the bars show the changes alone.
SLIVER = Fraction(1, 3)


@dataclass(frozen=True, slots=True)
class WaterfallBar:
    """A row of the bridge: `start` and `end` are exact levels; both are the level itself for a total."""

    name: str
    amount: Decimal | None
    total: bool
    start: Fraction
    end: Fraction


def waterfall(steps: Sequence[Step], caption: Caption, measure: Measure) -> Chart:
    """Return a bridge of rows (name, amount, "total" or "step"), from top to bottom.

    A first total sets the level; each step adds to it; every later total must be what the steps lead to.
    Totals far larger than their steps stand as marks, and the bars show the change from the first total.
    Raises ReconciliationProblem if a total is missed by any amount, ValueError for no rows or another kind,
    TypeError for floats.
    """
    bars = levels(steps)
    labels = _labels(bars, measure)
    amounts = shown(bars, _places(labels, measure))
    texts = [labels.value(a) if bar.total else labels.delta(a) for bar, a in zip(bars, amounts, strict=True)]
    base = _base(bars)
    header = HEADER if base is not None else 1.0
    frame = Rows.of([bar.name for bar in bars], (), ROW, header=header)
    room = max(width_of(text, VALUE) for text in texts)
    scale = _scale(bars, base, frame.left, frame.right - room - GAP)
    frame.write()
    _draw_base(frame, scale, base, bars)
    for row, (bar, text) in enumerate(zip(bars, texts, strict=True)):
        right = _draw_bar(frame, scale, row, bar, base)
        if row + 1 < len(bars):
            level = scale.at(bar.end)
            heights = (frame.middle(row) + frame.height * 0.28, frame.middle(row + 1) - frame.height * 0.28)
            frame.sheet.line((level, level), heights, color=theme.QUIET)
        style = VALUE if bar.total else NOTE
        frame.sheet.clear_text((right + 1.5, frame.middle(row)), text, style)
    return Chart.of(frame.sheet, caption, _alt(bars, amounts, labels, measure.unit))


def levels(steps: Sequence[Step]) -> list[WaterfallBar]:
    """Return the exact levels of a bridge. Raises as `waterfall` does."""
    if not steps:
        raise ValueError("a bridge needs at least one row")
    found: list[WaterfallBar] = []
    level: Fraction | None = None
    for name, number, kind in steps:
        if kind not in ("total", "step"):
            raise ValueError(f"{spoken(name)}: a row of a bridge is a total or a step, not {kind!r}")
        amount = checked(number, spoken(name))
        if kind == "total":
            if level is None and amount is not None:
                level = Fraction(amount)
            elif amount is not None and Fraction(amount) != level:
                raise _missed(name, amount, level)
            start = level = level if level is not None else Fraction(0)
        else:
            start = level if level is not None else Fraction(0)
            level = start + (Fraction(amount) if amount is not None else 0)
        found.append(WaterfallBar(name, amount, kind == "total", start, level))
    return found


def _missed(name: str, amount: Decimal, level: Fraction | None) -> ReconciliationProblem:
    off = Fraction(amount) - (level or 0)
    gap = Decimal(off.numerator) / Decimal(off.denominator)
    return ReconciliationProblem(
        "the steps of a bridge do not lead to its total",
        where=spoken(name),
        why=f"the total is {amount}, the steps before it miss it by {gap}",
        fix="pass every step, rounded nowhere; what has no cause gets a step of its own",
    )


def _labels(bars: Sequence[WaterfallBar], measure: Measure) -> Labels:
    """Return labels that add up as rounded, with at most two more digits than usual; else the usual ones."""
    amounts = [bar.amount for bar in bars]
    usual = measure.labels(amounts).digits
    if measure.kind == "money":
        usual = max(usual, measure.formats.money_digits())
    candidates = [measure.labels(amounts, digits=digits) for digits in range(usual, usual + 3)]
    labels = next((c for c in candidates if not _corrected(bars, _places(c, measure))), candidates[0])
    labels.compact = False  # "12.3M" plus "0.1M" would no longer add up for the reader
    return labels


def _places(labels: Labels, measure: Measure) -> int:
    return labels.digits + (2 if measure.kind == "share" else 0)


def _corrected(bars: Sequence[WaterfallBar], digits: int) -> bool:
    """Tell whether rounding each row by itself would give rows that do not add up."""
    alone = [None if bar.amount is None else rounded(bar.amount, digits) for bar in bars]
    return alone != shown(bars, digits)


def shown(bars: Sequence[WaterfallBar], digits: int) -> list[Decimal | None]:
    """Return the amounts as the reader sees them: rounded to `digits` places, and adding up to the totals shown.

    Each is rounded half-even; what the steps then miss goes, one unit each, to those that rounding moved most.
    """
    found = [None if bar.amount is None else rounded(bar.amount, digits) for bar in bars]
    totals = [row for row, bar in enumerate(bars) if bar.total and bar.amount is not None]
    for first, last in pairwise(totals):
        _restore(
            bars, found, range(first + 1, last), (found[last] or Decimal(0)) - (found[first] or Decimal(0)), digits
        )
    return found


def _restore(
    bars: Sequence[WaterfallBar], found: list[Decimal | None], rows: range, goal: Decimal, digits: int
) -> None:
    known = [row for row in rows if found[row] is not None]
    missing = goal - sum((found[row] or Decimal(0) for row in known), Decimal(0))
    unit = Decimal(1).scaleb(-digits).copy_sign(missing)
    errors = {row: ((bars[row].amount or Decimal(0)) - (found[row] or Decimal(0))) * unit for row in known}
    for row in sorted(known, key=lambda row: (-errors[row], row))[: int(abs(missing / unit))]:
        found[row] = (found[row] or Decimal(0)) + unit


def _base(bars: Sequence[WaterfallBar]) -> Fraction | None:
    """Return the level the bars start from: None for zero, else the first total's."""
    reached = [level for bar in bars for level in (bar.start, bar.end)]
    largest = max(abs(level) for level in reached)
    if bars[0].total and len(bars) > 1 and max(reached) - min(reached) < largest * SLIVER:
        return bars[0].end
    return None


def _scale(bars: Sequence[WaterfallBar], base: Fraction | None, left: float, right: float) -> Scale:
    reached = [level for bar in bars for level in (bar.start, bar.end)]
    reached.append(base if base is not None else Fraction(0))
    low, high = min(reached), max(reached)
    return Scale(low, high if high > low else low + 1, left + 1, right)


def _draw_base(frame: Rows, scale: Scale, base: Fraction | None, bars: Sequence[WaterfallBar]) -> None:
    across = scale.at(base if base is not None else Fraction(0))
    frame.sheet.line((across, across), (frame.header, frame.bottom), color=theme.QUIET, width=0.8)
    if base is not None:
        text = f"Change from {spoken(bars[0].name)}"
        half = width_of(text, TICK) / 2
        middle = min(max(across, frame.left + half), frame.sheet.width - half)
        frame.sheet.text((middle, frame.header - 1.6), text, TICK, "center")


def _draw_bar(frame: Rows, scale: Scale, row: int, bar: WaterfallBar, base: Fraction | None) -> float:
    """Draw one row and return its right edge."""
    half = frame.height * 0.28
    middle = frame.middle(row)
    start, end = scale.at(bar.start), scale.at(bar.end)
    if bar.total and bar.amount is not None:
        start = scale.at(Fraction(0)) if base is None else end
        if base is not None or start == end:
            frame.sheet.box(Rect(end - 0.6, middle - half, end + 0.6, middle + half), fill=theme.NOW_FILL)
            return end + 0.6
        frame.sheet.box(Rect(start, middle - half, end, middle + half), fill=theme.NOW_FILL)
    elif bar.amount:
        up = bar.amount > 0
        fill, edge = (theme.UP_FILL, theme.UP_EDGE) if up else (theme.DOWN_FILL, theme.DOWN_EDGE)
        frame.sheet.box(Rect(start, middle - half, end, middle + half), fill=fill, edge=edge, hatched=up)
    else:
        frame.sheet.line((end, end), (middle - half, middle + half), color=theme.QUIET)
    return max(start, end)


def _alt(bars: Sequence[WaterfallBar], amounts: Sequence[Decimal | None], labels: Labels, unit: str) -> str:
    parts = []
    for bar, amount in zip(bars, amounts, strict=True):
        text = labels.with_unit(amount, unit) if bar.total else labels.delta(amount)
        parts.append(f"{spoken(bar.name)} {text}")
    return f"Bridge: {'; '.join(parts)}."
