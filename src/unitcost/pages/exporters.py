"""A report printed: one HTML file and one PDF from the same page model, without a browser or a network.

Both go through nbconvert's Jinja templates. The PDF is set by Typst from files in memory, so that nothing a
report says can reach the disk, and it is checked against PDF/UA-1 while it is made. No clock and no random
number takes part: the same report gives the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import html
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import typst
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from nbconvert.exporters.templateexporter import TemplateExporter
from nbformat import NotebookNode

from unitcost.display.fonts import FONT_DIR, html_faces, html_fallback_faces
from unitcost.display.model import Block, Figure, Listing, Paragraph, PrintedReport, Quote, TextRun
from unitcost.display.text import for_web, typst_literal
from unitcost.errors import UnitcostError, UsageProblem
from unitcost.inputs.places import project_folder

Tell = Callable[[str], object]
Resources = dict[str, Any]


class _ReportExporter(TemplateExporter):
    """Prints the `PrintedReport` in resources["report"]; the notebook beside it is empty."""

    export_from_notebook = None  # type: ignore[assignment]  # not offered in JupyterLab's menu: a notebook alone is no report

    def __init__(self, **traits: Any) -> None:
        super().__init__(  # type: ignore[no-untyped-call]
            template_name="report",
            extra_template_basedirs=[str(project_folder("templates"))],
            default_preprocessors=[],
            **traits,
        )

    def from_notebook_node(  # type: ignore[override]  # an exporter returns text, whatever its base says
        self, nb: NotebookNode, resources: Resources | None = None, **kw: Any
    ) -> tuple[str, Resources]:
        """Return the page as text. Raises UsageProblem when `resources` holds no report."""
        if not isinstance((resources or {}).get("report"), PrintedReport):
            raise UsageProblem(
                "A notebook alone is no report",
                why="this format prints a composed report, with its numbers checked",
                fix="run `unitcost report`",
            )
        text, resources = super().from_notebook_node(nb, resources, **kw)
        return str(text), resources

    def _create_environment(self) -> Environment:
        environment: Environment = super()._create_environment()  # type: ignore[no-untyped-call]
        environment.autoescape = True
        environment.undefined = StrictUndefined
        environment.trim_blocks = environment.lstrip_blocks = True
        environment.filters |= {"web": for_web, "literal": typst_literal, "style": _style, "sha256": _sha256}
        return environment


class HtmlReport(_ReportExporter):
    """One self-contained HTML file."""

    output_mimetype = "text/html"

    def _file_extension_default(self) -> str:
        return ".html"

    def _template_file_default(self) -> str:
        return "report.html.j2"


class TypstReport(_ReportExporter):
    """The report as Typst source: the page model as one literal, the design in lib.typ."""

    output_mimetype = "text/x-typst"

    def _file_extension_default(self) -> str:
        return ".typ"

    def _template_file_default(self) -> str:
        return "report.typ.j2"


def render(report: PrintedReport, tell: Tell = warnings.warn) -> tuple[bytes, bytes]:
    """Return the report as (HTML, PDF); see `render_pdf` for `tell` and what is raised."""
    return render_html(report), render_pdf(report, tell)


def render_html(report: PrintedReport) -> bytes:
    """Return the report as one HTML file with fonts and pictures inside."""
    return _source(HtmlReport(), report).encode()


def render_pdf(report: PrintedReport, tell: Tell = warnings.warn) -> bytes:
    """Return the report as a tagged PDF that keeps to PDF/UA-1.

    A picture Typst cannot draw is replaced by the one of the web page, else by its alternative text, and
    `tell` hears of it. Raises UnitcostError when the page cannot be set or Typst has something to remark.
    """
    try:
        return _set(report)
    except _Unprintable as failure:
        repaired = _with_printable_figures(report, tell)
        if repaired == report:
            raise failure.problem from failure
    try:
        return _set(repaired)
    except _Unprintable as failure:
        raise failure.problem from failure


class _Unprintable(Exception):
    """Typst gave up or crashed."""

    def __init__(self, problem: UnitcostError) -> None:
        super().__init__(problem.what)
        self.problem = problem


def _source(exporter: _ReportExporter, report: PrintedReport) -> str:
    empty = NotebookNode(cells=[], metadata={})  # type: ignore[no-untyped-call]
    return exporter.from_notebook_node(empty, {"report": report})[0]


def _set(report: PrintedReport) -> bytes:
    pictures = {figure.paper_name: figure.paper[1] for figure in _figures(report)}
    return _compiled(_source(TypstReport(), report), pictures)


def _compiled(source: str, pictures: Mapping[str, bytes]) -> bytes:
    library = (project_folder("templates") / "report" / "lib.typ").read_bytes()
    files = {"main.typ": source.encode(), "lib.typ": library, **pictures}
    try:
        pdf, remarks = typst.compile_with_warnings(  # type: ignore[call-overload]  # a dict of files is taken too
            files, format="pdf", font_paths=[str(FONT_DIR)], ignore_system_fonts=True, pdf_standards=["ua-1"]
        )
    except typst.TypstError as error:
        raise _Unprintable(UnitcostError("The PDF could not be set", why=error.message)) from error
    except BaseException as error:
        # A crash inside the compiler arrives as an exception that is none of Exception's.
        if type(error).__name__ != "PanicException":
            raise
        raise _Unprintable(UnitcostError("The PDF could not be set", why=f"Typst crashed: {error}")) from error
    if remarks:
        raise _Unprintable(UnitcostError("The PDF is not as it should be", why=remarks[0].message))
    return bytes(pdf)


def _figures(report: PrintedReport) -> Iterator[Figure]:
    for section in report.sections:
        yield from _figures_in(section.blocks)


def _figures_in(blocks: Iterable[Block]) -> Iterator[Figure]:
    for block in blocks:
        if isinstance(block, Figure):
            yield block
        elif isinstance(block, Quote):
            yield from _figures_in(block.blocks)
        elif isinstance(block, Listing):
            for item in block.items:
                yield from _figures_in(item)


def _with_printable_figures(report: PrintedReport, tell: Tell) -> PrintedReport:
    sections = [replace(s, blocks=tuple(_printable(block, tell) for block in s.blocks)) for s in report.sections]
    return replace(report, sections=tuple(sections))


def _printable(block: Block, tell: Tell) -> Block:
    if isinstance(block, Quote):
        return replace(block, blocks=tuple(_printable(inner, tell) for inner in block.blocks))
    if isinstance(block, Listing):
        items = (tuple(_printable(inner, tell) for inner in item) for item in block.items)
        return replace(block, items=tuple(items))
    if not isinstance(block, Figure) or _prints(block):
        return block
    name = block.title or block.alt[:80]
    on_web = replace(block, paper=block.web)
    if _prints(on_web):
        tell(f"figure {name!r}: Typst cannot draw it, the PDF shows the picture of the web page")
        return on_web
    tell(f"figure {name!r}: Typst cannot draw it, the PDF shows its alternative text")
    return Paragraph((TextRun(block.alt),), "warning")


def _prints(figure: Figure) -> bool:
    page = f'#set document(title: "figure")\n= Figure\n#image("{figure.paper_name}", alt: "figure")'
    try:
        _compiled(page, {figure.paper_name: figure.paper[1]})
    except _Unprintable:
        return False
    return True


def _style(body: Markup) -> Markup:
    """Return the style sheet of a page: the design, and the fonts its text needs."""
    design = (project_folder("templates") / "report" / "style.css").read_text(encoding="utf-8")
    text = html.unescape(str(body))
    return Markup("\n".join(part for part in (html_faces(), html_fallback_faces(text), design) if part))


def _sha256(text: str) -> str:
    """Return the digest by which a Content-Security-Policy lets exactly this style pass."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
