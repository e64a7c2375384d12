"""Answers that took a while, kept in the store as JSON under a name made of all they rest on."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from unitcost.storage.digest import digest


def kept(folder: Path, question: Sequence[object], answer: Callable[[], Any]) -> Any:
    """Return what `answer` returns: from `folder`, if the question was answered before, else asking now.

    `question` names everything the answer rests on, code included; it and the answer are JSON, and decimals
    travel as text. A file that is torn or cannot be written costs time, never the answer.
    """
    path = folder / f"{digest(question)}.json"
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        found = answer()
    keep(path, json.dumps(found))
    return found


def keep(path: Path, text: str) -> None:
    """Write a file of the store whole, or not at all: what cannot be kept is computed again."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.stem}.{os.getpid()}.tmp")
        temporary.write_text(text, "utf-8")
        temporary.replace(path)
