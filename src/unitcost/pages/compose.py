"""A role's report: its page one, its choice of sections from the executed notebooks, and the trust page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from nbformat import NotebookNode

from unitcost.analyses.levers.against import against_plan
from unitcost.display.facts import ReportFacts
from unitcost.display.formats import Formats, month_name
from unitcost.display.model import Block, Heading, Report, Role, Run, Section
from unitcost.display.text import cut
from unitcost.kernels.sections import TAG, sections_of
from unitcost.numbers.months import last_day
from unitcost.pages.causal_guard import Guard
from unitcost.pages.markdown import MarkdownHeading, plain
from unitcost.pages.normalise import Headline, Normaliser, Piece
from unitcost.pages.restated import restated
from unitcost.pages.summary import page_one
from unitcost.pages.trust import benchmarks, trust

QUALITY = "data-quality"
SECTION_LEVEL = 2
DEEPEST_LEVEL = 4
# Sections that no notebook makes: context from a file, and what the ledger knows.
OWN = {"benchmarks": benchmarks, "restatement": restated}
# Every headline of these begins a section of its own, on a page of its own.
PAGES = frozenset(("experiment-pages",))


def compose(role: Role, notebooks: Mapping[str, NotebookNode], facts: ReportFacts) -> Report:
    """Return everything one reader gets, ready to print.

    Sections come in the order of the role; one without cells, or whose cells show nothing, is left out and
    said in `warnings` if no notebook has it at all. Raises UsageProblem for a causal word that rests on no experiment.
    """
    formats = Formats.of(facts.locale, facts.currency, role.negatives)
    normaliser = Normaliser(formats)
    sections = []
    for slug in role.sections:
        own = OWN.get(slug)
        found = [own(facts, normaliser)] if own else _sections(slug, notebooks, normaliser)
        sections += [section for section in found if section is not None]
    summary = page_one(role, facts, formats, normaliser.names)
    # What was accepted is in the section about data quality, or on the last page where a reader has none.
    sections.append(trust(facts, normaliser, accepted=all(section.slug != QUALITY for section in sections)))
    beside = against_plan(facts, formats, normaliser.names)
    if beside is not None:
        sections.insert(0, beside)
    month = month_name(facts.month, facts.locale)
    scenario = f" – scenario {facts.scenario}" if facts.scenario else ""
    company = cut(facts.company)
    report = Report(
        role=role,
        title=f"{role.title}{scenario}",
        document_title=f"{company} – {role.title} – {month}{scenario}",
        company=company,
        month=month,
        language=facts.locale.replace("_", "-"),
        date=last_day(facts.month).isoformat(),
        run_id=facts.run_id,
        classification=facts.classification,
        summary=summary,
        sections=tuple(sections),
        warnings=tuple(normaliser.warnings),
        banner=f"Scenario {facts.scenario}: not the plan of record" if facts.scenario else "",
    )
    Guard.of(facts).check_pages(report, notebooks)
    return report


def _sections(slug: str, notebooks: Mapping[str, NotebookNode], normaliser: Normaliser) -> list[Section | None]:
    pieces: list[Piece] = []
    found = False
    for name, notebook in notebooks.items():
        for number, cell in enumerate(notebook.cells, start=1):
            if slug in sections_of(cell):
                found = True
                pieces += normaliser.cell(cell, f"{name}, cell {number}")
    if not found:
        normaliser.warnings.append(f"no notebook has a cell tagged {TAG}{slug}")
        return []
    return _pages(slug, pieces) if slug in PAGES else [_assembled(slug, pieces)]


def _pages(slug: str, pieces: Sequence[Piece]) -> list[Section | None]:
    """Return a section for every headline; what stands before the first one belongs to all of them."""
    starts = [place for place, piece in enumerate(pieces) if isinstance(piece, Headline)]
    shared = pieces[: starts[0]] if starts else ()
    found = []
    for number, (first, last) in enumerate(pairwise([*starts, len(pieces)]), start=1):
        section = _assembled(slug if number == 1 else f"{slug}-{number}", (*shared, *pieces[first:last]))
        if section is not None and len(starts) > 1:
            section = replace(section, kicker=f"{section.kicker} {number} of {len(starts)}")
        found.append(None if section is None else replace(section, page=True))
    return found


def _assembled(slug: str, pieces: Iterable[Piece]) -> Section | None:
    """Return a section: the first heading is its topic, the first headline its finding, the rest follows."""
    kicker = heading = ""
    about: tuple[str, ...] = ()
    blocks: list[Block] = []
    for piece in pieces:
        if isinstance(piece, Headline):
            if heading:
                blocks.append(Heading(SECTION_LEVEL + 1, (Run(piece.text),), piece.about))
            else:
                heading, about = piece.text, piece.about
        elif isinstance(piece, MarkdownHeading):
            if not kicker and piece.level <= SECTION_LEVEL:
                kicker = plain(piece.runs)
            else:
                level = min(max(piece.level, SECTION_LEVEL + 1), DEEPEST_LEVEL)
                blocks.append(Heading(level, piece.runs))
        else:
            blocks.append(piece)
    if not any(not isinstance(block, Heading) for block in blocks):
        return None
    return Section(slug, kicker, heading or kicker or slug, tuple(_levels(blocks)), about)


def _levels(blocks: Iterable[Block]) -> Iterable[Block]:
    """Yield the blocks with no heading level skipped, which a tagged PDF does not allow."""
    last = SECTION_LEVEL
    for block in blocks:
        if isinstance(block, Heading):
            last = min(block.level, last + 1)
            yield replace(block, level=last)
        else:
            yield block
