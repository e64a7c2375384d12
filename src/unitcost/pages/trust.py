"""The last pages: where the numbers come from, what was checked, what words mean, and context from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from unitcost.display.facts import Benchmarked, ReportFacts
from unitcost.display.model import Block, Heading, Paragraph, Run, Section, Table
from unitcost.display.text import spelled
from unitcost.display.typed_tables import typed_table
from unitcost.numbers.estimate import Estimate, plain
from unitcost.pages.normalise import Normaliser

HASH_DIGITS = 16


def trust(facts: ReportFacts, normaliser: Normaliser, *, accepted: bool = True) -> Section:
    """Return the trust section, with what was `accepted` or without; compose it last, when every name is known."""
    blocks: list[Block] = [
        _text(
            f"Run {facts.run_id}. The same inputs, settings and program give the same run and the same bytes. "
            "manifest.json beside the pages carries every hash in full; findings.json carries every number."
        ),
        *_titled("Sources", _sources(facts, normaliser)),
        *_titled("Accepted and counted", _tolerances(facts, normaliser) if accepted else None),
        *_titled("Exchange rates", _rates(facts, normaliser)),
        *_breaks(facts),
        *_titled("Checks", _checks(facts, normaliser)),
        *_edits(facts, normaliser),
        Heading(3, (Run("What the words mean"),)),
        *(Paragraph((Run(f"{term}. ", strong=True), Run(text))) for term, text in facts.definitions),
        Heading(3, (Run("Versions"),)),
        _text(", ".join(f"{part} {version}" for part, version in facts.versions) + ".", "small"),
        *_names(normaliser),
    ]
    return Section("trust", "Trust", "Where the numbers come from", tuple(blocks))


def benchmarks(facts: ReportFacts, normaliser: Normaliser) -> Section | None:
    """Return context from outside with its sources, or nothing where none is given."""
    if not facts.benchmarks:
        return None
    rows = [
        [mark.metric, _range(mark), mark.unit, f"{mark.text}. Source: {mark.source}, {mark.date.isoformat()}"]
        for mark in facts.benchmarks
    ]
    table = _table(normaliser, "Benchmarks", ["Measure", "Range", "Unit", "What it is"], rows)
    return Section("benchmarks", "Context", "What others report: context, not a verdict", (table,))


def _range(mark: Benchmarked) -> str:
    return " to ".join(plain(end) for end in (mark.low, mark.high) if end is not None)


def _table(
    normaliser: Normaliser,
    caption: str,
    labels: Sequence[str],
    rows: Sequence[Sequence[object]],
    kinds: Mapping[str, str] | None = None,
) -> Table:
    columns = [{"label": label, "kind": (kinds or {}).get(label, "text")} for label in labels]
    data = {"caption": caption, "columns": columns, "rows": [list(row) for row in rows]}
    return typed_table(data, normaliser.formats, normaliser.names)


def _titled(title: str, table: Table | None) -> list[Block]:
    return [] if table is None else [Heading(3, (Run(title),)), table]


def _text(text: str, tone: str = "") -> Paragraph:
    return Paragraph((Run(text),), "small" if tone == "small" else "")


def _sources(facts: ReportFacts, normaliser: Normaliser) -> Table:
    rows = [[source.name, source.kind, source.rows, source.sha256[:HASH_DIGITS]] for source in facts.sources]
    caption = "Inputs until the month, by content: file names, order and format do not count"
    return _table(normaliser, caption, ["Source", "Kind", "Rows", "sha256, first digits"], rows, {"Rows": "count"})


def _tolerances(facts: ReportFacts, normaliser: Normaliser) -> Table | None:
    if not facts.tolerances:
        return None
    rows = [[entry.what, entry.count, entry.sum, entry.example or ""] for entry in facts.tolerances]
    kinds = {"How often": "count", "Sum of BilledCost": "money"}
    return _table(
        normaliser, "What was accepted as it is", ["What", "How often", "Sum of BilledCost", "Example"], rows, kinds
    )


def _rates(facts: ReportFacts, normaliser: Normaliser) -> Table | None:
    if not facts.rates:
        return None
    labels = ["Currency", "Month", "Month before"]
    caption = f"{facts.currency} for one unit, by which rows of the month were converted"
    kinds = {"Month": "decimal", "Month before": "decimal"}
    return _table(normaliser, caption, labels, [[rate.currency, rate.now, rate.before] for rate in facts.rates], kinds)


def _breaks(facts: ReportFacts) -> list[Block]:
    """Say where the published numbers stop being comparable; the charts are computed under one definition."""
    if not facts.breaks:
        return []
    text = (
        f"Published under another definition or other rules than the month before: {', '.join(facts.breaks)}. What was "
        "published on both sides is not compared; every chart here is computed under the definitions of now."
    )
    return [Heading(3, (Run("Breaks in what was published"),)), _text(text)]


def _checks(facts: ReportFacts, normaliser: Normaliser) -> Table:
    rows = [[check.name, check.result, check.detail] for check in facts.checks]
    return _table(normaliser, "A failed check stops the report", ["Check", "Result", "Detail"], rows)


def _edits(facts: ReportFacts, normaliser: Normaliser) -> list[Block]:
    """Name what analysts edited, and what they changed, each finding with what it is computed as."""
    if not facts.analysts_edits:
        return []
    edits = [_text(f"{normaliser.names.sentence(edit)}.") for edit in facts.analysts_edits]
    rows = [
        [name, _published(facts.findings[name]), facts.changed[name], facts.findings[name].unit]
        for name in sorted(facts.changed)
    ]
    labels = ["Finding", "As published", "As computed", "Unit"]
    table = _table(normaliser, "Findings changed by analysts", labels, rows)
    return [Heading(3, (Run("Edited by analysts"),)), *edits, *([table] if rows else [])]


def _published(finding: Estimate) -> object:
    return finding.as_json()["value"]


def _names(normaliser: Normaliser) -> list[Block]:
    """Return the names that do not show as they are: too long for a table, or with invisible characters."""
    long, hidden = list(normaliser.names.long), list(normaliser.names.hidden)
    blocks: list[Block] = []
    if long:
        blocks.append(Heading(3, (Run("Names in full"),)))
        blocks += [_text(name, "small") for name in long]
    if hidden:
        blocks.append(Heading(3, (Run("Names with invisible characters"),)))
        blocks += [_text(spelled(name), "small") for name in hidden if name not in long]
    return blocks
