"""The bridge: how one total became the next, step by step, to the last digit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from unitcost.errors import ReconciliationProblem
from unitcost.report import theme
from unitcost.report.exact import checked
from unitcost.report.figures.chart import Caption, Chart
from unitcost.report.figures.names import spoken
from unitcost.report.figures.numbers import Labels, Measure, Number
from unitcost.report.figures.rows import GAP, HEADER, Rows
from unitcost.report.figures.scale import Scale
from unitcost.report.figures.sheet import NOTE, TICK, VALUE, Rect, width_of
from unitcost.report.formats import rounded

Step = tuple[str, Number | None, str]
ROW = 6.6
# Below this share of the total, steps drawn from zero are slivers; then the bars show the changes alone.
SLIVER = Fraction(1, 3)


@dataclass(frozen=True, slots=True)
class Bar:
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
    texts = [labels.value(bar.amount) if bar.total else labels.delta(bar.amount) for bar in bars]
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
    if not _adds_up(bars, labels.digits + (2 if measure.kind == "share" else 0)):
        note = "labels are rounded, the steps add up before rounding"
        caption = replace(caption, subtitle=f"{caption.subtitle}; {note}" if caption.subtitle else note)
    return Chart.of(frame.sheet, caption, _alt(bars, labels, measure.unit))


def levels(steps: Sequence[Step]) -> list[Bar]:
    """Return the exact levels of a bridge. Raises as `waterfall` does."""
    if not steps:
        raise ValueError("a bridge needs at least one row")
    found: list[Bar] = []
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
        found.append(Bar(name, amount, kind == "total", start, level))
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


def _labels(bars: Sequence[Bar], measure: Measure) -> Labels:
    """Return labels whose rounded numbers add up, with at most two more digits than usual."""
    amounts = [bar.amount for bar in bars]
    usual = measure.labels(amounts).digits
    if measure.kind == "money":
        usual = max(usual, measure.formats.money_digits())
    shift = 2 if measure.kind == "share" else 0
    digits = next((d for d in range(usual, usual + 3) if _adds_up(bars, d + shift)), usual)
    labels = measure.labels(amounts, digits=digits)
    labels.compact = False  # "12.3M" plus "0.1M" would no longer add up for the reader
    return labels


def _adds_up(bars: Sequence[Bar], digits: int) -> bool:
    level: Decimal | None = None
    for bar in bars:
        shown = rounded(bar.amount, digits) if bar.amount is not None else Decimal(0)
        if not bar.total:
            level = (level or Decimal(0)) + shown
        elif level is not None and bar.amount is not None and level != shown:
            return False
        else:
            level = shown if bar.amount is not None else level
    return True


def _base(bars: Sequence[Bar]) -> Fraction | None:
    """Return the level the bars start from: None for zero, else the first total's."""
    reached = [level for bar in bars for level in (bar.start, bar.end)]
    largest = max(abs(level) for level in reached)
    if bars[0].total and len(bars) > 1 and max(reached) - min(reached) < largest * SLIVER:
        return bars[0].end
    return None


def _scale(bars: Sequence[Bar], base: Fraction | None, left: float, right: float) -> Scale:
    reached = [level for bar in bars for level in (bar.start, bar.end)]
    reached.append(base if base is not None else Fraction(0))
    low, high = min(reached), max(reached)
    return Scale(low, high if high > low else low + 1, left + 1, right)


def _draw_base(frame: Rows, scale: Scale, base: Fraction | None, bars: Sequence[Bar]) -> None:
    across = scale.at(base if base is not None else Fraction(0))
    frame.sheet.line((across, across), (frame.header, frame.bottom), color=theme.QUIET, width=0.8)
    if base is not None:
        text = f"Change from {spoken(bars[0].name)}"
        half = width_of(text, TICK) / 2
        middle = min(max(across, frame.left + half), frame.sheet.width - half)
        frame.sheet.text((middle, frame.header - 1.6), text, TICK, "center")


def _draw_bar(frame: Rows, scale: Scale, row: int, bar: Bar, base: Fraction | None) -> float:
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


def _alt(bars: Sequence[Bar], labels: Labels, unit: str) -> str:
    parts = []
    for bar in bars:
        amount = labels.with_unit(bar.amount, unit) if bar.total else labels.delta(bar.amount)
        parts.append(f"{spoken(bar.name)} {amount}")
    return f"Bridge: {'; '.join(parts)}."
