"""No causal word on a page or in a published notebook without an experiment that had an effect behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from nbformat import NotebookNode

from unitcost.display.facts import ReportFacts
from unitcost.display.licence import Licence
from unitcost.display.model import Report
from unitcost.errors import UsageProblem, visible
from unitcost.kernels.sections import sections_of
from unitcost.pages.causal_words import FILE, Claim, GivenNames, Lexicon, load_lexicon, plain
from unitcost.pages.said import Said, said_in_notebook, said_on_pages

Notebooks = Mapping[str, NotebookNode]
Stopped = tuple[Said, Claim]
NO_LICENCE = Licence({})
FIX = (
    'say what moved and leave out why, or name the experiment it rests on, as in headline(…, about="its id"); '
    f"the words are in templates/report/{FILE}, the rule in docs/experiments.md"
)


@dataclass(frozen=True)
class Guard:
    """Judges texts by the lexicon, the names that a company gave, and the verdicts of its experiments."""

    lexicon: Lexicon
    names: GivenNames
    licence: Licence
    _known: dict[str, list[Claim]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, facts: ReportFacts) -> Guard:
        """Return the guard of a run."""
        return cls.knowing(names_of(facts), Licence.of(facts))

    @classmethod
    def knowing(cls, names: Iterable[str], licence: Licence = NO_LICENCE) -> Guard:
        """Return a guard that takes out these names; without a licence every causal word stops it."""
        lexicon = load_lexicon()
        return cls(lexicon, GivenNames(names, lexicon), licence)

    def check_pages(self, report: Report, notebooks: Notebooks | None = None) -> None:
        """Raise UsageProblem for a causal word in a role's pages that no experiment stands behind.

        `notebooks` are those the pages are made from, by name: the cell that says so is looked up in them.
        """
        # What analysts' own notebooks and sections are called is told on page one and on the last page.
        called = GivenNames(_called(notebooks or {}), self.lexicon)
        found = [
            (said, claim)
            for said, claim in self._stopped(said_on_pages(report))
            if not said.tells_edits or self.lexicon.claims(called.taken_out(plain(said.text)), self.names)
        ]
        if found:
            said, claim = found[0]
            pages, cell = report.role.reader or report.title, self._cell(claim, notebooks or {})
            raise self._problem(found, f"pages of the {pages}, {said.where}{cell and f' ({cell})'}")

    def check_notebooks(self, notebooks: Notebooks) -> None:
        """Raise UsageProblem for one in an executed notebook, be the cell part of a report or not."""
        for name, notebook in notebooks.items():
            if found := list(self._stopped(said_in_notebook(name, notebook))):
                raise self._problem(found, f"notebook {found[0][0].where}")

    def _stopped(self, texts: Iterable[Said]) -> Iterator[Stopped]:
        for said in texts:
            claims = self._known.get(said.text)
            if claims is None:
                claims = self._known[said.text] = self.lexicon.claims(said.text, self.names)
            if claims and not self.licence.holds(said.about):
                yield from ((said, claim) for claim in claims)

    def _cell(self, claim: Claim, notebooks: Notebooks) -> str:
        """Return the first cell of a notebook that says the same, in more words or in fewer; '' where none does."""
        for name, notebook in notebooks.items():
            for other, its in self._stopped(said_in_notebook(name, notebook)):
                if its.words == claim.words and (its.text in claim.text or claim.text in its.text):
                    return other.where
        return ""

    def _problem(self, found: list[Stopped], where: str) -> UsageProblem:
        said, claim = found[0]
        others = len(found) - 1
        more = f"; {others} more like it" if others else ""
        return UsageProblem(
            f"'{visible(claim.words)}' claims a cause, and no experiment with an effect stands behind it{more}",
            where=visible(where),
            why=f"it says “{visible(claim.around)}”, and {visible(self.licence.lacking(said.about))}",
            fix=FIX,
        )


def names_of(facts: ReportFacts) -> Iterator[str]:
    """Yield the names in a run's facts: what stands in a sentence and is nobody's wording."""
    yield from (facts.company, facts.scenario, *facts.names)
    for name, finding in facts.findings.items():
        yield finding.label or ""
        kind, _, rest = name.partition(".")
        if kind in ("lever", "experiment"):
            yield rest.rpartition(".")[0]
    for movers in facts.movers.values():
        yield from (mover.name for mover in movers)
    yield from (part.name for part in facts.reasons)
    for action in facts.actions:
        yield from (action.name, action.owner)
    yield from (source.name for source in facts.sources)
    for flaw in facts.damage:
        yield from (flaw.provider, flaw.where)
    if facts.against is not None:
        yield from (*facts.against.names, *facts.against.titles, *(one.label for one in facts.against.levers))


def _called(notebooks: Notebooks) -> Iterator[str]:
    for name, notebook in notebooks.items():
        yield name
        for cell in notebook.cells:
            yield from sections_of(cell)
