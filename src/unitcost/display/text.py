"""Text from data made safe to show: it keeps its meaning and its order, and nothing in it comes alive.

Names reach a page from bills and tags, so any character may be in them. Control characters are shown as
pictures, direction overrides and invisible characters are fenced in one by one, a character no bundled font
draws is written as its code point on paper, and a very long name is cut where it stands and listed in full
on the trust page.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, fields, is_dataclass

from markupsafe import Markup, escape

from unitcost.display.fonts import covered
from unitcost.display.model import CodeBlock, Figure

NAME_LIMIT = 80
CELL_LIMIT = 240
SENTENCE_LIMIT = 400
SENTENCE_NAME_LIMIT = 40
ELLIPSIS = "…"
_ENDLESS = re.compile(r"\S{40,}[^\s,;:.)]")  # punctuation after a name is not part of it
POP_DIRECTION = "\u202c"
POP_ISOLATE = "\u2069"
# Openers of a directional embedding, each with the character that ends it.
_OPENERS = {
    **dict.fromkeys("\u202a\u202b\u202d\u202e", POP_DIRECTION),
    **dict.fromkeys("\u2066\u2067\u2068", POP_ISOLATE),
}
# Strong marks: alone they pull neutral neighbours to their side, so they are put into an isolate.
_MARKS = "\u200e\u200f\u061c"
# Invisible, though Unicode does not file them under format characters.
_BLANK_LETTERS = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"
_LINE_ENDS = "\u2028\u2029"
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]"
    "(?:[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\\s]*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc])?"
)


def is_hidden(ch: str) -> bool:
    """Return whether `ch` changes what a reader sees without being seen itself (not a control character)."""
    return unicodedata.category(ch) == "Cf" or ch in _BLANK_LETTERS


def has_hidden(text: str) -> bool:
    """Return whether a name holds hidden or control characters."""
    return any(is_hidden(ch) or _is_control(ch) for ch in text)


def spelled(text: str) -> str:
    """Return `text` with every hidden or control character written as its code point, <U+202E>."""
    return "".join(f"<{_code_point(ch)}>" if is_hidden(ch) or _is_control(ch) else ch for ch in text)


def cut(text: str, limit: int = NAME_LIMIT) -> str:
    """Return `text` within `limit` characters, ending in … when something was left out."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    # A mark that belongs to a letter stays with it or goes with it.
    while head and (unicodedata.combining(text[len(head)]) or text[len(head)] in "\u200d\ufe0e\ufe0f"):
        head = head[:-1]
    return head.rstrip() + ELLIPSIS


def for_web(value: object, breaks: bool = False) -> Markup:
    """Return text as HTML: escaped, hidden characters isolated, right-to-left runs kept to themselves.

    The text content stays what it was, but for control characters, which HTML does not allow. With `breaks`
    line ends are kept (preformatted text).
    """
    text = str(value)
    parts: list[Markup] = []
    at = 0
    for match in _RIGHT_TO_LEFT.finditer(text):
        parts.append(_web_run(text[at : match.start()], breaks))
        parts.append(Markup("<bdi>{}</bdi>").format(_web_run(match.group(), breaks)))
        at = match.end()
    parts.append(_web_run(text[at:], breaks))
    return Markup("").join(parts)


def for_paper(text: str, breaks: bool = False) -> str:
    """Return text as Typst prints it: directions closed at once, what cannot be drawn spelled out."""
    return "".join("\n" if breaks and ch == "\n" else _paper_character(ch) for ch in text)


def typst_literal(value: object) -> Markup:
    """Return a value of the page model as a Typst literal; text becomes a string literal, never markup.

    A dataclass becomes a dictionary with its `kind`; bytes have no literal and raise TypeError.
    """
    return Markup(_literal(value))


@dataclass(slots=True)
class Names:
    """The names seen while a report is made that need a line of their own on the trust page."""

    long: dict[str, None] = field(default_factory=dict)
    hidden: dict[str, None] = field(default_factory=dict)

    def show(self, text: str, limit: int = NAME_LIMIT) -> str:
        """Return a name as it stands in a table and remember it if anything of it does not show there."""
        if has_hidden(text):
            self.hidden.setdefault(text)
        shown = cut(text, limit)
        if shown != text:
            self.long.setdefault(text)
        return shown

    def sentence(self, text: str, limit: int = SENTENCE_LIMIT) -> str:
        """Return a sentence with every name in it that no line holds cut short, and remember those names."""
        shortened = _ENDLESS.sub(lambda match: self.show(match.group(), SENTENCE_NAME_LIMIT), text)
        return cut(shortened, limit)


def _web_run(text: str, breaks: bool) -> Markup:
    if not any(is_hidden(ch) or _is_control(ch) or _never_in_html(ch) for ch in text):
        return escape(text)
    return Markup("").join(_web_character(ch, breaks) for ch in text)


def _web_character(ch: str, breaks: bool) -> Markup:
    if breaks and ch == "\n":
        return Markup("\n")
    if _is_control(ch) or _never_in_html(ch):
        return escape(_picture(ch))
    if is_hidden(ch):
        return Markup('<bdi class="ctl" data-u="{}">{}</bdi>').format(_code_point(ch), ch)
    return escape(ch)


def _paper_character(ch: str) -> str:
    if _is_control(ch) or _never_in_html(ch):
        return _picture(ch)
    if ch in _OPENERS:
        return ch + _OPENERS[ch]
    if ch in _MARKS:
        return f"\u2068{ch}{POP_ISOLATE}"
    if is_hidden(ch) or unicodedata.category(ch) in ("Mn", "Me") or covered(ch):
        return ch
    return f"[{_code_point(ch)}]"


def _is_control(ch: str) -> bool:
    return unicodedata.category(ch) == "Cc" or ch in _LINE_ENDS


def _never_in_html(ch: str) -> bool:
    code = ord(ch)
    return 0xD800 <= code <= 0xDFFF or 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE


def _picture(ch: str) -> str:
    code = ord(ch)
    symbol = chr(0x2400 + code) if code < 0x20 else "\u2421"
    if (code < 0x20 or code == 0x7F) and covered(symbol):
        return symbol
    return f"[{_code_point(ch)}]"


def _code_point(ch: str) -> str:
    return f"U+{ord(ch):04X}"


def _literal(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _string(for_paper(value))
    if isinstance(value, (tuple, list)):
        return f"({''.join(_literal(item) + ',' for item in value)})"
    if isinstance(value, dict):
        inner = "".join(f"{_string(str(key))}: {_literal(item)}," for key, item in value.items())
        return f"({inner or ':'})"
    if isinstance(value, CodeBlock):
        return f'(kind: "code", text: {_string(for_paper(value.text, breaks=True))})'
    if isinstance(value, Figure):
        picture = {"kind": value.kind, "path": value.paper_name, "alt": value.alt}
        return _literal(picture | {"title": value.title, "subtitle": value.subtitle, "source": value.source})
    if is_dataclass(value) and not isinstance(value, type):
        entries = {f.name: getattr(value, f.name) for f in fields(value)}
        return _literal({"kind": value.kind, **entries} if hasattr(value, "kind") else entries)
    raise TypeError(f"a {type(value).__name__} has no Typst literal")


def _string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
