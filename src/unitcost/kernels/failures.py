"""What went wrong in a notebook, in the reader's terms: which notebook, which cell, under which heading."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterable
from pathlib import Path

from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError

from unitcost.errors import (
    DataProblem,
    EnvironmentProblem,
    Locked,
    ReconciliationProblem,
    UnitcostError,
    UsageProblem,
)
from unitcost.kernels.executed import INJECTED, paths_cut
from unitcost.kernels.watch import MOST_PRINTED, Watch

CHECK = "check"
OWN_ERRORS: dict[str, type[UnitcostError]] = {
    error.__name__: error
    for error in (UsageProblem, DataProblem, ReconciliationProblem, Locked, EnvironmentProblem, UnitcostError)
}
MESSAGE_LINES = 6


def cell_failed(seen: Watch, error: PapermillExecutionError, roots: Iterable[Path]) -> UnitcostError:
    """A cell raised: a `check` cell is a reconciliation that failed; our own errors keep their exit code."""
    message = paths_cut(str(error.evalue or ""), roots).strip()
    if error.ename == "SystemExit":
        return left_early(seen, message)
    if CHECK in _tags(seen):
        heading = _heading(seen)
        return ReconciliationProblem(
            f"a check failed in {seen.path.stem}" + (f", under '{heading}'" if heading else ""),
            where=_where(seen),
            why=_short(message or error.ename),
            fix="find the rows that disagree with `make check`, or open the notebook with `make lab`",
        )
    if error.ename in OWN_ERRORS and message:
        return _own(seen, OWN_ERRORS[error.ename], message)
    return UnitcostError(
        f"a cell of {seen.path.stem} failed: {error.ename}",
        where=_where(seen),
        why=_short(message.splitlines()[-1] if message else error.ename),
        fix="open the notebook with `make lab` and run it up to that cell",
    )


def left_early(seen: Watch, status: str) -> UnitcostError:
    """A cell ended the notebook without an error, so that the cells after it never ran."""
    return UnitcostError(
        f"{seen.path.stem} ended before its last cell",
        where=_where(seen),
        why=f"the cell left the notebook with status {status or '0'}",
        fix="take `exit`, `quit` or `sys.exit` out of the cell; raise an error to stop a notebook",
    )


def too_slow(seen: Watch, seconds: int) -> EnvironmentProblem:
    """A cell was still running when the notebook's time was over."""
    return EnvironmentProblem(
        f"{seen.path.stem} did not finish within {seconds} s",
        where=_where(seen),
        why="the cell named above was still running",
        fix="run the notebook with `make lab` to see what it waits for",
    )


def kernel_died(seen: Watch, error: Exception, roots: Iterable[Path]) -> UnitcostError:
    """The kernel process ended in the middle of a cell."""
    if seen.printed.too_much:
        return UnitcostError(
            f"a cell of {seen.path.stem} printed too much",
            where=_where(seen),
            why=f"the notebook printed more than {MOST_PRINTED >> 20} MiB of text, so it was ended",
            fix="print less, or write the rows to a file of your own while you look into them",
        )
    return EnvironmentProblem(
        f"the kernel of {seen.path.stem} died",
        where=_where(seen),
        why=_ending(seen) or _last_words(seen, error, roots),
        fix="free memory (close other kernels and programs) and run the same command again",
    )


def no_kernel(seen: Watch, error: Exception, roots: Iterable[Path]) -> EnvironmentProblem:
    """The kernel process never answered, twice."""
    return EnvironmentProblem(
        f"no kernel could be started for {seen.path.stem}",
        where=seen.path.name,
        why=_last_words(seen, error, roots),
        fix="see `make doctor` for disk space and versions, then run the same command again",
    )


def disk(seen: Watch, error: OSError) -> EnvironmentProblem:
    """A file of the run could not be written or read."""
    return EnvironmentProblem(
        f"a file needed to run {seen.path.stem} could not be used",
        where=str(error.filename) if error.filename else None,
        why=error.strerror or str(error),
        fix="make room on the disk, or set TMPDIR and OUT to folders that you may write to",
    )


def check_complete(seen: Watch, notebook: NotebookNode) -> None:
    """Raise unless each code cell ran to its end without an error output."""
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        seen.cells, seen.index = tuple(notebook.cells), index
        for output in cell.outputs:
            if output.output_type == "error":
                raise left_early(seen, output.evalue)
        if cell.execution_count is None or cell.metadata.papermill.status != "completed":
            raise UnitcostError(
                f"a cell of {seen.path.stem} was not executed",
                where=_where(seen),
                why="an earlier cell left the notebook, or the cell is tagged to be skipped",
                fix="take the tag or the early exit away",
            )


def _own(seen: Watch, kind: type[UnitcostError], message: str) -> UnitcostError:
    """Rebuild one of our errors from its text, and add the cell it came out of."""
    label = r"^  (where|why|fix): +"
    parts: dict[str, str] = dict(re.findall(label + "(.*)$", message, re.MULTILINE))
    what = _short(re.split(label, message, maxsplit=1, flags=re.MULTILINE)[0])
    where = f"{parts['where']} ({_where(seen)})" if "where" in parts else _where(seen)
    return kind(what, where=where, why=parts.get("why"), fix=parts.get("fix"))


def _where(seen: Watch) -> str:
    if seen.index is None:
        return seen.path.name
    # Counted as the notebook file shows them, without the cell that carries the run's parameters.
    before = seen.cells[: seen.index]
    number = 1 + sum(INJECTED not in cell.metadata.get("tags", []) for cell in before)
    heading = _heading(seen)
    return f"{seen.path.name}, cell {number}" + (f", under '{heading}'" if heading else "")


def _heading(seen: Watch) -> str:
    for cell in reversed(seen.cells[: (seen.index or 0) + 1]):
        if cell.cell_type == "markdown":
            found: list[str] = re.findall(r"^#{1,6}\s+(.+?)\s*$", cell.source, flags=re.MULTILINE)
            if found:
                return found[-1]
    return ""


def _tags(seen: Watch) -> list[str]:
    return [] if seen.index is None else list(seen.cells[seen.index].metadata.get("tags", []))


def _short(message: str) -> str:
    return "\n         ".join(message.strip().splitlines()[:MESSAGE_LINES])


def _ending(seen: Watch) -> str:
    status = seen.session.process.returncode if seen.session.process is not None else None
    if status == -signal.SIGKILL:
        return "it was killed from outside, most often by the system when memory runs out"
    if status is not None and status < 0:
        return f"it was ended by {signal.Signals(-status).name}, most often a fault in a compiled library"
    return f"it ended itself with status {status}" if status is not None else ""


def _last_words(seen: Watch, error: Exception, roots: Iterable[Path]) -> str:
    return paths_cut(seen.session.last_words() or str(error).split("\n", 1)[0], roots)
