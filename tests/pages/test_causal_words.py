"""No causal word on a page or in a published notebook without an experiment whose verdict is `effect`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest
from material.causal_words import FMT
from material.page_facts import ROLES, facts
from nbformat import NotebookNode, v4

from unitcost.display import tables
from unitcost.display.charts import Caption, Chart, Measure, ranked_bars
from unitcost.display.facts import ChangePart, Movement, ReportFacts
from unitcost.display.model import Report
from unitcost.display.page import Page
from unitcost.display.text import Names
from unitcost.errors import UsageProblem
from unitcost.numbers.estimate import Estimate
from unitcost.pages.causal_guard import Guard
from unitcost.pages.compose import compose

# The guard


def shown(value: object, *tags: str) -> NotebookNode:
    """A cell whose output is what one of our functions returns."""
    bundle = value if isinstance(value, Mapping) else value._repr_mimebundle_()  # type: ignore[attr-defined]
    cell = v4.new_code_cell("made()", outputs=[v4.new_output("display_data", data=bundle)])
    cell.metadata["tags"] = list(tags)
    return cell


def text_cell(source: str, *tags: str) -> NotebookNode:
    cell = v4.new_markdown_cell(source)
    cell.metadata["tags"] = list(tags)
    return cell


def with_experiments(**verdicts: str) -> ReportFacts:
    """Facts in which experiments have these verdicts."""
    about = facts("3.87", "4.09")
    found = {
        f"experiment.{name.replace('_', '-')}.verdict": Estimate(verdict, type="text")
        for name, verdict in verdicts.items()
    }
    return replace(about, findings={**about.findings, **found})


TOPIC = text_cell("## Spot", "section:a")
TEXT = shown(tables.prose("Search runs on spot."), "section:a")


def composed(*cells: NotebookNode, about: ReportFacts | None = None, name: str = "book") -> Report:
    role = replace(ROLES["cto"], sections=("a",), statements=())
    notebooks = {name: v4.new_notebook(cells=[TOPIC, *cells, TEXT])}
    return compose(role, notebooks, about or with_experiments())


def chart(name: str = "EC2", **texts: object) -> Chart:
    """A bar, with `texts` around it."""
    caption = Caption(**{"title": "Cost", "subtitle": "USD", "source": "bills", **texts})  # type: ignore[arg-type]
    return ranked_bars([(name, Decimal(1), Decimal(2))], caption, Measure("money", FMT, "USD"), now="May")


COLUMNS = [tables.Column("Service"), tables.Column("Cost", "money", "USD")]
ROW = ["EC2", 1]
PLACES = {
    "heading": shown(tables.headline("Spot saved 30 %"), "section:a"),
    "text": shown(tables.prose("Cost fell\n\nbecause of spot."), "section:a"),
    "markdown": text_cell("Cost fell **thanks** to spot", "section:a"),
    "kicker": text_cell("## What reduced cost", "section:a"),
    "list": text_cell("- one\n- two\n  > Spot *cut* cost", "section:a"),
    "footnote": text_cell("Text[^1].\n\n[^1]: Due to spot.", "section:a"),
    "caption": shown(tables.table([ROW], COLUMNS, "What saved"), "section:a"),
    "column heading": shown(
        tables.table([["EC2", 1]], [COLUMNS[0], tables.Column("Saved", "count")], "x"), "section:a"
    ),
    "note": shown(tables.table([ROW], COLUMNS, "x", ["Spot lowered it."]), "section:a"),
    "reason": shown(tables.table([["EC2", tables.Unknown("because it is new")]], COLUMNS, "x"), "section:a"),
    "source": shown(tables.table([ROW], COLUMNS, "x", source="Source: what saved us"), "section:a"),
    "title": shown(chart(title="What spot saved"), "section:a"),
    "subtitle": shown(chart(subtitle="driven by spot"), "section:a"),
    "source of a figure": shown(chart(source="Source: saved mails"), "section:a"),
    "in a figure": shown(chart(name="Spot saved it"), "section:a"),
}


@pytest.mark.parametrize("cell", PLACES.values(), ids=PLACES)
def test_a_causal_word_stops_the_pages_wherever_it_stands(cell: NotebookNode) -> None:
    """The error names phrase, role, section, cell, the words around it, and the remedy; it is exit 2."""
    with pytest.raises(UsageProblem) as caught:
        composed(cell)
    told = str(caught.value)
    assert caught.value.code == 2
    assert re.search(r"claims a cause", told)
    assert "pages of the CTO, section a" in told
    assert "(book, cell 2" in told
    assert "names no experiment" in told
    assert "causal-words.toml" in told


def test_the_error_quotes_what_was_said() -> None:
    with pytest.raises(UsageProblem) as caught:
        composed(shown(tables.headline("Moving search to spot saved 30 % of its cost"), "section:a"))
    assert caught.value.what.startswith("'saved' claims a cause")
    assert "“Moving search to spot saved 30 % of its cost”" in str(caught.value)


def test_alternative_text_is_read_out_and_counts() -> None:
    """Of a house chart, of a picture of one's own by metadata."""
    alt = dict(chart()._repr_mimebundle_())
    figure = "application/vnd.unitcost.figure+json"
    alt[figure] = {**alt[figure], "alt": "A bar that spot brought down."}
    with pytest.raises(UsageProblem, match="alternative text of a figure"):
        composed(shown(alt, "section:a"))
    png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    picture = shown({"image/png": png}, "section:a")
    picture.metadata["alt"] = "Cost, which spot cut"
    with pytest.raises(UsageProblem, match="alternative text of a figure"):
        composed(picture)


