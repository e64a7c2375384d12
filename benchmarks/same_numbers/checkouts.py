"""Two checkouts side by side: each runs the same calls with its own Python, and what they answer."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Failed

MANY_CALLS = Path(__file__).resolve().with_name("many_calls.py")
SECONDS_BETWEEN_LOOKS = 0.5
# How a step is told where nobody is watching: seconds since the start and what begins. Both vary from run to run.
PROGRESS = re.compile(r"^ *\d+\.\d s  .*\n", re.MULTILINE)
# A warning names the line of the program that gave it and shows that line: neither is what the program computes.
WARNING = re.compile(r"^\S*\.py:\d+: (\w*Warning: .*\n)(?:  .*\n)?", re.MULTILINE)
Call = tuple[str, ...]  # arguments of `unitcost`; relative paths are in the checkout's own folder


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call ended with; standard error without progress, and without the places of the checkout itself."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Checkout:
    """A source tree with a `.venv` of its own, and a folder here for what it writes."""

    name: str
    root: Path
    folder: Path

    @property
    def python(self) -> Path:
        """The Python that knows this checkout's `unitcost`."""
        return self.root / ".venv" / "bin" / "python"

    def prepare(self) -> None:
        """Make the folders. Raises Failed where the checkout has no environment."""
        if not self.python.exists():
            raise Failed(f"{self.root} has no .venv/bin/python; run its tools/environment.py first")
        for name in ("cache", "tmp"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    def start(self, calls: Sequence[Call], results: Path) -> subprocess.Popen[bytes]:
        """Start one process for all calls."""
        results.mkdir(parents=True)
        orders = results / "orders.json"
        orders.write_text(json.dumps(calls), "utf-8")
        with (results / "said").open("wb") as said:
            # -P: the folder of the script is no place to import from.
            command = (self.python, "-P", MANY_CALLS, orders, results)
            return subprocess.Popen(
                command, cwd=self.folder, env=self._environment(), stdout=said, stderr=subprocess.STDOUT
            )

    def answers(self, calls: Sequence[Call], results: Path) -> list[Answer]:
        """Read what was answered. Raises Failed if the process did not come to the end, or ran another checkout."""
        said = (results / "said").read_text("utf-8", "replace")
        place = Path(said.partition("\n")[0])
        if not place.is_relative_to(self.root):
            raise Failed(f"{self.name}: {self.python} runs no unitcost of this checkout:\n{said[-1500:]}")
        answers = []
        for number, call in enumerate(calls):
            code = results / f"{number}.code"
            if not code.exists():
                raise Failed(f"{self.name}: ended in the middle of unitcost {' '.join(call)}\n{said[-1500:]}")
            out, err = ((results / f"{number}.{name}").read_text("utf-8", "replace") for name in ("out", "err"))
            answers.append(Answer(int(code.read_text("utf-8")), self._plain(out), self._plain(without_noise(err))))
        return answers

    def _plain(self, text: str) -> str:
        return text.replace(str(self.folder), "<own folder>").replace(str(self.root), "<checkout>")

    def _environment(self) -> dict[str, str]:
        dropped = ("PYTHONPATH", "PYTHONHOME", "PYTHONWARNINGS", "VIRTUAL_ENV")
        kept = {k: v for k, v in os.environ.items() if not k.startswith("UNITCOST_") and k not in dropped}
        return kept | {"UNITCOST_CACHE": str(self.folder / "cache"), "TMPDIR": str(self.folder / "tmp")}


def without_noise(text: str) -> str:
    """Return standard error without progress, and its warnings without the lines of the program they come from."""
    return WARNING.sub(r"\1", PROGRESS.sub("", text))


def ask_both(pair: Sequence[Checkout], calls: Sequence[Call], name: str) -> Iterator[tuple[Call, Answer, Answer]]:
    """Run all calls with both checkouts at the same time; yield each call with both answers, in order.

    `name` is that of the part, which is told on standard error. Raises Failed if a process breaks off.
    """
    results = [checkout.folder / f"answers-{name}" for checkout in pair]
    with contextlib.ExitStack() as stack:
        processes = []
        for checkout, folder in zip(pair, results, strict=True):
            process = checkout.start(calls, folder)
            stack.callback(_end, process)
            processes.append(process)
        _watch(processes, name, 2 * len(calls), lambda: sum(len(list(folder.glob("*.code"))) for folder in results))
        # Of one that broke off, the answers say where; the other one was ended because of it and tells nothing.
        broken = [place for place, process in enumerate(processes) if process.poll()]
        for place in broken:
            pair[place].answers(calls, results[place])
    before, after = (each.answers(calls, folder) for each, folder in zip(pair, results, strict=True))
    yield from zip(calls, before, after, strict=True)


def _watch(processes: Sequence[subprocess.Popen[bytes]], name: str, total: int, count: Callable[[], int]) -> None:
    """Wait for the end of all; on the way, a line for each tenth that is done."""
    began, told = time.monotonic(), -1
    while True:
        is_running = any(process.poll() is None for process in processes)
        done = count()
        if 10 * done // max(total, 1) > told:
            told = 10 * done // max(total, 1)
            print(f"{time.monotonic() - began:6.0f} s  {name}: {done} of {total} calls", file=sys.stderr, flush=True)
        # One that has broken off makes the rest of the other worthless.
        if not is_running or any(process.poll() for process in processes):
            return
        time.sleep(SECONDS_BETWEEN_LOOKS)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
    process.wait()
