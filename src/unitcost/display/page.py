"""Page one in the making: the findings, and the words for them that its sentences share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from unitcost.display.facts import ReportFacts
from unitcost.display.formats import Formats, month_name
from unitcost.display.text import Names
from unitcost.numbers.amounts import amount_of
from unitcost.numbers.estimate import Estimate
from unitcost.numbers.months import month_before, year_before

CHANGED = "changed by analysts"


@dataclass(frozen=True, slots=True)
class _Noted(Mapping[str, Estimate]):
    """The findings, noting which are looked at."""

    findings: Mapping[str, Estimate]
    asked: set[str]

    def __getitem__(self, name: str) -> Estimate:
        self.asked.add(name)
        return self.findings[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)


@dataclass(frozen=True, slots=True)
class Page:
    """What the sentences of page one are made from."""

    facts: ReportFacts
    formats: Formats
    names: Names
    asked: set[str] = field(default_factory=set)  # findings looked at since the last sentence
    about: dict[str, tuple[str, ...]] = field(default_factory=dict)  # the experiments that a sentence speaks about
    experiments: set[str] = field(default_factory=set)  # those of the sentence that is being made

    @property
    def month(self) -> str:
        """Return the month in words."""
        return month_name(self.facts.month, self.facts.locale)

    def earlier(self, months: int) -> str:
        """Return an earlier month in words."""
        return month_name(month_before(self.facts.month, months), self.facts.locale)

    def value(self, name: str) -> Decimal | None:
        """Return a finding's value; a finding that is not there raises KeyError."""
        return amount_of(self.finding(name).value)

    @property
    def findings(self) -> Mapping[str, Estimate]:
        """Return the findings for a sentence that a section says too: those it rests on are noted."""
        return _Noted(self.facts.findings, self.asked)

    def finding(self, name: str) -> Estimate:
        """Return a finding; one that is not there raises KeyError."""
        return self.findings[name]

    def before(self, name: str) -> Decimal | None:
        """Return a finding's value of the month before."""
        return amount_of(self.finding(name).previous)

    def year_ago(self, name: str) -> Decimal | None:
        """Return a headline finding's value of the same month a year earlier."""
        wanted = year_before(self.facts.month)
        return next((value for month, value in self.facts.history.get(name, ()) if month == wanted), None)

    def marked(self, say: Callable[[Page], str | None]) -> str | None:
        """Return a sentence, with a mark if it rests on a finding that analysts changed."""
        self.asked.clear()
        self.experiments.clear()
        sentence = say(self)
        if sentence and self.asked & set(self.facts.changed):
            sentence = f"{sentence[:-1]} ({CHANGED})." if sentence.endswith(".") else f"{sentence} ({CHANGED})"
        if sentence and self.experiments:
            self.about[sentence] = tuple(sorted(self.experiments))
        return sentence

    def sentence(self, words: str) -> str | None:
        """Return words that a section has as its headline as a sentence; None for none."""
        return f"{words}." if words else None

    def speaks_about(self, experiment: str) -> None:
        """Note that the sentence being made says what an experiment did; its verdict has to be `effect`."""
        self.experiments.add(experiment)

    def money(self, value: Decimal | None) -> str:
        """Return an amount with its currency, without cents once it is large."""
        return self.formats.whole_money(value)

    def unit_cost(self, value: Decimal | None) -> str:
        """Return a unit cost with its currency."""
        return self.formats.with_currency(self.formats.unit_cost(value))

    def shown(self, name: str, value: Decimal | None) -> str:
        """Return a finding's value as a tile shows it, without unit."""
        unit = self.facts.findings[name].unit
        if unit == "share":
            return self.formats.share(value)
        if unit.endswith("/user"):
            return self.formats.unit_cost(value)
        if unit in ("users", "user-months"):
            return self.formats.count(value)
        digits = self.formats.money_digits([value] if value is not None else [], whole=True)
        return self.formats.money(value, digits)
