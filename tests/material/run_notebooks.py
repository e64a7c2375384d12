"""Notebooks of a few cells, run as a report runs its own."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
import psutil
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from unitcost.kernels.execute import execute

PARAMETERS = {"month": "2024-05"}


def code(source: str, *tags: str) -> NotebookNode:
    """A code cell."""
    return new_code_cell(source, metadata={"tags": list(tags)})


def notebook(path: Path, *cells: NotebookNode) -> Path:
    """A notebook file with a heading, the parameter `month` and the cells given."""
    start = [new_markdown_cell("# Spend\n\n## Trend"), code("month = '2020-01'", "parameters")]
    path.parent.mkdir(exist_ok=True, parents=True)
    nbformat.write(new_notebook(cells=[*start, *cells]), path)
    return path


def run(*paths: Path, **options: object) -> dict[str, NotebookNode]:
    """Execute as a report run does."""
    settings: dict[str, object] = {
        "parameters": PARAMETERS,
        "environment": {},
        "workdir": paths[0].parent / "work",
        "progress": lambda _: None,
    }
    settings |= options
    Path(str(settings["workdir"])).mkdir(exist_ok=True)
    return execute(list(paths), **settings)  # type: ignore[arg-type]


def kernels() -> list[psutil.Process]:
    """The kernels started by this process."""
    children = psutil.Process().children(recursive=True)
    return [p for p in children if p.status() != psutil.STATUS_ZOMBIE and is_kernel(p.cmdline())]


def is_kernel(command: list[str]) -> bool:
    """Whether a process is a kernel or what kernels are forked from, which shows the same command."""
    return "unitcost.kernels.kernel" in command or "unitcost.kernels.fork_server" in command


def text_of(result: NotebookNode) -> str:
    """All that the notebook printed to standard output."""
    outputs = [o for cell in result.cells for o in cell.get("outputs", [])]
    return "".join(o.text for o in outputs if o.output_type == "stream" and o.name == "stdout")


def python_that_fails(folder: Path, times: int) -> Path:
    """A Python that ends at once the first `times` times it is started as a kernel."""
    script = folder / "python"
    script.write_text(
        "#!/bin/sh\n"
        f'echo x >> "{folder}/starts"\n'
        f'if [ "$(wc -l < "{folder}/starts")" -le {times} ]; then echo "no room for a kernel"; exit 1; fi\n'
        f'exec "{sys.executable}" "$@"\n'
    )
    script.chmod(0o755)
    return script


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait until `condition()` holds, at most `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