def test_page_one_counts() -> None:
    """What a role asks, and what the program says of it."""
    role = replace(ROLES["cto"], sections=(), question="What has reduced cost?")
    with pytest.raises(UsageProblem, match="pages of the CTO, page one"):
        compose(role, {}, with_experiments())
    with pytest.raises(UsageProblem, match="note on page one"):
        composed(about=replace(with_experiments(), warnings=("Cost fell because a bill is missing",)))


def test_names_that_a_company_gave_stop_nothing() -> None:
    """In headings, sentences, alternative texts and on page one; in the bodies of tables nothing is looked at."""
    name, line = "S3 Reduced Redundancy Storage", "cut & saved"
    about = with_experiments()
    finding = replace(about.findings["mau"], label=line)
    about = replace(about, names=(name,), findings={**about.findings, "cost.product.cut-saved": finding})
    cells = [
        shown(tables.headline(f"{name} of {line} moved most"), "section:a"),
        shown(chart(name=name, title=f"{line} by service"), "section:a"),
        shown(tables.table([["Whatever it saved", 1]], COLUMNS, f"Cost of {name}"), "section:a"),
    ]
    mover = Movement(name, Decimal(2), Decimal(1))
    about = replace(about, movers={"service": [mover]}, reasons=(ChangePart("prices paid", Decimal("0.1"), name),))
    assert name in repr(composed(*cells, about=about))
    with pytest.raises(UsageProblem, match="'Reduced'"):
        composed(*cells, about=replace(about, names=(), movers={}, reasons=()))
    with pytest.raises(UsageProblem, match="'saved'"):
        composed(shown(tables.headline(f"{name} of {line} saved most"), "section:a"), about=about)


def test_an_analyst_may_call_a_notebook_anything() -> None:
    """What is edited is told with names that were typed; elsewhere the same words count."""
    edits = ("Notebook 55 saved was added by analysts: section what-cut",)
    own = text_cell("text", "section:what-cut")
    report = composed(own, about=replace(with_experiments(), analysts_edits=edits), name="55 saved")
    assert edits[0] in report.summary.warnings
    with pytest.raises(UsageProblem, match="section a, heading"):
        composed(own, shown(tables.headline("55 saved"), "section:a"), name="55 saved")


# The licence


@pytest.mark.parametrize(
    ("verdicts", "about", "lacking"),
    [
        ({"spot": "effect"}, "spot", None),
        ({"spot": "effect", "logs": "cannot_tell"}, "spot", None),
        ({"spot": "effect", "logs": "effect"}, ("spot", "logs"), None),
        ({"spot": "effect", "logs": "no_effect"}, ("spot", "logs"), "the verdict of experiment 'logs' is no_effect"),
        ({"spot": "cannot_tell"}, "spot", "the verdict of experiment 'spot' is cannot_tell"),
        ({"spot": "effect"}, "logs", "there is no experiment 'logs'"),
        ({"spot": "effect"}, (), "it names no experiment"),
        ({}, "spot", "there is no experiment 'spot'"),
    ],
)
def test_a_causal_word_needs_the_verdict_effect(
    verdicts: dict[str, str], about: str | tuple[str, ...], lacking: str | None
) -> None:
    """Block by block: heading, prose, table and chart say which experiment they speak about, and all must have it."""
    given = with_experiments(**verdicts)
    for value in (
        tables.headline("Spot saved 30 %", about=about),
        tables.prose("Spot saved 30 %", about=about),
        tables.table([ROW], COLUMNS, "What spot saved", ["Spot cut it."], about=about),
        chart(title="What spot saved", about=about),
    ):
        if lacking is None:
            composed(shown(value, "section:a"), about=given)
            Guard.of(given).check_notebooks({"book": v4.new_notebook(cells=[shown(value)])})
            continue
        with pytest.raises(UsageProblem, match=re.escape(lacking)):
            composed(shown(value, "section:a"), about=given)
        with pytest.raises(UsageProblem, match=re.escape(lacking)):
            Guard.of(given).check_notebooks({"book": v4.new_notebook(cells=[shown(value)])})


def test_a_licence_is_for_one_block_alone() -> None:
    """Beside a heading that may say it, a text that names nothing may not; markdown never may."""
    given = with_experiments(spot="effect")
    may = shown(tables.headline("Spot saved 30 %", about="spot"), "section:a")
    second = shown(tables.headline("Spot cut cost", about="spot"), "section:a")
    composed(may, second, about=given)
    for other in (shown(tables.headline("It cut cost"), "section:a"), PLACES["text"], PLACES["markdown"]):
        with pytest.raises(UsageProblem, match="names no experiment"):
            composed(may, other, about=given)


