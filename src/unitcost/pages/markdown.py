"""Markdown cells read into the page model: text, lists, quotes, tables, notes; never HTML.

Links go to web and mail addresses only, any other target is printed; raw HTML and formulas in `$…$` are text.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import mistune

from unitcost.display.model import (
    Block,
    Cell,
    CodeBlock,
    ColumnLayout,
    Footnotes,
    Listing,
    Paragraph,
    Quote,
    Runs,
    Table,
    TextRun,
)
from unitcost.display.text import CELL_LIMIT, Names
from unitcost.display.typed_tables import is_wide

Token = Mapping[str, Any]
_SCHEMES = ("http://", "https://", "mailto:")
_parse = mistune.create_markdown(renderer=None, plugins=["table", "footnotes", "strikethrough", "url"])


@dataclass(frozen=True, slots=True)
class MarkdownHeading:
    """A heading as written: level 1 to 6. The composer decides what it becomes on a page."""

    level: int
    runs: Runs


def markdown_blocks(source: str, names: Names, notes_before: int = 0) -> list[Block | MarkdownHeading]:
    """Return the blocks of one markdown cell; headings keep the level they were written with.

    Footnotes are numbered from `notes_before` + 1, so that a report has each number once.
    """
    return list(_blocks(_renumbered(cast(Sequence[Token], _parse(source)), notes_before), names))


def plain(runs: Runs) -> str:
    """Return the bare text of runs."""
    return "".join(run.text for run in runs)


def is_safe_link(address: str) -> bool:
    """Return whether an address may become a link."""
    return address.lower().startswith(_SCHEMES) and all(ch.isprintable() and ch != " " for ch in address)


def _blocks(tokens: Iterable[Token], names: Names) -> Iterator[Block | MarkdownHeading]:
    for token in tokens:
        kind = token["type"]
        children = token.get("children", ())
        if kind == "heading":
            yield MarkdownHeading(int(token["attrs"]["level"]), _runs(children))
        elif kind in ("paragraph", "block_text"):
            if runs := _runs(children):
                yield Paragraph(runs)
        elif kind == "list":
            items = tuple(_inner(item.get("children", ()), names) for item in children)
            yield Listing(bool(token["attrs"].get("ordered")), items)
        elif kind == "block_quote":
            yield Quote(_inner(children, names))
        elif kind == "block_code":
            yield CodeBlock(str(token["raw"]).rstrip("\n"))
        elif kind == "table":
            yield _table(children, names)
        elif kind == "footnotes":
            yield Footnotes(tuple(_footnote(item) for item in children))
        elif kind not in ("blank_line", "thematic_break"):
            yield Paragraph((TextRun(str(token.get("raw", "")).strip()),))


def _renumbered(tokens: Sequence[Token], offset: int) -> Sequence[Token]:
    renumbered = []
    for token in tokens:
        attrs = dict(token.get("attrs") or {})
        if token["type"] in ("footnote_ref", "footnote_item"):
            attrs["index"] = int(attrs["index"]) + offset
        children = _renumbered(token.get("children") or (), offset)
        renumbered.append({**token, "attrs": attrs, "children": children})
    return renumbered


def _inner(tokens: Iterable[Token], names: Names) -> tuple[Block, ...]:
    # A heading inside a list or quote is no part of the outline: its text is set strong.
    blocks: list[Block] = []
    for block in _blocks(tokens, names):
        if isinstance(block, MarkdownHeading):
            blocks.append(Paragraph(tuple(replace(run, strong=True) for run in block.runs)))
        else:
            blocks.append(block)
    return tuple(blocks)


def _footnote(item: Token) -> tuple[int, Runs]:
    parts = [_runs(child.get("children", ())) for child in item.get("children", ())]
    return int(item["attrs"]["index"]), tuple(run for runs in parts for run in runs)


def _runs(tokens: Iterable[Token], style: TextRun | None = None) -> Runs:
    base = style or TextRun("")
    runs: list[TextRun] = []
    for token in tokens:
        runs.extend(_run(token, base))
    return tuple(_joined(runs))


def _run(token: Token, base: TextRun) -> Runs:
    kind = token["type"]
    children = token.get("children", ())
    if kind == "strong":
        return _runs(children, replace(base, strong=True))
    if kind == "emphasis":
        return _runs(children, replace(base, emphasis=True))
    if kind == "strikethrough":
        return _runs(children, replace(base, strike=True))
    if kind == "codespan":
        return (replace(base, text=str(token["raw"]), code=True),)
    if kind == "link":
        return _link(token, base)
    if kind == "image":
        # A picture in markdown is an address; only its words can be shown.
        return _runs(children, base)
    if kind == "footnote_ref":
        return (replace(base, text="", note=int(token["attrs"]["index"])),)
    if kind in ("softbreak", "linebreak"):
        return (replace(base, text=" "),)
    raw = str(token.get("raw", ""))
    return (replace(base, text=html.unescape(raw) if kind == "text" else raw),)


def _link(token: Token, base: TextRun) -> Runs:
    address = str(token["attrs"]["url"])
    if is_safe_link(address):
        return _runs(token.get("children", ()), replace(base, href=address))
    words = _runs(token.get("children", ()), base)
    return words if plain(words) == address else (*words, replace(base, text=f" ({address})"))


def _joined(runs: Sequence[TextRun]) -> Iterator[TextRun]:
    waiting: TextRun | None = None
    for run in runs:
        same = waiting is not None and waiting.note is None and replace(waiting, text=run.text) == run
        if waiting is not None and same:
            waiting = replace(waiting, text=waiting.text + run.text)
        else:
            if waiting is not None:
                yield waiting
            waiting = run
    if waiting is not None:
        yield waiting


def _table(parts: Iterable[Token], names: Names) -> Table:
    head: tuple[Cell, ...] = ()
    numbers: list[bool] = []
    rows: list[tuple[Cell, ...]] = []
    for part in parts:
        if part["type"] == "table_head":
            cells = part["children"]
            numbers = [cell["attrs"].get("align") == "right" for cell in cells]
            head = tuple(
                Cell(plain(_runs(cell.get("children", ()))), header=True, number=numbers[i])
                for i, cell in enumerate(cells)
            )
        else:
            rows.extend(_row(row.get("children", ()), numbers, names) for row in part.get("children", ()))
    head = tuple(cell if cell.text else replace(cell, header=False) for cell in head)
    columns = tuple(ColumnLayout(number) for number in numbers)
    return Table("", columns, (head,), tuple(rows), wide=is_wide((head, *rows), numbers))


def _row(cells: Sequence[Token], numbers: Sequence[bool], names: Names) -> tuple[Cell, ...]:
    row = []
    for i, number in enumerate(numbers):
        runs = _runs(cells[i].get("children", ())) if i < len(cells) else ()
        strong = bool(runs) and all(run.strong for run in runs)
        text = names.show(plain(runs), CELL_LIMIT)
        row.append(Cell(text, header=i == 0 and bool(text) and not number, strong=strong, number=number))
    return tuple(row)
