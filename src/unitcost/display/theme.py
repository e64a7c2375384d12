"""House style: colours, sizes, and the matplotlib settings that make charts alike and repeatable.

Colours are chosen for white paper. The six of SERIES carry text (contrast 4.5:1 or more) and stay apart
under protanopia, deuteranopia and tritanopia (CIEDE2000 of 10 or more for each pair); the tests measure
both. Colour never carries a meaning alone: hatching, outlines, signs and words say the same.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import matplotlib as mpl
from cycler import cycler
from matplotlib import font_manager

from unitcost.display.fonts import FAMILIES, FONT_DIR, SANS, font_files

__all__ = ["FAMILIES", "FONT_DIR", "SERIES", "WIDTH_MM", "apply", "register_fonts", "settings"]

WIDTH_MM = 170.0
MM = 1 / 25.4

BRAND = "#0b3c5d"
ACCENT = "#328cc1"  # 3.7:1 on white: lines and fills, never text
INK = "#101828"
TEXT = "#344054"
MUTED = "#475467"
QUIET = "#667085"
GRID = "#e4e7ec"
PALE = "#f5f7fa"
PAPER = "#ffffff"

SERIES: tuple[str, ...] = (BRAND, "#b45309", "#008060", "#6d28d9", "#7f1d1d", QUIET)

# Scenario notation: actual solid and dark, an earlier period pale with an outline, a plan dotted.
NOW_FILL = BRAND
BEFORE_FILL, BEFORE_EDGE = "#e4e7ec", QUIET
UP_FILL, UP_EDGE = "#fbead7", "#b45309"
DOWN_FILL, DOWN_EDGE = "#dbe8f1", BRAND

SIZE_PANEL = 8.5
SIZE_NAME = 8.0
SIZE_LABEL = 7.5
SIZE_TICK = 7.0
LINE_PT = 1.4
HAIR_PT = 0.5

SVG_METADATA: dict[str, None] = {"Date": None, "Creator": None, "Format": None, "Type": None}


# The look of every chart; only the way text is written differs between the media.
_STYLE: dict[str, Any] = {
    "svg.hashsalt": "unitcost",
    "font.family": list(FAMILIES),
    "font.size": SIZE_NAME,
    "font.weight": 400,
    "text.usetex": False,
    "text.parse_math": False,
    "text.color": TEXT,
    "figure.figsize": (WIDTH_MM * MM, 80 * MM),
    "figure.dpi": 144,
    "figure.facecolor": PAPER,
    "figure.constrained_layout.use": True,
    "savefig.bbox": None,
    "savefig.facecolor": PAPER,
    "savefig.transparent": False,
    "axes.facecolor": PAPER,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": MUTED,
    "axes.labelsize": SIZE_LABEL,
    "axes.titlesize": SIZE_PANEL,
    "axes.titleweight": 600,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.linewidth": HAIR_PT,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "axes.prop_cycle": cycler(color=SERIES),
    "axes.formatter.use_mathtext": False,
    "axes.unicode_minus": True,
    "grid.color": GRID,
    "grid.linewidth": HAIR_PT,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": SIZE_TICK,
    "ytick.labelsize": SIZE_TICK,
    "ytick.left": False,
    "lines.linewidth": LINE_PT,
    "hatch.linewidth": HAIR_PT,
    "hatch.color": MUTED,
}


@cache
def register_fonts() -> None:
    """Make the bundled families known to matplotlib under their exact weights.

    A fallback family has one weight; it is registered for all of them, otherwise matplotlib logs a warning
    for each bold label.
    """
    primary = {"Regular": (400, "normal"), "SemiBold": (600, "normal"), "Bold": (700, "normal")}
    primary["Italic"] = (400, "italic")
    found = []
    for face, (weight, style) in primary.items():
        file = FONT_DIR / f"{SANS.replace(' ', '')}-{face}.ttf"
        found.append(font_manager.FontEntry(fname=str(file), name=SANS, style=style, weight=weight))
    for family in FAMILIES[1:]:
        stem = f"{family.replace(' ', '')}-Regular"
        file = next(path for path in font_files() if path.stem == stem)
        for weight, style in primary.values():
            found.append(font_manager.FontEntry(fname=str(file), name=family, style=style, weight=weight))
    font_manager.fontManager.ttflist.extend(found)


def settings(*, text_as_text: bool = False) -> Any:
    """Return the house rcParams. With `text_as_text` an SVG keeps its words as words (for PDF)."""
    register_fonts()
    return _STYLE | {"svg.fonttype": "none" if text_as_text else "path"}


def apply() -> None:
    """Switch the house style on for an analyst's own charts in a notebook."""
    mpl.rcParams.update(settings())