def test_a_verdict_that_an_analyst_changed_is_the_one_computed() -> None:
    """The notebook says effect, the computation said cannot tell, or nothing at all: no licence."""
    claim = shown(tables.headline("Spot saved 30 %", about="spot"), "section:a")
    for computed in ("cannot_tell", None):
        given = replace(with_experiments(spot="effect"), changed={"experiment.spot.verdict": computed})
        with pytest.raises(UsageProblem, match="the verdict of experiment 'spot' is"):
            composed(claim, about=given)


def test_page_one_says_which_experiment_a_sentence_is_about() -> None:
    """A statement notes it while it is made; the others on page one stay without."""
    given = with_experiments(spot="effect", logs="cannot_tell")

    def statement(page: Page, experiment: str = "spot") -> str:
        page.speaks_about(experiment)
        return f"Moving {experiment} reduced cost."

    page = Page(given, FMT, Names())
    sentences = [
        page.marked(statement),
        page.marked(lambda page: statement(page, "logs")),
        page.marked(lambda _: "Hm."),
    ]
    assert page.about == {"Moving spot reduced cost.": ("spot",), "Moving logs reduced cost.": ("logs",)}
    report, guard = composed(about=given), Guard.of(given)

    def judge(*said: str | None) -> None:
        summary = replace(report.summary, sentences=tuple(s or "" for s in said), about=tuple(page.about.items()))
        guard.check_pages(replace(report, summary=summary))

    judge(sentences[0], sentences[2])
    with pytest.raises(UsageProblem, match="text of page one"):
        judge(*sentences)
    with pytest.raises(UsageProblem, match="names no experiment"):
        judge(sentences[0], "It cut cost.")


# Notebooks


OUTPUTS = {
    "plain": v4.new_output("execute_result", data={"text/plain": "'we saved 30 %'"}),
    "html": v4.new_output("display_data", data={"text/html": "<ul><li>We sa<i>ved</i> 30 %</li></ul>"}),
    "html caption": v4.new_output("display_data", data={"text/html": "<table><caption>Saved</caption></table>"}),
    "markdown": v4.new_output("display_data", data={"text/markdown": "**thanks to** spot", "text/plain": "<x>"}),
    "printed": v4.new_output("stream", name="stdout", text="Cost fell due\nto spot\n"),
    "alt": v4.new_output("display_data", data={"image/png": "x"}, metadata={"alt": "what spot saved"}),
    "svg": v4.new_output(
        "display_data", data={"image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg'><text>It saved</text></svg>"}
    ),
    "svg of lines": v4.new_output(
        "display_data", data={"image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg'><!-- It saved --></svg>"}
    ),
}


@pytest.mark.parametrize("output", OUTPUTS.values(), ids=OUTPUTS)
def test_what_a_cell_shows_counts_in_a_report_or_not(output: NotebookNode) -> None:
    """Executed notebooks are published too."""
    book = v4.new_notebook(cells=[v4.new_code_cell("x", outputs=[output])])
    with pytest.raises(UsageProblem, match="notebook book, cell 1"):
        Guard.of(with_experiments(spot="effect")).check_notebooks({"book": book})


def test_markdown_of_any_cell_counts_with_its_tables() -> None:
    """An author wrote the body of a table in markdown; that of a frame is data."""
    guard = Guard.of(with_experiments())
    for source in ("It cut cost", "| what | how |\n|---|---|\n| spot | saved 30 % |", "```\nwe saved\n```"):
        with pytest.raises(UsageProblem, match="notebook book, cell 1"):
            guard.check_notebooks({"book": v4.new_notebook(cells=[v4.new_markdown_cell(source)])})


def test_code_data_and_the_machines_own_words_are_let_be() -> None:
    """Sources of cells, bodies of tables, values of findings, warnings of libraries."""
    frame = {
        "text/html": "<table><thead><tr><th>what</th></tr></thead><tbody><tr><td>saved</td></tr></tbody></table>",
        "text/plain": "   what\n0  saved",
    }
    finding = {
        "application/vnd.unitcost.finding+json": [{"name": "cost_per_user.service.s3-reduced"}],
        "text/plain": "cost_per_user.service.s3-reduced = 1 USD",
    }
    cells = [
        v4.new_code_cell("# this saved us\nprint('saved')"),
        v4.new_code_cell("x", outputs=[v4.new_output("stream", name="stderr", text="slow because of x")]),
        *(v4.new_code_cell("x", outputs=[v4.new_output("display_data", data=data)]) for data in (frame, finding)),
        shown(tables.table([["what we saved", 1]], COLUMNS, "x")),
    ]
    Guard.of(with_experiments()).check_notebooks({"book": v4.new_notebook(cells=cells)})
