"""Everything that can go wrong for a reader of the reports, as one family.

An error says what happened, where (file, line or row, column), why, and how to fix it. The exit code
belongs to the class, so a caller never has to guess it from the text.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

MAX_LINES = 15
MAX_LINE = 400


class UnitcostError(Exception):
    """Root of all expected errors; printed without a traceback.

    `what` is one sentence; `where` names file, line or row and column; `why` and `fix` complete it.
    """

    code = 1

    def __init__(self, what: str, *, where: str | None = None, why: str | None = None, fix: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.why = why
        self.fix = fix

    def __str__(self) -> str:
        parts = [self.what]
        for label, text in (("where", self.where), ("why", self.why), ("fix", self.fix)):
            if text:
                parts.append(f"  {label + ':':<7}{text}")
        lines = [visible(line)[:MAX_LINE] for part in parts for line in part.splitlines()]
        if len(lines) > MAX_LINES:
            lines = [*lines[: MAX_LINES - 1], f"  … {len(lines) - MAX_LINES + 1} more lines"]
        return "\n".join(lines)


class UsageProblem(UnitcostError):
    """The command line, the month or a configuration file is wrong."""

    code = 2


class DataProblem(UnitcostError):
    """An input file cannot be read as what the contract says it is."""

    code = 3


class ReconciliationProblem(UnitcostError):
    """Two independent ways to the same number disagree."""

    code = 4


class Locked(UnitcostError):
    """Another run is publishing the same month."""

    code = 5


class EnvironmentProblem(UnitcostError):
    """The machine is in the way: disk, permissions, memory, a killed kernel."""

    code = 6


def nearest(name: str, known: Iterable[str], cutoff: float = 0.5) -> str:
    """Return the known name closest to `name`, as a phrase ready for a `fix`, or the list of known names."""
    names = sorted(set(known))
    lowered = {n.lower(): n for n in names}
    close = difflib.get_close_matches(name.lower(), list(lowered), n=1, cutoff=cutoff)
    if close:
        return f"did you mean '{lowered[close[0]]}'?"
    return "known: " + ", ".join(names[:30])


def visible(text: str) -> str:
    """Return `text` with control characters written as escapes, so that a terminal cannot be steered by data."""
    return "".join(_visible(ch) for ch in text)


def _visible(ch: str) -> str:
    # Bidirectional overrides and zero-width characters change what a person reads, so they are spelled out too.
    hidden = "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
    if ch in hidden or ord(ch) < 32 or 127 <= ord(ch) < 160:
        return f"\\u{ord(ch):04x}"
    return ch
