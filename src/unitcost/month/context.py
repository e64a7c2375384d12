"""What a running report tells the notebooks it executes: one file, named by one environment variable."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from pydantic import TypeAdapter

from unitcost.errors import UsageProblem
from unitcost.numbers.book import Findings

VARIABLE = "UNITCOST_REPORT"


@dataclass(frozen=True, slots=True)
class Context:
    """A run: its company, month and scenario, what was published before, and every finding as it was computed.

    `config` is the path of report.toml, `store` the folder of intermediate tables; `published` is the cost per user
    last published by month, `breaks` are the months in which its definition changed.
    """

    config: Path
    store: Path
    month: str
    scenario: str
    published: Mapping[str, Decimal]
    breaks: tuple[str, ...]
    findings: Findings


_CODEC = TypeAdapter(Context)


def write_context(context: Context, path: Path) -> dict[str, str]:
    """Write the file and return the environment in which a kernel reads it."""
    path.write_bytes(_CODEC.dump_json(context))
    return {VARIABLE: str(path.resolve())}


def read_context() -> Context | None:
    """Return the context of the running report, None outside of one. Raises UsageProblem for what is no such file."""
    named = os.environ.get(VARIABLE)
    if not named:
        return None
    try:
        return _CODEC.validate_json(Path(named).read_bytes())
    except (OSError, ValueError, TypeError, LookupError) as problem:
        raise UsageProblem(
            f"{VARIABLE} names no context of a report",
            where=named[:200],
            why=str(problem).splitlines()[0],
            fix=f"unset {VARIABLE}; `unitcost report` sets it for the notebooks it executes",
        ) from None
