"""From notebook cells to pages: what is on the list passes as plain values, the rest stays behind and is said."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import great_tables
import lxml.html
import pandas as pd
import pytest
from material.page_facts import ROLES, facts
from nbformat import NotebookNode, v4

from unitcost.display.formats import Formats
from unitcost.display.model import Figure, Heading, Paragraph, PrintedReport, Table
from unitcost.display.tables import Column, headline, prose, table
from unitcost.display.text import for_web, typst_literal
from unitcost.pages.compose import compose
from unitcost.pages.normalise import Headline, Normaliser

BOMB = '<!DOCTYPE svg [<!ENTITY a "boom"><!ENTITY b SYSTEM "file:///etc/passwd">]>'
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">{}</svg>'


def shown(data: dict[str, Any], source: str = "x", tags: tuple[str, ...] = (), **metadata: Any) -> NotebookNode:
    """A code cell that displayed `data`."""
    cell = v4.new_code_cell(source, outputs=[v4.new_output("display_data", data)])
    cell.metadata.update({"tags": list(tags), **metadata})
    return cell


def pieces(cell: NotebookNode) -> tuple[list[Any], list[str]]:
    normaliser = Normaliser(Formats.of("en_US", "USD"))
    return normaliser.cell(cell, "book, cell 3"), normaliser.warnings


def texts(block: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in (*block.head, *block.rows)]


def test_a_data_frame_becomes_a_table_without_empty_headers() -> None:
    """The row pandas adds for the name of the index is folded into the header."""
    frame = pd.DataFrame({"cost": [1.5, 2.0]}, index=pd.Index(["<b>web</b>", "search"], name="line"))
    [block], warnings = pieces(shown({"text/html": frame.to_html(), "text/plain": ""}))
    assert texts(block) == [["line", "cost"], ["<b>web</b>", "1.5"], ["search", "2.0"]]
    assert warnings == []


def test_styler_and_great_tables_keep_their_cells() -> None:
    """Styling is dropped, every cell stays."""
    frame = pd.DataFrame({"line": ["web"], "cost": [3]})
    for html in (frame.style.to_html(), great_tables.GT(frame).as_raw_html()):
        [block], _ = pieces(shown({"text/html": html}))
        cells = {text for row in texts(block) for text in row}
        assert {"line", "cost", "web", "3"} <= cells


def test_our_own_outputs_become_headline_prose_and_table() -> None:
    """Numbers travel exact and are rounded here; text stays text."""
    money = table([["<i>a</i>", Decimal("1.005")]], [Column("Name"), Column("Cost", "money", "USD")], "Costs")
    for output, expected in ((headline("*x* rose"), Headline), (prose("a <b>"), Paragraph), (money, Table)):
        [block], _ = pieces(shown(output._repr_mimebundle_()))  # type: ignore[attr-defined]
        assert isinstance(block, expected)
    assert texts(block)[-1] == ["<i>a</i>", "1.00"]


@pytest.mark.parametrize(
    "data",
    [
        {"text/vnd.mermaid": "graph TD; A --> B"},
        {"application/javascript": "alert(1)"},
        {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}},
        {"text/html": "<script>alert(1)</script>"},
        {"text/html": "<iframe src='http://x'></iframe><p>hello</p>"},
        {"text/latex": "$x$"},
    ],
)
def test_anything_else_is_left_out_and_said(data: dict[str, Any]) -> None:
    """A page shows no foreign markup; the person who runs the report hears of it, with the cell."""
    blocks, warnings = pieces(shown(data))
    assert blocks == []
    assert warnings
    assert warnings[0].startswith("book, cell 3: ")


def test_streams_and_errors_never_reach_a_page() -> None:
    """What a cell prints is for the analyst."""
    stream = v4.new_output("stream", name="stdout", text="secret path")
    error = v4.new_output("error", ename="E", evalue="x", traceback=["line"])
    blocks, _ = pieces(v4.new_code_cell("x", outputs=[stream, error]))
    assert blocks == []


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<a xlink:href="javascript:alert(1)"><text>x</text></a>',
        '<image xlink:href="http://evil.example/x.png"/>',
        '<image href="file:///etc/passwd"/>',
        "<foreignObject><body xmlns='http://www.w3.org/1999/xhtml'><script/></body></foreignObject>",
        '<rect width="9" height="9" onload="alert(1)" onclick="alert(2)"/>',
        "<style>@import url(http://evil.example/x.css);</style>",
    ],
)
def test_a_picture_of_an_analyst_is_only_a_picture(inside: str) -> None:
    """Scripts, handlers, links and references to anything outside are gone; the picture stays."""
    [figure], _ = pieces(shown({"image/svg+xml": SVG.format(inside + '<circle r="1"/>')}, "#| alt: a dot of 1\nplot()"))
    drawn = figure.web[1].decode()
    assert "circle" in drawn
    assert figure.alt == "a dot of 1"
    for alive in ("script", "javascript:", "evil.example", "file:", "foreignObject", "onload", "onclick", "@import"):
        assert alive not in drawn


def test_entities_are_not_expanded() -> None:
    """A picture that defines entities reads no file and does not grow."""
    blocks, _ = pieces(shown({"image/svg+xml": BOMB + SVG.format("<text>&a;&b;</text>")}))
    assert all(b"root:" not in block.web[1] and b"boom" not in block.web[1] for block in blocks)


def test_alternative_text_has_an_order_and_a_last_resort() -> None:
    """Metadata, then the comment on the first line, then the heading, which is warned about."""
    picture = {"image/svg+xml": SVG.format('<circle r="1"/>')}
    [figure], _ = pieces(shown(picture, "#| alt: comment", alt="metadata"))
    assert figure.alt == "metadata"
    normaliser = Normaliser(Formats.of("en_US", "USD"))
    normaliser.cell(v4.new_markdown_cell("## Storage"), "book, cell 1")
    [figure] = normaliser.cell(shown(picture), "book, cell 2")
    assert isinstance(figure, Figure)
    assert figure.alt == "Figure: Storage"
    assert any("alternative text" in warning for warning in normaliser.warnings)


def test_markdown_is_text_and_only_safe_links_live() -> None:
    """Raw HTML and javascript links are shown as text, dollars are dollars."""
    source = "It is $5 and $10 <script>alert(1)</script> [x](javascript:alert(1)) [y](https://example.org) **b**"
    [paragraph], _ = pieces(v4.new_markdown_cell(source))
    text = "".join(run.text for run in paragraph.runs)
    assert "$5 and $10" in text
    assert "<script>alert(1)</script>" in text
    assert [run.href for run in paragraph.runs if run.href] == ["https://example.org"]


def test_hidden_characters_keep_the_text_and_lose_their_power() -> None:
    """The page's text is what the bill said; each invisible character is fenced in by itself."""
    name = "a\u202ed\u200bc<b>"
    html = str(for_web(name))
    assert lxml.html.fromstring(f"<p>{html}</p>").text_content() == name
    assert html.count("<bdi") == 2
    assert "<b>" not in html
    assert typst_literal('x"\\\n#y') == '"x\\"\\\\[U+000A]#y"'


