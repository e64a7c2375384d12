"""An executed notebook as it is kept: what it says, without when, where and by whom it was run."""

from __future__ import annotations

import copy
import os
import re
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

import unitcost

INJECTED = "injected-parameters"
CELL_METADATA_DROPPED = ("papermill", "execution", "ExecuteTime", "vscode", "pycharm")
KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}

_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_CELL_FILE = re.compile(r"\bipykernel_\d+[/\\]\d+\.py")
_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")


def clean(notebook: NotebookNode, roots: Iterable[Path | str] = ()) -> NotebookNode:
    """Return a copy that two executions of the same code on the same data share byte for byte.

    Times, durations, random ids and paths of this machine go; `roots` names further folders whose paths are
    cut. Markdown, code, tags, outputs and execution counts stay.
    """
    kept = copy.deepcopy(notebook)
    kept.metadata.clear()
    kept.metadata.update(kernelspec=dict(KERNELSPEC), language_info={"name": "python"})
    kept.nbformat, kept.nbformat_minor = 4, 5
    scrub = _scrubber(roots)
    for index, cell in enumerate(kept.cells):
        cell.id = f"cell-{index:03d}"
        for name in CELL_METADATA_DROPPED:
            cell.metadata.pop(name, None)
        if not cell.metadata.get("tags", True):
            del cell.metadata["tags"]
        if cell.cell_type == "code":
            if INJECTED in cell.metadata.get("tags", []):
                cell.source = _scrubbed(cell.source, scrub)
            cell.outputs = [_scrubbed(output, scrub) for output in _ordered(cell.outputs)]
    return kept


def as_bytes(notebook: NotebookNode) -> bytes:
    """Return the notebook file, with keys in order and a line end at its end."""
    text: str = nbformat.writes(notebook, version=nbformat.NO_CONVERT)  # type: ignore[no-untyped-call]
    return (text.rstrip("\n") + "\n").encode()


def paths_cut(text: str, roots: Iterable[Path | str] = ()) -> str:
    """Return `text` without the folders of this machine, terminal colours and memory addresses."""
    result: str = _scrubbed(text, _scrubber(roots))
    return result


def _ordered(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join neighbouring pieces of a stream, standard output first: how they were cut is only timing."""
    result: list[NotebookNode] = []
    waiting: dict[str, NotebookNode] = {}
    for output in outputs:
        if output.output_type != "stream":
            result += [waiting[name] for name in sorted(waiting, reverse=True)]
            waiting = {}
            result.append(output)
        elif output.name in waiting:
            waiting[output.name].text += output.text
        else:
            waiting[output.name] = output
    return result + [waiting[name] for name in sorted(waiting, reverse=True)]


def _scrubber(roots: Iterable[Path | str]) -> re.Pattern[str]:
    package = Path(unitcost.__file__).parents[1]
    # The system's own Python lives in /usr, which says nothing about the machine.
    pythons = [prefix for prefix in (sys.prefix, sys.base_prefix) if len(Path(prefix).parts) > 2]
    known = (*roots, Path.cwd(), Path.home(), tempfile.gettempdir(), *pythons, package)
    texts = {os.path.normpath(text) for root in known for text in _spellings(Path(root))}
    # A root of one step such as "/" or "C:" would eat the start of every path there is.
    longest_first = sorted((t for t in texts if len(Path(t).parts) > 1), key=lambda t: (-len(t), t))
    body = "|".join(re.escape(text) for text in longest_first)
    return re.compile(rf"(?<![\w.~/\\-])(?:{body})(?:[/\\]|(?![\w.-]))")


def _spellings(root: Path) -> tuple[str, str]:
    return str(root.absolute()), str(root.resolve())


def _scrubbed(value: Any, scrub: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return _ADDRESS.sub("at 0x0", _CELL_FILE.sub("cell", scrub.sub("", _ANSI.sub("", value))))
    if isinstance(value, dict):
        return type(value)({key: _scrubbed(item, scrub) for key, item in value.items()})
    if isinstance(value, list):
        return [_scrubbed(item, scrub) for item in value]
    return value
