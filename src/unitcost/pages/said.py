"""Every text that a reader of a page or of a published notebook reads, with its place, but for data and code.

The body of a table is data. A table that an author wrote in markdown is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree, html
from nbformat import NotebookNode

from unitcost.display.licence import experiments
from unitcost.display.model import (
    Block,
    Cell,
    Code,
    Figure,
    Footnotes,
    Listing,
    Paragraph,
    Quote,
    Report,
    Section,
    Summary,
    Table,
)
from unitcost.display.published import FINDING_MIME as FINDING
from unitcost.display.text import Names
from unitcost.kernels.executed import INJECTED
from unitcost.pages.markdown import MarkdownHeading, markdown_blocks, plain
from unitcost.pages.normalise import FIGURE, HEADLINE, HTML_TYPE, PROSE, SVG_TYPE, TABLE

TRUST = "trust"
# Elements that a line of text runs through; any other begins a text of its own.
_INLINE = frozenset(
    (
        *("a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "em", "font", "i", "ins", "kbd", "label", "mark"),
        *("q", "s", "small", "span", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"),
    )
)
_NEXT_TEXT = "\ue000"


@dataclass(frozen=True, slots=True)
class Said:
    """A text, where it stands, the experiments it says it is about, and whether it may tell what analysts edited."""

    text: str
    where: str
    about: tuple[str, ...] = ()
    tells_edits: bool = False


def said_on_pages(report: Report) -> Iterator[Said]:
    """Yield the texts of a role's pages: page one, then section by section."""
    role = report.role
    for text in (report.title, report.document_title, report.banner, report.classification, role.reader, role.title):
        yield Said(text, "title")
    yield from _on_page_one(report.summary)
    for section in report.sections:
        yield from _in_section(section)


def said_in_notebook(name: str, notebook: NotebookNode) -> Iterator[Said]:
    """Yield what a reader of an executed notebook sees besides code: markdown and what cells show.

    Warnings on standard error are the machine's, and no part of it.
    """
    # Cells are numbered as in the notebook that an analyst opens, without the one that a run puts in.
    own = (cell for cell in notebook.cells if INJECTED not in cell.metadata.get("tags", ()))
    for number, cell in enumerate(own, start=1):
        where = f"{name}, cell {number}"
        if cell.cell_type == "markdown":
            blocks = markdown_blocks(str(cell.source), Names())
            yield from (Said(text, f"{where}, {what}") for text, what in _texts(blocks, bodies=True))
        elif cell.cell_type == "raw":
            yield Said(str(cell.source), f"{where}, text")
        elif (alt := cell.metadata.get("alt")) is not None:
            yield Said(str(alt), f"{where}, alternative text")
        for output in cell.get("outputs", ()):
            if output.output_type == "stream" and output.name == "stdout":
                yield Said(_joined(output.text), f"{where}, output")
            elif output.output_type in ("display_data", "execute_result"):
                yield from _in_bundle(output, f"{where}, output")


def _on_page_one(summary: Summary) -> Iterator[Said]:
    about = dict(summary.about)
    yield Said(summary.kicker, "page one")
    yield Said(summary.headline, "headline of page one", about.get(summary.headline, ()))
    yield from (Said(text, "page one") for text in (summary.status_text, summary.question))
    for tile in summary.tiles:
        for text in (tile.label, tile.value, tile.unit, *tile.lines, tile.reason):
            yield Said(text, f"key figure '{tile.label}'")
    yield from (Said(text, "text of page one", about.get(text, ())) for text in summary.sentences)
    yield from (Said(text, "note on page one", tells_edits=True) for text in summary.warnings)
    yield from (Said(text, f"page one, {what}") for text, what in _texts(summary.movers))


def _in_section(section: Section) -> Iterator[Said]:
    where = f"section {section.slug}"
    yield Said(section.kicker, f"{where}, kicker")
    yield Said(section.heading, f"{where}, heading", section.about)
    for block in section.blocks:
        about = getattr(block, "about", ())
        edits = section.slug == TRUST
        yield from (Said(text, f"{where}, {what}", about, edits) for text, what in _texts([block]))


def _texts(blocks: Iterable[Block | MarkdownHeading], *, bodies: bool = False) -> Iterator[tuple[str, str]]:
    """Yield (text, what it is) of blocks; with `bodies` those in the bodies of tables too."""
    for block in blocks:
        if isinstance(block, Table):
            yield from _of_table(block, bodies=bodies)
        elif isinstance(block, Figure):
            yield from _of_figure(block)
        elif isinstance(block, Listing):
            for item in block.items:
                yield from _texts(item, bodies=bodies)
        elif isinstance(block, Quote):
            yield from _texts(block.blocks, bodies=bodies)
        elif isinstance(block, Code):
            yield block.text, "text"
        elif isinstance(block, Footnotes):
            yield from ((plain(runs), "footnote") for _, runs in block.items)
        else:
            yield plain(block.runs), "text" if isinstance(block, Paragraph) else "heading"


