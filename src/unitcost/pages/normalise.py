"""Notebook cells read into the page model: what is on the list below passes, everything else stays behind.

A page never sees HTML, scripts or streams of a notebook. Whatever is dropped is said in `warnings`, with the
notebook and the cell, for the person who runs the report.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from nbformat import NotebookNode

from unitcost.display.formats import Formats
from unitcost.display.licence import experiments
from unitcost.display.model import Block, Figure, Footnotes, Paragraph, TextRun
from unitcost.display.text import Names
from unitcost.display.typed_tables import typed_table
from unitcost.pages.html_tables import html_tables
from unitcost.pages.markdown import MarkdownHeading, markdown_blocks, plain
from unitcost.pages.svg import clean_png, clean_svg

FINDING = "application/vnd.unitcost.finding+json"
TABLE = "application/vnd.unitcost.table+json"
FIGURE = "application/vnd.unitcost.figure+json"
HEADLINE = "application/vnd.unitcost.headline+json"
PROSE = "application/vnd.unitcost.prose+json"
SVG_TYPE, PNG_TYPE, HTML_TYPE = "image/svg+xml", "image/png", "text/html"
PROSE_LIMIT = 4_000
_ALT_COMMENT = re.compile(r"\s*#\|\s*alt:\s*(.+)")
# What pandas prints under a table it shortened; the table says it by itself.
_SHAPE = re.compile(r"[0-9,]+ rows × [0-9,]+ columns")


@dataclass(frozen=True, slots=True)
class Headline:
    """The finding of a section, as its visible heading, and the experiments that it speaks about."""

    text: str
    about: tuple[str, ...] = ()


Piece = Block | MarkdownHeading | Headline


@dataclass(slots=True)
class Normaliser:
    """Turns cells into pieces of a page and collects what was left out."""

    formats: Formats
    names: Names = field(default_factory=Names)
    warnings: list[str] = field(default_factory=list)
    notes: int = 0
    heading: str = ""

    def cell(self, cell: NotebookNode, where: str) -> list[Piece]:
        """Return the pieces of one cell; `where` names it in warnings ("20_cost_per_user, cell 7")."""
        pieces = list(self._markdown(cell) if cell.cell_type == "markdown" else self._outputs(cell, where))
        for piece in pieces:
            if isinstance(piece, MarkdownHeading):
                self.heading = plain(piece.runs)
            elif isinstance(piece, Headline):
                self.heading = piece.text
        return pieces

    def _markdown(self, cell: NotebookNode) -> Iterator[Piece]:
        blocks = markdown_blocks(str(cell.source), self.names, self.notes)
        self.notes += sum(len(block.items) for block in blocks if isinstance(block, Footnotes))
        yield from blocks

    def _outputs(self, cell: NotebookNode, where: str) -> Iterator[Piece]:
        for output in cell.get("outputs", ()):
            if output.output_type in ("display_data", "execute_result"):
                yield from self._bundle(output, cell, where)
            elif output.output_type == "error":
                self._warn(where, "an error was left out")

    def _bundle(self, output: NotebookNode, cell: NotebookNode, where: str) -> Iterator[Piece]:
        data: Mapping[str, object] = output.get("data", {})
        if any(media in data for media in (FINDING, TABLE, FIGURE, HEADLINE, PROSE)):
            yield from self._own(data, where)
        elif SVG_TYPE in data or PNG_TYPE in data:
            yield from self._picture(data, output, cell, where)
        elif HTML_TYPE in data:
            yield from self._html(_joined(data[HTML_TYPE]), where)
        elif data:
            self._warn(where, f"an output of type {', '.join(sorted(data))} was left out")

    def _own(self, data: Mapping[str, object], where: str) -> Iterator[Piece]:
        try:
            if (headline := _fields(data, HEADLINE)) is not None:
                yield Headline(self.names.sentence(str(headline["text"])), experiments(headline.get("about")))
            if (prose := _fields(data, PROSE)) is not None:
                text = self.names.sentence(str(prose["text"]), PROSE_LIMIT)
                yield from _paragraphs(text, experiments(prose.get("about")))
            if (table := _fields(data, TABLE)) is not None:
                about = experiments(table.get("about"))
                yield replace(typed_table(table, self.formats, self.names), about=about)
            if (figure := _fields(data, FIGURE)) is not None:
                yield self._figure(figure, where)
        except (KeyError, ValueError) as error:
            self._warn(where, f"an output was left out: it is not what its type says ({error})")

    def _figure(self, data: Mapping[str, object], where: str) -> Figure:
        web = clean_svg(str(data["svg"]))
        paper = clean_svg(str(data.get("svg_text") or data["svg"]))
        if web is None or paper is None:
            raise ValueError("the picture is no readable SVG")
        title, subtitle, source = (
            self.names.sentence(str(data.get(key) or "")) for key in ("title", "subtitle", "source")
        )
        alt = str(data.get("alt") or "").strip() or self._last_alt(where)
        about = experiments(data.get("about"))
        return Figure(alt, (SVG_TYPE, web), (SVG_TYPE, paper), title, subtitle, source, about)

    def _picture(
        self, data: Mapping[str, object], output: NotebookNode, cell: NotebookNode, where: str
    ) -> Iterator[Piece]:
        media = SVG_TYPE if SVG_TYPE in data else PNG_TYPE
        raw = _joined(data[media])
        picture = clean_svg(raw) if media == SVG_TYPE else clean_png(_decoded(raw))
        if picture is None:
            self._warn(where, f"a picture was left out: it is no readable {media}")
            return
        alt = _written_alt(cell, output) or self._last_alt(where)
        yield Figure(alt, (media, picture), (media, picture))

    def _last_alt(self, where: str) -> str:
        self._warn(where, "a figure has no alternative text; its heading stands in for it")
        return f"Figure: {self.heading or 'untitled'}"

    def _html(self, source: str, where: str) -> Iterator[Piece]:
        tables, rest = html_tables(source, self.names)
        yield from tables
        if rest and not (tables and _SHAPE.fullmatch(rest)):
            self._warn(where, "HTML other than tables was left out")
        elif not tables:
            self._warn(where, "an HTML output without a table was left out")

    def _warn(self, where: str, what: str) -> None:
        self.warnings.append(f"{where}: {what}")


def _fields(data: Mapping[str, object], media: str) -> Mapping[str, object] | None:
    value = data.get(media)
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise ValueError("not a JSON object")
    return value


def _paragraphs(text: str, about: tuple[str, ...]) -> Iterator[Paragraph]:
    for part in re.split(r"\n\s*\n", text.strip()):
        if words := " ".join(part.split("\n")).strip():
            yield Paragraph((TextRun(words),), about=about)


def _joined(value: object) -> str:
    return "".join(str(part) for part in value) if isinstance(value, (list, tuple)) else str(value)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=False)
    except (binascii.Error, ValueError):
        return b""


def _written_alt(cell: NotebookNode, output: NotebookNode) -> str:
    """Return the alternative text an author gave: cell metadata, a `#| alt:` first line, output metadata."""
    first_line = str(cell.source).lstrip().split("\n", 1)[0]
    comment = _ALT_COMMENT.match(first_line)
    own = output.get("metadata", {}).get("unitcost", {})
    sources = (
        cell.metadata.get("alt"),
        comment.group(1) if comment else None,
        own.get("alt") if isinstance(own, Mapping) else None,
        output.get("metadata", {}).get("alt"),
    )
    return next((str(text).strip() for text in sources if isinstance(text, str) and text.strip()), "")
