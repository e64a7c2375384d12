"""Page one in the making: the findings, and the words for them that its sentences share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from unitcost.display.formats import Formats, month_name, number
from unitcost.display.model import ReportFacts
from unitcost.display.text import Names
from unitcost.numbers.months import month_before, year_before

CHANGED = "changed by analysts"


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
        self.asked.add(name)
        return number(self.facts.findings[name]["value"])

    def before(self, name: str) -> Decimal | None:
        """Return a finding's value of the month before."""
        self.asked.add(name)
        return number(self.facts.findings[name]["previous"])

    def year_ago(self, name: str) -> Decimal | None:
        """Return a headline finding's value of the same month a year earlier."""
        wanted = year_before(self.facts.month)
        return next((number(v) for m, v in self.facts.history.get(name, ()) if m == wanted), None)

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

    def speaks_about(self, experiment: str) -> None:
        """Note that the sentence being made says what an experiment did; its verdict has to be `effect`."""
        self.experiments.add(experiment)

    def money(self, value: Decimal | None) -> str:
        """Return an amount with its currency, without cents once it is large."""
        digits = self.formats.money_digits([value] if value is not None else [], whole=True)
        return self.formats.with_currency(self.formats.money(value, digits))

    def unit_cost(self, value: Decimal | None) -> str:
        """Return a unit cost with its currency."""
        return self.formats.with_currency(self.formats.unit_cost(value))

    def shown(self, name: str, value: Decimal | None) -> str:
        """Return a finding's value as a tile shows it, without unit."""
        unit = str(self.facts.findings[name]["unit"])
        if unit == "share":
            return self.formats.share(value)
        if unit.endswith("/user"):
            return self.formats.unit_cost(value)
        if unit in ("users", "user-months"):
            return self.formats.count(value)
        digits = self.formats.money_digits([value] if value is not None else [], whole=True)
        return self.formats.money(value, digits)
