"""Which experiments give a text the right to say that something was the cause of something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unitcost.display.facts import ReportFacts

EFFECT = "effect"
NAME = "experiment.{}.verdict"
About = str | Sequence[str]


def is_verdict(name: str) -> bool:
    """Tell whether a finding is the verdict of an experiment."""
    return _experiment(name) is not None


def _experiment(name: str) -> str | None:
    before, after = NAME.split("{}")
    own = name.removeprefix(before).removesuffix(after)
    return own if own and len(own) == len(name) - len(before + after) else None


def experiments(about: object) -> tuple[str, ...]:
    """Return the ids in an `about`, which is one id or several. Raises ValueError for what is no text."""
    ids = (about,) if isinstance(about, str) else tuple(about) if isinstance(about, (list, tuple)) else ()
    if (about is not None and not isinstance(about, (str, list, tuple))) or not all(isinstance(i, str) for i in ids):
        raise ValueError("`about` is the id of an experiment, or several of them")
    return tuple(one for one in ids if one)


@dataclass(frozen=True, slots=True)
class Licence:
    """The verdicts of a run's experiments by id, as computed."""

    verdicts: Mapping[str, str]

    @classmethod
    def of(cls, facts: ReportFacts) -> Licence:
        """Return the verdicts among the findings; where an analyst changed one, what it was computed as."""
        found = {}
        for name, finding in facts.findings.items():
            if (own := _experiment(name)) is not None:
                found[own] = str(facts.changed.get(name, finding.value))
        return cls(found)

    def holds(self, about: Sequence[str]) -> bool:
        """Tell whether a text about these experiments may use causal words: all of them had an effect."""
        return bool(about) and all(self.verdicts.get(one) == EFFECT for one in about)

    def lacking(self, about: Sequence[str]) -> str:
        """Return why it may not, in words."""
        for one in about:
            verdict = self.verdicts.get(one)
            if verdict is None:
                return f"there is no experiment '{one}'"
            if verdict != EFFECT:
                return f"the verdict of experiment '{one}' is {verdict}"
        return "it names no experiment"