def composed(sections: tuple[str, ...], *cells: NotebookNode) -> PrintedReport:
    role = replace(ROLES["cto"], sections=sections)
    return compose(role, {"book": v4.new_notebook(cells=list(cells))}, facts("3.87", "4.09"))


def marked(slug: str, text: str) -> NotebookNode:
    cell = v4.new_markdown_cell(text)
    cell.metadata["tags"] = [f"section:{slug}"]
    return cell


def test_a_section_is_its_cells_in_the_order_of_the_role() -> None:
    """A new slug appears where the role lists it, an added cell in its section; untagged and empty ones do not."""
    extra = shown(headline("All is well")._repr_mimebundle_(), tags=("section:b",))  # type: ignore[arg-type]
    cells = [
        marked("a", "## First"),
        marked("a", "text of a"),
        v4.new_markdown_cell("private"),
        marked("b", "## Second"),
        marked("b", "text of b\n\n#### too deep"),
        extra,
        marked("empty", "## Nothing here"),
    ]
    report = composed(("b", "a", "empty", "missing"), *cells)
    assert [(s.slug, s.kicker, s.heading) for s in report.sections[:-1]] == [
        ("b", "Second", "All is well"),
        ("a", "First", "First"),
    ]
    assert report.sections[-1].slug == "trust"
    assert [b.level for b in report.sections[0].blocks if isinstance(b, Heading)] == [3]
    assert "private" not in repr(report)
    assert any("section:missing" in warning for warning in report.warnings)


def test_an_endless_name_is_cut_in_the_headline_and_whole_on_the_last_page() -> None:
    """Ten thousand letters do not fill ten pages, and none of them is lost."""
    name = "L" * 10_000
    cell = shown(headline(f"{name} moved most")._repr_mimebundle_(), tags=("section:a",))  # type: ignore[arg-type]
    report = composed(("a",), marked("a", "## Moved\n\ntext"), cell)
    assert len(report.sections[0].heading) < 100
    assert name in repr(report.sections[-1])
