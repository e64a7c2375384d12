"""Raw files read by several processes for the control total.

The helpers are plain child processes on pipes: no semaphore, shared memory or queue outlives a killed run,
and a helper whose parent is gone stops before its next file. This module shares no code with the marts.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Sequence

from unitcost.errors import EnvironmentProblem, UnitcostError
from unitcost.warehouse.control_files import RawFile
from unitcost.warehouse.control_rows import FileSums, Treatment, read_sums

_WORTH_A_PROCESS = 8_000_000
_COMMAND = "from unitcost.warehouse.control_workers import serve; serve()"
_Answer = list[FileSums] | UnitcostError


def read_all(files: Sequence[RawFile], treatment: Treatment, workers: int) -> list[FileSums]:
    """Return the sums of every file, in order, read by up to `workers` processes including this one."""
    shares = _shares(files, workers)
    helpers: list[subprocess.Popen[bytes]] = []
    try:
        for share in shares[1:]:
            helpers.append(_started([files[place] for place in share], treatment))
        answers: list[_Answer] = [[read_sums(files[place], treatment) for place in shares[0]]]
        answers += [_answer(helper) for helper in helpers]
    finally:
        for helper in helpers:
            _ended(helper)
    sums: dict[int, FileSums] = {}
    for share, answer in zip(shares, answers, strict=True):
        if isinstance(answer, UnitcostError):
            raise answer
        sums.update(zip(share, answer, strict=True))
    return [sums[place] for place in range(len(files))]


def _shares(files: Sequence[RawFile], workers: int) -> list[list[int]]:
    """Return the places of the files in one share per process, about equal in bytes of CSV."""
    weights = [_weight(file) for file in files]
    wanted = max(1, min(workers, len(files), sum(weights) // _WORTH_A_PROCESS)) if sys.executable else 1
    shares: list[list[int]] = [[] for _ in range(wanted)]
    loads = [0] * wanted
    for place in sorted(range(len(files)), key=lambda place: -weights[place]):
        lightest = loads.index(min(loads))
        shares[lightest].append(place)
        loads[lightest] += weights[place]
    return shares


def _weight(file: RawFile) -> int:
    compressed = file.kind == "parquet" or file.path.name.lower().endswith(".gz")
    return file.path.stat().st_size * (10 if compressed else 1)


def _started(files: list[RawFile], treatment: Treatment) -> subprocess.Popen[bytes]:
    paths = os.pathsep.join(path for path in sys.path if path)
    helper = subprocess.Popen(
        [sys.executable, "-P", "-c", _COMMAND],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert helper.stdin is not None
    # A helper that is gone before it has read its task is reported when its answer is missed.
    with contextlib.suppress(BrokenPipeError), helper.stdin as pipe:
        pickle.dump((os.getpid(), files, treatment), pipe)
    return helper


def _ended(helper: subprocess.Popen[bytes]) -> None:
    helper.kill()
    if helper.stdout is not None:
        helper.stdout.close()
    helper.wait()


def _answer(helper: subprocess.Popen[bytes]) -> _Answer:
    assert helper.stdout is not None
    answer = helper.stdout.read()
    if helper.wait() or not answer:
        raise EnvironmentProblem(
            "a process reading cost files ended early",
            why=f"exit status {helper.returncode}; out of memory, or killed",
            fix="run again with less running beside it",
        )
    found: _Answer = pickle.loads(answer)
    return found


def serve() -> None:
    """Read the files named on standard input and write their sums, or the error, to standard output."""
    # The parent handles an interrupt for both: it kills its helpers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent, files, treatment = pickle.load(sys.stdin.buffer)
    answer: _Answer
    try:
        sums: list[FileSums] = []
        for file in files:
            if os.name == "posix" and os.getppid() != parent:
                return
            sums.append(read_sums(file, treatment))
        answer = sums
    except UnitcostError as problem:
        answer = problem
    pickle.dump(answer, sys.stdout.buffer)
    sys.stdout.buffer.flush()
