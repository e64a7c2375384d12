"""Overlaps as in an UpSet picture (Lex et al. 2014): which names make a set, as joined dots, and how large it is."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from unitcost.display import theme
from unitcost.display.charts.chart import Caption, Chart
from unitcost.display.charts.names import shown_apart, spoken
from unitcost.display.charts.numbers import Labels, Measure, Number, known
from unitcost.display.charts.rows import GAP, TALLEST
from unitcost.display.charts.scale import Scale, tight
from unitcost.display.charts.sheet import NAME, VALUE, Rect, Sheet, width_of
from unitcost.numbers.exact import checked

SetRow = tuple[Sequence[str], Number]
MOST_NAMES = 12
ROW = 6.4
NAME_STEP = 4.4
PITCH = 5.6
MARGIN = 2.0
DOT = 2.6
NAME_ROOM = 60.0


def upset(
    rows: Sequence[SetRow], caption: Caption, measure: Measure, *, rest: tuple[int, Number] | None = None
) -> Chart:
    """Return a row of joined dots and a bar per (names of the set, size), in the order given.

    `rest` is the number of sets that are not shown and their size in all. Names stand above their dots, in the
    order in which sets name them. Raises ValueError for no rows or more rows or names than fit, TypeError for floats.
    """
    found = [(tuple(names), checked(size, _set_name(names))) for names, size in rows]
    names = list(dict.fromkeys(name for members, _ in found for name in members))
    if not found or not names:
        raise ValueError("a picture of sets needs at least one set of at least one name")
    if len(names) > MOST_NAMES:
        raise ValueError(f"{len(names)} names do not fit; show sets of at most {MOST_NAMES} and sum the rest")
    more, rest_size = (rest[0], checked(rest[1], "the rest")) if rest is not None else (0, None)
    labels = measure.labels([size for _, size in found] + [rest_size])
    texts = [labels.value(size) for _, size in found]
    sizes = [size for _, size in found]
    if more:
        texts.append(f"{labels.value(rest_size)} in {more} more {'set' if more == 1 else 'sets'}")
        sizes.append(rest_size)
    picture = _Picture(names, len(sizes))
    picture.draw_names()
    scale = picture.scale(known(sizes), texts)
    for row, (text, size) in enumerate(zip(texts, sizes, strict=True)):
        members = found[row][0] if row < len(found) else ()
        picture.draw_row(row, members, size, text, scale)
    return Chart.of(picture.sheet, caption, _alt(found, labels, measure.unit, (more, rest_size)))


class _Picture:
    """The sheet with the place of every name and row."""

    def __init__(self, names: Sequence[str], rows: int) -> None:
        self.names = names
        self.header = NAME_STEP * len(names) + 2.0
        height = min(ROW, (TALLEST - self.header) / rows)
        if height < 3.6:
            raise ValueError(f"{rows} sets do not fit a page; show the largest and sum the rest")
        self.height = height
        self.rows = rows
        self.sheet = Sheet(self.header + height * rows + 2.0)
        self.left = self.across(len(names) - 1) + DOT / 2 + GAP

    def across(self, column: int) -> float:
        return MARGIN + PITCH * column

    def middle(self, row: int) -> float:
        return self.header + self.height * (row + 0.5)

    def scale(self, sizes: Sequence[Decimal], texts: Sequence[str]) -> Scale:
        room = max(width_of(text, VALUE) for text in texts) + 1.5
        return tight(sizes, self.left, self.sheet.width - room)

    def draw_names(self) -> None:
        """Write the names as stairs going down, so that no name stands in the way of another one's line."""
        for column, text in enumerate(shown_apart(self.names, NAME_ROOM)):
            height = NAME_STEP * (column + 0.5)
            across = self.across(column)
            self.sheet.line((across, across), (height, self.middle(self.rows - 1)), color=theme.GRID)
            self.sheet.line((across, across + 1.4), (height, height), color=theme.QUIET)
            self.sheet.line((across, across), (height, self.header), color=theme.QUIET)
            self.sheet.middle_text((across + 2.2, height), text, NAME)

    def draw_row(self, row: int, members: Sequence[str], size: Decimal | None, text: str, scale: Scale) -> None:
        middle, inside = self.middle(row), [c for c, name in enumerate(self.names) if name in members]
        if members:
            ends = (self.across(inside[0]), self.across(inside[-1]))
            self.sheet.line(ends, (middle, middle), color=theme.BRAND, width=theme.LINE_PT)
            for column in inside:
                self.sheet.dot((self.across(column), middle), color=theme.BRAND, size=DOT)
        end = scale.at(max(size or Decimal(0), Decimal(0)))
        half = self.height * 0.30
        if size:
            place = Rect(scale.at(Decimal(0)), middle - half, scale.at(size), middle + half)
            if members:
                self.sheet.box(place, fill=theme.NOW_FILL)
            else:
                self.sheet.box(place, fill=theme.BEFORE_FILL, edge=theme.BEFORE_EDGE)
        self.sheet.middle_text((end + 1.5, middle), text, VALUE)


def _set_name(names: Sequence[str]) -> str:
    words = [spoken(name) for name in names]
    return words[0] + " alone" if len(words) == 1 else " + ".join(words) or "no name"


def _alt(
    rows: Sequence[tuple[Sequence[str], Decimal | None]],
    labels: Labels,
    unit: str,
    rest: tuple[int, Decimal | None],
) -> str:
    parts = [f"{_set_name(members)} {labels.with_unit(size, unit)}" for members, size in rows]
    if rest[0]:
        parts.append(f"{rest[0]} more {'set' if rest[0] == 1 else 'sets'} {labels.with_unit(rest[1], unit)}")
    return f"Sizes of sets, each counted once, a bar each: {'; '.join(parts)}."
