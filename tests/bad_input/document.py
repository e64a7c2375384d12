"""The grid as a document for readers; `python -m tests.bad_input` writes it."""

from __future__ import annotations

from collections.abc import Iterator

from material.places import ROOT

from .case import Refused
from .grid import GRID

DOCUMENT = ROOT / "tests" / "bad_input" / "expected.md"
HEAD = """\
# What happens with bad input

Each line is a test: a company of two months and six charges, with one thing spoilt. Bad input is refused with place
and remedy (3 for data, 2 for configuration), or accepted with figures that are exact; what was accepted although it
is not quite right is counted, and the report says so. {refused} of {all} inputs are refused. Nothing that is refused
changes what is published.

The bills are `bills/aws.csv` (line 2 of April, lines 3 to 5 of May) and `bills/azure.csv` (in EUR). This page is
written by `python -m tests.bad_input`.
"""
LONGEST = 150


def document() -> str:
    """Return the text of tests/bad_input/expected.md."""
    cases = [case for cases in GRID.values() for case in cases]
    refused = sum(isinstance(case.outcome, Refused) for case in cases)
    return "\n".join([HEAD.format(all=len(cases), refused=refused), *_tables()])


def _tables() -> Iterator[str]:
    for kind, cases in GRID.items():
        yield f"## {kind}\n\n| input | outcome |\n|---|---|"
        yield from (f"| {_cell(case.name)} | {_cell(case.outcome.text)} |" for case in cases)
        yield ""


def _cell(text: str) -> str:
    """Return text for a table: on one line, in characters that can be seen."""
    seen = "".join(mark if mark.isprintable() else f"\\u{ord(mark):04x}" for mark in text)
    cut = seen if len(seen) <= LONGEST else seen[:LONGEST] + "…"
    return (cut + "`" * (cut.count("`") % 2)).replace("|", "\\|").strip()
