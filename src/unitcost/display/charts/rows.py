"""Charts made of rows: a name, a bar on a common scale, numbers in columns at the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from unitcost.display import theme
from unitcost.display.charts.names import shown_apart
from unitcost.display.charts.scale import Scale, tight
from unitcost.display.charts.sheet import NAME, NOTE, TICK, VALUE, Rect, Sheet, Style, width_of

NAME_ROOM = 52.0
GAP = 3.0
HEADER = 7.0
TALLEST = 240.0  # a page's worth of millimetres


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """Texts written right-aligned beside the bars, one for each row, under a heading."""

    heading: str
    texts: Sequence[str]
    style: Style = VALUE

    @property
    def width(self) -> float:
        """The room the column needs."""
        return max([width_of(self.heading, TICK), *(width_of(text, self.style) for text in self.texts)])


@dataclass(frozen=True, slots=True)
class Rows:
    """The frame of a row chart: where names, bars and number columns stand."""

    sheet: Sheet
    names: list[str]
    columns: Sequence[NumberColumn]
    height: float
    left: float
    right: float
    style: Style = NAME
    header: float = HEADER

    @classmethod
    def of(
        cls,
        names: Sequence[str],
        columns: Sequence[NumberColumn],
        height: float,
        style: Style = NAME,
        header: float = HEADER,
    ) -> Rows:
        """Lay out rows of `height` millimetres, less to fit a page. Raises ValueError for none or too many.

        Headings over the bars or columns take `header` millimetres.
        """
        if not names:
            raise ValueError("a chart of rows needs at least one row")
        height = min(height, (TALLEST - header) / len(names))
        if height < 3.6:
            raise ValueError(f"{len(names)} rows do not fit a page; show the largest and sum the rest (with_rest)")
        texts = shown_apart(names, NAME_ROOM, style)
        left = max(width_of(text, style) for text in texts) + GAP
        sheet = Sheet(header + height * len(names) + 2)
        right = sheet.width - sum(column.width + GAP for column in columns)
        return cls(sheet, texts, columns, height, left, right, style, header)

    def scale(self, values: Sequence[Decimal]) -> Scale:
        """Return the scale of the bars: from zero, without ticks, the largest value at the right edge."""
        return tight(values, self.left, self.right)

    @property
    def bottom(self) -> float:
        """The lower edge of the last row."""
        return self.header + self.height * len(self.names)

    def middle(self, row: int) -> float:
        """Return the height of a row's middle."""
        return self.header + self.height * (row + 0.5)

    def write(self) -> None:
        """Write names, numbers and headings, with hairlines between the rows."""
        for row, name in enumerate(self.names):
            self.sheet.middle_text((0, self.middle(row)), name, self.style)
            if row:
                edge = self.header + self.height * row
                self.sheet.line((0, self.sheet.width), (edge, edge), color=theme.GRID)
        edge = self.right
        for column in self.columns:
            edge += GAP + column.width
            self.sheet.text((edge, self.header - 2.6), column.heading, TICK, "right")
            for row, text in enumerate(column.texts):
                self.sheet.middle_text((edge, self.middle(row)), text, column.style, "right")

    def zero_line(self, scale: Scale) -> None:
        """Draw the line the bars start from."""
        zero = scale.at(Decimal(0))
        self.sheet.line((zero, zero), (self.header, self.bottom), color=theme.QUIET, width=0.8)


def draw_pair_key(sheet: Sheet, left: float, room: float, now: str, before: str) -> None:
    """Name the two kinds of bars above the bars themselves: solid now, outlined before."""
    baseline = HEADER - 2.6
    for text, fill, edge in ((now, theme.NOW_FILL, None), (before, theme.BEFORE_FILL, theme.BEFORE_EDGE)):
        if not text:
            continue
        width = width_of(text, NOTE) + 4.5
        if width > room:
            return
        sheet.box(Rect(left, baseline - 1.9, left + 3.2, baseline), fill=fill, edge=edge)
        sheet.text((left + 4.5, baseline), text, TICK)
        left, room = left + width + GAP, room - width - GAP
