"""One whole and its parts as a single bar of a hundred per cent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from unitcost.display import theme
from unitcost.display.charts.chart import Caption, Chart
from unitcost.display.charts.names import shown_apart, spoken
from unitcost.display.charts.numbers import Measure, Number
from unitcost.display.charts.ranked import ranked_bars
from unitcost.display.charts.scale import spread
from unitcost.display.charts.sheet import NOTE, STRONG_NAME, VALUE, Rect, Sheet, Style, width_of
from unitcost.display.formats import UNKNOWN
from unitcost.numbers.estimate import ratio
from unitcost.numbers.exact import checked

Part = tuple[str, Number | None]
MOST_PARTS = 8
BAR = Rect(0, 1, theme.WIDTH_MM, 10)
LABEL_GAP = 4.0
# Neighbours differ in lightness and in hatching, so the parts stay apart in black and white.
_FILLS: tuple[tuple[str, str, bool], ...] = (
    (theme.BRAND, theme.BRAND, False),
    (theme.DOWN_FILL, theme.BRAND, False),
    ("#7d9db4", theme.BRAND, False),
    (theme.PAPER, theme.BRAND, True),
    (theme.MUTED, theme.MUTED, False),
    (theme.BEFORE_FILL, theme.MUTED, False),
    ("#98a2b3", theme.MUTED, False),
    (theme.PAPER, theme.MUTED, True),
)


def stacked_share(parts: Sequence[Part], caption: Caption, measure: Measure) -> Chart:
    """Return one bar of 100 % made of (name, amount), in the order given, each part labelled under it.

    Shares are of the sum of the parts. Where that makes no sense (a negative part, nothing at all) the
    amounts are drawn as plain bars and the subtitle says so. Raises ValueError for no parts or more than
    eight, TypeError for floats.
    """
    if not 1 <= len(parts) <= MOST_PARTS:
        raise ValueError(f"a bar of shares shows 1 to {MOST_PARTS} parts, not {len(parts)}; sum the rest as Other")
    found = [(name, checked(amount, spoken(name))) for name, amount in parts]
    whole = sum((Fraction(amount) for _, amount in found if amount is not None), Fraction(0))
    if whole <= 0 or any(amount is not None and amount < 0 for _, amount in found):
        return _as_amounts(found, caption, measure)
    labels = measure.labels([amount for _, amount in found])
    shares = [ratio(amount, whole) if amount is not None else None for _, amount in found]
    sheet = Sheet(BAR.bottom + 18)
    centres = _draw_bar(sheet, [Fraction(amount or 0) / whole for _, amount in found])
    amounts = [labels.with_unit(amount, measure.unit) for _, amount in found]
    percents = [measure.formats.share(share) for share in shares]
    _draw_labels(sheet, centres, [name for name, _ in found], percents, amounts)
    spoken_parts = [f"{spoken(name)} {percent} ({amount})"
                    for (name, _), percent, amount in zip(found, percents, amounts, strict=True)]  # fmt: skip
    return Chart.of(sheet, caption, f"One bar of 100 %: {'; '.join(spoken_parts)}.")


def _as_amounts(parts: Sequence[tuple[str, Decimal | None]], caption: Caption, measure: Measure) -> Chart:
    note = "amounts: the parts have no shares of a positive whole"
    subtitle = f"{caption.subtitle}; {note}" if caption.subtitle else note
    rows = [(name, amount, None) for name, amount in parts]
    return ranked_bars(rows, replace(caption, subtitle=subtitle), measure, now="Amount")


def _draw_bar(sheet: Sheet, shares: Sequence[Fraction]) -> list[float]:
    """Draw the parts and return the middle of each."""
    centres = []
    left = BAR.left + 0.3
    room = BAR.right - BAR.left - 0.6
    for share, (fill, edge, hatched) in zip(shares, _FILLS, strict=False):
        right = left + room * float(share)
        centres.append((left + right) / 2)
        if share:
            sheet.box(Rect(left, BAR.top, right, BAR.bottom), fill=fill, edge=edge, hatched=hatched)
        left = right
    return centres


def _draw_labels(
    sheet: Sheet,
    centres: Sequence[float],
    names: Sequence[str],
    percents: Sequence[str],
    amounts: Sequence[str],
) -> None:
    """Write name, share and amount under each part, pushed apart, joined to it by a line."""
    room = sheet.width / len(names) - LABEL_GAP
    lines: list[tuple[Sequence[str], Style]] = [
        (shown_apart(names, room, STRONG_NAME), STRONG_NAME),
        (percents, VALUE),
        (amounts, NOTE),
    ]
    widths = [max(width_of(texts[place], style) for texts, style in lines) + LABEL_GAP for place in range(len(names))]
    # The outermost labels may touch the edges of the sheet: only the gaps between labels count.
    placed = spread(centres, widths, -LABEL_GAP / 2, sheet.width + LABEL_GAP / 2)
    for place, (centre, label) in enumerate(zip(centres, placed, strict=True)):
        knee = BAR.bottom + 1.6
        if percents[place] != UNKNOWN:
            bends = (BAR.bottom, knee, knee + 1.4, knee + 2.2)
            sheet.line((centre, centre, label, label), bends, color=theme.QUIET)
        for depth, (texts, style) in zip((7.4, 11.4, 15.2), lines, strict=True):
            sheet.text((label, BAR.bottom + depth), texts[place], style, "center")
