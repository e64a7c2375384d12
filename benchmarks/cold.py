"""Commands of ours with nothing prepared: cache and temporary folder are new, and gone afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Command, Usage, measured, scratch_folder, unitcost


@dataclass(frozen=True, slots=True)
class Cold:
    """What a run took, its command line, and the names it left in the temporary folder."""

    usage: Usage
    command: Command
    left: tuple[str, ...]


def findings(config: Path, month: str) -> Cold:
    """Compute the findings of a month."""
    with scratch_folder() as scratch:
        return _run(scratch, "findings", month, "--config", config)


def report(config: Path, month: str) -> Cold:
    """Make the reports of a month for all roles, as HTML and PDF."""
    with scratch_folder() as scratch:
        return _run(scratch, "report", month, "--config", config, "--out", scratch / "reports")


def alone(command: Command) -> Usage:
    """Return what a command took that is not ours."""
    with scratch_folder() as scratch:
        return measured(command, scratch)


def _run(scratch: Path, *arguments: str | Path) -> Cold:
    command = unitcost(*arguments, cache=scratch / "cache", temporary=scratch / "tmp")
    usage = measured(command, scratch)
    return Cold(usage, command, tuple(sorted(path.name for path in (scratch / "tmp").iterdir())))