def _of_table(table: Table, *, bodies: bool) -> Iterator[tuple[str, str]]:
    yield table.caption, "caption"
    rows: Sequence[tuple[Cell, ...]] = (*table.head, *table.rows) if bodies else table.head
    yield from ((text, "column heading") for row in rows for cell in row for text in (cell.text, cell.unit))
    yield from ((text, "note under a table") for text in (*table.notes, *table.reasons, table.source))


def _of_figure(figure: Figure) -> Iterator[tuple[str, str]]:
    yield from ((text, "title of a figure") for text in (figure.title, figure.subtitle, figure.source))
    yield figure.alt, "alternative text of a figure"
    for media, data in dict.fromkeys((figure.web, figure.paper)):
        if media == SVG_TYPE:
            yield from ((text, "text in a figure") for text in _in_svg(data))


def _in_bundle(output: NotebookNode, where: str) -> Iterator[Said]:
    data: Mapping[str, object] = output.get("data", {})
    own = [found for media in (TABLE, FIGURE, HEADLINE, PROSE) if isinstance(found := data.get(media), Mapping)]
    about = _about(own)
    yield from (Said(text, where, about) for one in own for text in _of_own(one))
    meta = output.get("metadata", {})
    for alt in (at["alt"] for at in (meta, meta.get("unitcost")) if isinstance(at, Mapping) and at.get("alt")):
        yield Said(str(alt), f"{where}, alternative text")
    if SVG_TYPE in data:
        yield from (Said(text, where, about) for text in _in_svg(_joined(data[SVG_TYPE])))
    source = _joined(data.get(HTML_TYPE, ""))
    yield from (Said(text, where, about) for text in _in_html(source))
    # A table as plain text is the same table once more, and its body is data; findings are names and numbers.
    repeated = {"text/plain"} if "<table" in source or FINDING in data else set()
    for media in sorted(media for media in data if media.startswith("text/") and media not in {HTML_TYPE, *repeated}):
        yield Said(_joined(data[media]), where, about)


def _of_own(own: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts of one of our own outputs, but for the body of a table."""
    yield from (str(own[key]) for key in ("text", "caption", "title", "subtitle", "alt", "source") if own.get(key))
    yield from (str(note) for note in own.get("notes") or ())
    for column in own.get("columns") or ():
        if isinstance(column, Mapping):
            yield from (str(column[key]) for key in ("label", "unit") if column.get(key))
    for row in own.get("rows") or ():
        yield from (str(cell["reason"]) for cell in row if isinstance(cell, Mapping) and cell.get("reason"))
    for key in ("svg", "svg_text"):
        yield from _in_svg(str(own.get(key) or ""))


def _about(own: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return what the parts of an output say it is about; nothing where they say it in no way that counts."""
    try:
        return tuple(one for part in own for one in experiments(part.get("about")))
    except ValueError:
        return ()


def _in_svg(source: str | bytes) -> Iterator[str]:
    """Yield the words of a picture: its texts and titles, and what matplotlib notes of texts that it draws as lines."""
    data = source.encode("utf-8", "replace") if isinstance(source, str) else source
    if not data.strip():
        return
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    except (etree.XMLSyntaxError, ValueError):
        return
    for element in root.iter("{*}text", "{*}title", "{*}desc"):
        yield "".join(str(text) for text in element.itertext())
    yield from (str(comment.text or "") for comment in root.iter(etree.Comment))


def _in_html(source: str) -> Iterator[str]:
    """Yield the texts of an HTML output, line by line, without the bodies of its tables."""
    if not source.strip():
        return
    try:
        root = html.fragment_fromstring(source, create_parent="div")
    except (etree.ParserError, ValueError):
        return
    etree.strip_elements(root, "script", "style", "template", etree.Comment, with_tail=False)
    yield from (str(text) for text in root.xpath("//@alt | //@title | //@aria-label"))
    body = "ancestor::tbody or not(ancestor::thead or ancestor::tfoot) and parent::tr/td"
    for cell in root.xpath(f"//td[{body}] | //th[{body}]"):
        cell.drop_tree()
    for element in root.iter("*"):
        if element.tag not in _INLINE:
            element.text = f"{_NEXT_TEXT}{element.text or ''}"
            element.tail = f"{_NEXT_TEXT}{element.tail or ''}"
    yield from filter(str.strip, str(root.text_content()).split(_NEXT_TEXT))


def _joined(value: object) -> str:
    return "".join(str(part) for part in value) if isinstance(value, (list, tuple)) else str(value)
