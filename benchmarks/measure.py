"""One command as a whole process: wall time, CPU time and memory of it and everything it starts."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
INTERVAL_SECONDS = 0.05
# What the caller's shell says about this software or about Python must not steer what is measured.
DROPPED = ("PYTHONDONTWRITEBYTECODE", "PYTHONPROFILEIMPORTTIME", "PYTHONWARNINGS")


class Failed(Exception):
    """A measured command did not end well, or left something behind."""


@dataclass(frozen=True, slots=True)
class Command:
    """What is measured: its arguments and what it sees besides the environment."""

    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the line to type in a shell."""
        python = (".venv/bin/python",) if self.argv[0] == sys.executable else (self.argv[0],)
        settings = [f"{name}={shlex.quote(value)}" for name, value in sorted(self.environment.items())]
        return " ".join([*settings, shlex.join((*python, *self.argv[1:]))])


@dataclass(frozen=True, slots=True)
class Usage:
    """What a run took: seconds, and bytes of resident memory at their highest.

    `tree` adds up all processes at one moment, shared pages in each of them; `largest` is one process.
    """

    wall: float
    cpu: float
    tree: int
    largest: int
    output: str


def python(*arguments: str | Path, **environment: str) -> Command:
    """Return a command of this Python: `-m`, a module, its arguments."""
    return Command((sys.executable, *(str(argument) for argument in arguments)), environment)


def measured(command: Command, scratch: Path) -> Usage:
    """Run a command to its end and return what it took. Raises Failed unless it exits with 0."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("UNITCOST_")}
    for name in DROPPED:
        environment.pop(name, None)
    environment |= {"PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))), **command.environment}
    output, errors = scratch / "stdout", scratch / "stderr"
    with output.open("wb") as out, errors.open("wb") as err:
        began = time.monotonic()
        process = subprocess.Popen(command.argv, env=environment, stdout=out, stderr=err, cwd=ROOT)
        watch = _Watch(process.pid)
        watch.start()
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            watch.kill()
            raise
        finally:
            watch.stop()
        wall = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        said = errors.read_text("utf-8", "replace")[-1500:]
        raise Failed(f"exit {process.returncode}: {command}\n{said}")
    # Children that nobody waited for are known from watching alone; what lived too short to be seen, from the rest.
    cpu = max(used.ru_utime + used.ru_stime, watch.cpu)
    # Linux counts in units of 1024 bytes, macOS in bytes.
    largest = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Usage(wall, cpu, max(watch.tree, largest), max(watch.largest, largest), output.read_text("utf-8", "replace"))


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yield a new folder with a `tmp` in it, and remove it with everything it holds."""
    folder = Path(tempfile.mkdtemp(prefix="unitcost-benchmark-"))
    (folder / "tmp").mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def unitcost(*arguments: str | Path, cache: Path, temporary: Path) -> Command:
    """Return a call of the command line with a cache and a folder for temporary files of its own."""
    return python("-m", "unitcost", *arguments, UNITCOST_CACHE=str(cache), TMPDIR=str(temporary))


class _Watch(threading.Thread):
    """Looks at a process and its descendants at short intervals."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._root = psutil.Process(pid)
        self._ended = threading.Event()
        self._seen: dict[psutil.Process, float] = {}
        self.tree = 0
        self.largest = 0

    @property
    def cpu(self) -> float:
        """Seconds of all processes ever seen, each as of the last look at it."""
        return sum(self._seen.values())

    def run(self) -> None:
        while not self._ended.wait(INTERVAL_SECONDS):
            self._look()

    def _look(self) -> None:
        with contextlib.suppress(psutil.Error):
            for process in (self._root, *self._root.children(recursive=True)):
                self._seen.setdefault(process, 0.0)
        total = 0
        for process in self._seen:
            # A process that has ended keeps the time it had; one that lost its parent is still ours.
            with contextlib.suppress(psutil.Error), process.oneshot():
                times, memory = process.cpu_times(), process.memory_info().rss
                self._seen[process] = times.user + times.system
                total += memory
                self.largest = max(self.largest, memory)
        self.tree = max(self.tree, total)

    def stop(self) -> None:
        self._ended.set()
        self.join()

    def kill(self) -> None:
        for process in [*self._seen, self._root]:
            with contextlib.suppress(psutil.Error):
                process.kill()
