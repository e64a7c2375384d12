"""Names from data, cut to what a chart has room for."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence

from unitcost.display.charts.sheet import NAME, Style, width_of
from unitcost.display.fonts import drawable

LONGEST = 32
LONGEST_SPOKEN = 60
ELLIPSIS = "…"
NAMELESS = "(no name)"
_FIRST_LOOK = 400  # characters of a name that are looked at; nobody reads further, and measuring costs time


def shown(name: str, room: float, style: Style = NAME) -> str:
    """Return `name` on one line, at most 28 characters and `room` millimetres, "…" for what was cut."""
    text = drawable(name[:_FIRST_LOOK]) or NAMELESS
    cut = len(name) > _FIRST_LOOK
    limit = min(len(text), LONGEST)
    if cut or len(text) > LONGEST:
        text = _head(text, LONGEST - 1)
        cut = True
    while text and width_of(text + (ELLIPSIS if cut else ""), style) > room:
        limit -= 1
        text, cut = _head(text, min(limit, len(text) - 1)), True
    return text.rstrip() + ELLIPSIS if cut else text


def shown_apart(names: Sequence[str], room: float, style: Style = NAME) -> list[str]:
    """Return `names` cut like `shown`, but by their middle where two would look the same."""
    texts = [shown(name, room, style) for name in names]
    twins = {text for text, count in Counter(texts).items() if count > 1}
    return [_middle(name, room, style) if text in twins else text for name, text in zip(names, texts, strict=True)]


def spoken(name: str) -> str:
    """Return `name` for a sentence: drawable, at most 60 characters."""
    text = drawable(name[:_FIRST_LOOK]) or NAMELESS
    return text if len(text) <= LONGEST_SPOKEN else _head(text, LONGEST_SPOKEN - 1).rstrip() + ELLIPSIS


def _middle(name: str, room: float, style: Style) -> str:
    text = drawable(name[:_FIRST_LOOK] if len(name) <= _FIRST_LOOK else name[:200] + name[-200:])
    for length in range(LONGEST - 1, 2, -1):
        if len(text) <= length:
            continue
        tail = length // 2
        short = _head(text, length - tail).rstrip() + ELLIPSIS + _tail(text, tail).lstrip()
        if width_of(short, style) <= room:
            return short
    return shown(name, room, style)


def _head(text: str, length: int) -> str:
    # Never cut between a letter and its accent, nor inside an emoji built of several.
    while 0 < length < len(text) and (_clings(text[length]) or text[length - 1] == "\u200d"):
        length -= 1
    return text[: max(length, 0)]


def _tail(text: str, length: int) -> str:
    start = len(text) - length
    while 0 < start < len(text) and (_clings(text[start]) or text[start - 1] == "\u200d"):
        start += 1
    return text[start:]


def _clings(ch: str) -> bool:
    joins = ch in "\u200c\u200d\ufe0e\ufe0f" or "\U0001f3fb" <= ch <= "\U0001f3ff"
    return joins or unicodedata.category(ch).startswith("M")
