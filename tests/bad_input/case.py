"""What a case is: an input, and what has been decided about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .company import MONTH, Figures

Change = Callable[[Path], None]
GONE = "gone"  # in place of a figure: it is not published


@dataclass(frozen=True)
class Accepted:
    """The figures are exact. `figures` are those that differ from the company's; `counted` comes on top of its own.

    `repeated` are the files left out because their content is there already. `said` is how the document tells it.
    With `alone` only the given figures are looked at, for cases about another month.
    """

    said: str = ""
    figures: Figures = field(default_factory=dict)
    counted: Mapping[str, int] = field(default_factory=dict)
    repeated: tuple[str, ...] = ()
    status: str = "final"
    month: str = MONTH
    alone: bool = False

    @property
    def text(self) -> str:
        changed = ", ".join(f"{name} {_value(value)}" for name, value in self.figures.items())
        parts = [f"accepted: {self.said or changed or 'no figure changes'}"]
        parts += [f"counted: {what} ({number})" for what, number in self.counted.items()]
        parts += [f"{name} is named as read once" for name in self.repeated]
        if self.status != "final":
            parts.append(f"the month is {self.status}")
        return "; ".join(parts)


def _value(text: str | None) -> str:
    return "unknown" if text is None else text


@dataclass(frozen=True)
class Refused:
    """The exit code, the place as it is written, and what the message has to say besides."""

    code: int
    where: str
    said: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return f"refused, {self.code}: {self.where}" + (f": {', '.join(self.said)}" if self.said else "")


Outcome = Accepted | Refused


@dataclass(frozen=True)
class Case:
    """`name` is the input in words. `verb` is what is called; `apart` is a process of its own, whose use is limited."""

    name: str
    change: Change
    outcome: Outcome
    verb: str = "findings"
    apart: bool = False


def data(where: str, *said: str) -> Refused:
    """Return: refused as bad data."""
    return Refused(3, where, said)


def usage(where: str, *said: str) -> Refused:
    """Return: refused as wrong configuration."""
    return Refused(2, where, said)


SAME = Accepted()


def counted(what: str, number: int = 1, **figures: str | None) -> Accepted:
    """Return: accepted, and counted in words that facts.py uses."""
    return Accepted(counted={what: number}, figures={name.replace("__", "."): v for name, v in figures.items()})
