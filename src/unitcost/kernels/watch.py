"""How far a notebook has come, noted as it runs, so that whatever ends it can be told by cell."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from unitcost.kernels.session import Session

# A long table is some hundred kilobytes; a loop that prints without end makes gigabytes in minutes.
MOST_PRINTED = 16 << 20


class LeftEarly(Exception):
    """A cell asked the kernel to end (`exit`, `quit`); papermill would go on with the next cell."""


@dataclass
class Watch:
    """One notebook in one kernel. `deadline` is a time of `time.monotonic`, for all cells together."""

    path: Path
    session: Session
    deadline: float
    cells: tuple[NotebookNode, ...] = ()
    index: int | None = None
    printed: Printed = field(init=False)

    def __post_init__(self) -> None:
        self.printed = Printed(self.session)

    def hooks(self) -> dict[str, Any]:
        """Return the arguments by which papermill and nbclient tell what happens."""
        return {
            "on_notebook_start": self._started,
            "on_cell_start": self._cell_started,
            "on_cell_executed": self._cell_executed,
            "timeout_func": self._seconds_left,
            "stdout_file": self.printed,
            "stderr_file": self.printed,
        }

    def _started(self, notebook: NotebookNode) -> None:
        # papermill adds cells of its own to the notebook when one fails, so the list is kept as it was.
        self.cells = tuple(notebook.cells)

    def _cell_started(self, cell: NotebookNode, cell_index: int) -> None:
        del cell
        self.index = cell_index

    def _cell_executed(self, cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]) -> None:
        del cell, cell_index
        payload = execute_reply.get("content", {}).get("payload") or []
        if any(item.get("source") == "ask_exit" for item in payload):
            raise LeftEarly

    def _seconds_left(self, cell: NotebookNode) -> int:
        del cell
        return max(1, round(self.deadline - time.monotonic()))


@dataclass
class Printed:
    """Counts what cells print and ends the kernel before it fills the memory; papermill sees a file."""

    session: Session
    size: int = 0

    @property
    def too_much(self) -> bool:
        """Whether the limit was passed."""
        return self.size > MOST_PRINTED

    def write(self, text: str) -> None:
        """Take note of one piece of output."""
        self.size += len(text)
        if self.too_much:
            self.session.kill()

    def flush(self) -> None:
        """Nothing waits to be written."""
