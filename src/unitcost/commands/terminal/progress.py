"""Saying what is being done, on standard error: one progress line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from typing import Any

from unitcost.errors import visible


class Progress:
    """Call it with what begins now; call `done` before printing a result."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._status: Any = None
        self._kinds: set[str] = set()
        self._turn = threading.Lock()

    def __call__(self, text: str) -> None:
        """Show a step. Steps of one kind ('reading bill 3 of 40: …') are one line where nobody is watching."""
        line = visible(text)[:200]
        with self._turn:  # bills and users are read side by side
            if sys.stderr.isatty():
                self._spin(line)
            elif (kind := " ".join(line.split(" ")[:2])) not in self._kinds:
                self._kinds.add(kind)
                print(f"{time.monotonic() - self._start:6.1f} s  {line}", file=sys.stderr, flush=True)

    def _spin(self, line: str) -> None:
        from rich.console import Console
        from rich.text import Text

        if self._status is None:
            self._status = Console(stderr=True).status(Text(line))
            self._status.start()
        self._status.update(Text(line))

    def done(self) -> None:
        """End the progress line."""
        if self._status is not None:
            self._status.stop()
            self._status = None
