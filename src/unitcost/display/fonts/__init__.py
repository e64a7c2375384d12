"""The bundled fonts: where they lie, what they cover, and how a web page carries them.

Charts, PDF and HTML all draw with these files, never with a font of the machine. `coverage.json` says which
family holds which character, so that no font is opened to answer that question; the dev script
`tools/build_fonts.py` writes it together with the fonts.
"""

from __future__ import annotations

import base64
import io
import json
import re
import unicodedata
from bisect import bisect_right
from functools import cache
from pathlib import Path

FONT_DIR = Path(__file__).parent
# What matplotlib would note of the fonts that it brings along, in the form and under the name in which it looks for it.
FONT_LIST = FONT_DIR / "fontlist-v3.11.0.json"
SANS = "Unitcost Sans"
# The order in which a text looks for its characters: primary first, then the fallbacks.
FAMILIES: tuple[str, ...] = (
    SANS,
    "Unitcost Arabic",
    "Unitcost Hebrew",
    "Unitcost Thai",
    "Unitcost Devanagari",
    "Unitcost CJK",
    "Unitcost Emoji",
)
CSS_FAMILY = ", ".join(f'"{family}"' for family in FAMILIES) + ", sans-serif"
_FACES = (
    ("Regular", 400, "normal"),
    ("SemiBold", 600, "normal"),
    ("Bold", 700, "normal"),
    ("Italic", 400, "italic"),
)
_EPOCH = 3_786_912_000  # 2024-01-01 in seconds since 1904: embedded subsets carry no clock
_JOINERS = frozenset("\u200c\u200d\ufe0e\ufe0f")  # they shape their neighbours, so they follow them into a subset


def font_files() -> list[Path]:
    """Return every bundled TrueType or OpenType file, sorted by name."""
    return sorted(path for path in FONT_DIR.iterdir() if path.suffix in (".ttf", ".otf"))


def family_of(ch: str) -> str | None:
    """Return the first family that draws `ch`, or None if no bundled font does."""
    code = ord(ch)
    for family, (starts, ends) in _coverage().items():
        at = bisect_right(starts, code) - 1
        if at >= 0 and code <= ends[at]:
            return family
    return None


def covered(ch: str) -> bool:
    """Return whether one of the bundled fonts draws the character `ch`."""
    return family_of(ch) is not None


def drawable(text: str) -> str:
    """Return `text` as every bundled font can draw it: on one line, nothing invisible, no empty boxes.

    White space and control characters become one space, direction overrides and zero-width marks go (joiners
    that shape emoji and scripts stay), and a character no font holds is written as its code point.
    """
    shown: list[str] = []
    for ch in unicodedata.normalize("NFC", text):
        category = unicodedata.category(ch)
        if ch in _JOINERS:
            shown.append(ch)
        elif ch.isspace() or category == "Cc":
            shown.append("\u00a0" if ch in "\u00a0\u202f" else " ")
        elif category == "Cf":
            continue
        else:
            shown.append(ch if covered(ch) else f"[U+{ord(ch):04X}]")
    return re.sub(" +", " ", "".join(shown)).strip(" ")


@cache
def html_faces() -> str:
    """Return the `@font-face` rules of the primary family with the fonts inside (four faces, woff2)."""
    rules = []
    for face, weight, style in _FACES:
        data = (FONT_DIR / f"UnitcostSans-{face}.woff2").read_bytes()
        rules.append(_face(SANS, data, "font/woff2", "woff2", weight=weight, style=style))
    return "\n".join(rules)


def html_fallback_faces(text: str) -> str:
    """Return `@font-face` rules for the characters of `text` that the primary family lacks.

    Only the glyphs in use are embedded, so a page with three Han characters grows by a few kilobytes. The
    bytes depend on the set of characters alone. Returns "" when the primary family is enough.
    """
    wanted: dict[str, set[str]] = {}
    for ch in set(text):
        family = family_of(ch)
        if family not in (None, SANS) and ch not in _JOINERS:
            wanted.setdefault(str(family), set()).add(ch)
    rules = []
    for family in FAMILIES[1:]:
        if family in wanted:
            joiners = _JOINERS & set(text)
            data = _subset(family, frozenset(ord(ch) for ch in wanted[family] | joiners))
            rules.append(_face(family, data, "font/sfnt", "opentype", weight=400, style="normal"))
    return "\n".join(rules)


def _face(family: str, data: bytes, media: str, kind: str, *, weight: int, style: str) -> str:
    encoded = base64.b64encode(data).decode("ascii")
    return (
        f'@font-face{{font-family:"{family}";font-style:{style};font-weight:{weight};font-display:block;'
        f'src:url("data:{media};base64,{encoded}") format("{kind}")}}'
    )


def _path_of(family: str) -> Path:
    stem = family.replace(" ", "") + "-Regular"
    return next(path for path in font_files() if path.stem == stem)


@cache
def _subset(family: str, codes: frozenset[int]) -> bytes:
    # fontTools costs a third of a second to import: most reports never need it.
    from fontTools import subset
    from fontTools.ttLib import TTFont

    target = io.BytesIO()
    with TTFont(_path_of(family), recalcTimestamp=False, lazy=True) as font:
        options = subset.Options(layout_features=["*"], hinting=False, notdef_outline=True)
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=sorted(codes))
        cutter.subset(font)
        font["head"].modified = font["head"].created = _EPOCH
        font.save(target)
    return target.getvalue()


@cache
def _coverage() -> dict[str, tuple[list[int], list[int]]]:
    table = json.loads((FONT_DIR / "coverage.json").read_text(encoding="utf-8"))
    return {family: ([first for first, _ in table[family]], [last for _, last in table[family]]) for family in FAMILIES}
