"""A sheet of paper in millimetres on which the house charts are drawn.

Positions are millimetres from the top left corner; text sits on baselines and is measured with the metrics
the SVG is written with, so a chart knows before drawing whether a label fits.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Ellipse, PathPatch, Polygon, Rectangle
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

from unitcost.display import theme
from unitcost.display.charts.lean_svg import lean
from unitcost.display.fonts import FAMILIES, SANS, family_of

Align = Literal["left", "center", "right"]
Point = tuple[float, float]
PT = 25.4 / 72  # one point in millimetres
CAP = 0.727  # height of capitals and digits of the primary family, in em
HATCH_STEP = 1.1


@dataclass(frozen=True, slots=True)
class Style:
    """How a piece of text is set: size in points, weight, colour."""

    size: float
    weight: int = 400
    color: str = theme.TEXT


PANEL = Style(theme.SIZE_PANEL, 600, theme.INK)
NAME = Style(theme.SIZE_NAME)
STRONG_NAME = Style(theme.SIZE_NAME, 600, theme.INK)
VALUE = Style(theme.SIZE_LABEL, 600, theme.INK)
NOTE = Style(theme.SIZE_LABEL, 400, theme.MUTED)
TICK = Style(theme.SIZE_TICK, 400, theme.MUTED)


class Rect(NamedTuple):
    """A rectangle by its edges."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Rect) -> bool:
        """Return whether the two share more than an edge."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def width_of(text: str, style: Style = NOTE) -> float:
    """Return the width of one line of text in millimetres."""
    return _width(text, style.size, style.weight)


@lru_cache(maxsize=4096)
def _width(text: str, size: float, weight: int) -> float:
    theme.register_fonts()
    font = FontProperties(family=list(FAMILIES), size=size, weight=weight)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width) * PT


class OutlinedText(Text):
    """Text that is drawn as outlines even where an SVG keeps its words as words.

    The SVG reader behind the PDF cannot look for single characters in fallback fonts: it prints boxes for
    emoji and can crash. Outlines need no font.
    """

    def draw(self, renderer: Any) -> None:
        """Draw the outlines of the glyphs."""
        with rc_context({"svg.fonttype": "path"}):
            super().draw(renderer)


class Sheet:
    """A drawing surface, `width` by `height` millimetres, white."""

    def __init__(self, height: float, width: float = theme.WIDTH_MM) -> None:
        self.width = width
        self.height = height
        with rc_context(_settings()):
            self.figure = Figure(figsize=(width * theme.MM, height * theme.MM))
            FigureCanvasSVG(self.figure)
            axes: Axes = self.figure.add_axes((0.0, 0.0, 1.0, 1.0))
            axes.set(xlim=(0, width), ylim=(height, 0))
            axes.set_axis_off()
        self._axes = axes
        self._layer = 1.0

    def text(self, at: Point, text: str, style: Style = NOTE, align: Align = "left") -> Rect:
        """Write one line whose baseline starts, centres or ends at `at`. Returns the place it takes."""
        if not text:
            return Rect(*at, *at)
        with rc_context(_settings()):
            label = (Text if _simple(text) else OutlinedText)(
                *at, text, size=style.size, weight=style.weight, color=style.color, ha=align, va="baseline",
                parse_math=False, zorder=self._next(),
            )  # fmt: skip
            label.set_clip_on(False)
            self._axes.add_artist(label)
        return place_of(at, text, style, align)

    def middle_text(self, at: Point, text: str, style: Style = NOTE, align: Align = "left") -> Rect:
        """Write one line whose digits are centred on the height of `at`."""
        return self.text((at[0], at[1] + style.size * PT * CAP / 2), text, style, align)

    def clear_text(self, at: Point, text: str, style: Style = NOTE) -> Rect:
        """Write one line from `at` on the height of its digits, with paper behind it."""
        baseline = (at[0], at[1] + style.size * PT * CAP / 2)
        place = place_of(baseline, text, style)
        self.box(Rect(place.left - 0.5, place.top - 0.5, place.right + 0.5, place.bottom + 0.3), fill=theme.PAPER)
        return self.text(baseline, text, style)

    def line(
        self,
        xs: Sequence[float],
        ys: Sequence[float],
        *,
        color: str = theme.INK,
        width: float = theme.HAIR_PT,
        dash: tuple[float, ...] | None = None,
    ) -> None:
        """Draw a polyline; `width` in points, `dash` as lengths of ink and gap in line widths."""
        self._axes.plot(
            xs, ys, color=color, linewidth=width, linestyle=(0, dash) if dash else "-", clip_on=False,
            solid_joinstyle="round", solid_capstyle="butt", scalex=False, scaley=False, zorder=self._next(),
        )  # fmt: skip

    def dot(self, at: Point, *, color: str, size: float = 1.5, hollow: bool = False) -> None:
        """Draw a round marker `size` millimetres wide."""
        face = theme.PAPER if hollow else color
        self._add(Ellipse(at, size, size, facecolor=face, edgecolor=color, linewidth=0.9))

    def box(self, place: Rect, *, fill: str, edge: str | None = None, hatched: bool = False) -> None:
        """Draw a rectangle, edges in any order; `hatched` adds slanted lines in the colour of the edge."""
        left, right = sorted((place.left, place.right))
        top, bottom = sorted((place.top, place.bottom))
        self._add(
            Rectangle((left, top), right - left, bottom - top, facecolor=fill, edgecolor=edge or "none",
                      linewidth=0.8 if edge else 0)
        )  # fmt: skip
        lines = hatch_lines(Rect(left, top, right, bottom)) if hatched else []
        if lines:
            path = Path([point for line in lines for point in line], [Path.MOVETO, Path.LINETO] * len(lines))
            self._add(PathPatch(path, fill=False, edgecolor=edge or theme.MUTED, linewidth=0.5))

    def area(self, outline: Sequence[Point], *, fill: str) -> None:
        """Fill a polygon."""
        self._add(Polygon(list(outline), closed=True, facecolor=fill, edgecolor="none", linewidth=0))

    def svg(self, *, text_as_text: bool) -> str:
        """Return the sheet as SVG: the same bytes for the same drawing, in any process, on any day."""
        target = io.BytesIO()
        with rc_context(_settings(text_as_text=text_as_text)):
            self.figure.savefig(target, format="svg", metadata=theme.SVG_METADATA)
        return lean(target.getvalue())

    def _add(self, patch: Any) -> None:
        patch.set(clip_on=False, zorder=self._next())
        self._axes.add_patch(patch)

    def _next(self) -> float:
        # What is drawn later lies on top, whatever its kind.
        self._layer += 0.001
        return self._layer


def _simple(text: str) -> bool:
    return all(family_of(ch) == SANS for ch in text)


def place_of(at: Point, text: str, style: Style, align: Align = "left") -> Rect:
    """Return the rectangle a line of text takes whose baseline is at `at`."""
    width = width_of(text, style)
    left = at[0] - {"left": 0.0, "center": width / 2, "right": width}[align]
    size = style.size * PT
    return Rect(left, at[1] - CAP * size, left + width, at[1] + 0.22 * size)


def hatch_lines(place: Rect) -> list[tuple[Point, Point]]:
    """Return lines at 45°, cut to a rectangle, as pairs of points."""
    left, top, right, bottom = place
    height = bottom - top
    found: list[tuple[Point, Point]] = []
    start = left - height + HATCH_STEP / 2
    while start < right:
        first, last = max(start, left), min(start + height, right)
        if last > first:
            found.append(((first, bottom - (first - start)), (last, bottom - (last - start))))
        start += HATCH_STEP
    return found


def _settings(*, text_as_text: bool = False) -> Any:
    # The sheet places everything itself, so matplotlib's own layout stays out of it.
    return theme.settings(text_as_text=text_as_text) | {"figure.constrained_layout.use": False}
