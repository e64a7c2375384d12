"""Killed at any moment: readers keep a whole set, the next run needs no help, and no kernel stays behind."""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import psutil
import pytest
from material.places import TESTS
from material.publishing import MONTH, publish_small, run_id_of
from material.run_notebooks import is_kernel, wait_for
from nbformat.v4 import new_code_cell, new_notebook

from unitcost.errors import EnvironmentProblem
from unitcost.kernels.forking import CAN_FORK
from unitcost.kernels.session import private_folder
from unitcost.publishing import ledger, manifest, publication
from unitcost.storage.locks import month_lock

PROGRAM = TESTS / "material" / "publishing.py"
SEED = int(os.environ.get("SEED", "20240531"))


@pytest.fixture
def temp() -> Iterator[Path]:
    """A short temporary folder for the programs that get killed."""
    folder = Path(tempfile.mkdtemp(prefix="uct-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


def start(mode: str, out: Path, temp: Path, *more: str) -> subprocess.Popen[str]:
    """Start the publishing program in a process group of its own and wait until it is at work."""
    process = subprocess.Popen(
        [sys.executable, str(PROGRAM), mode, str(out), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"TMPDIR": str(temp), "UNITCOST_TEST_MARK": str(temp)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def kill_group(process: subprocess.Popen[str]) -> None:
    """End the whole group at once, as a power cut would."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def kernels_of(temp: Path) -> list[psutil.Process]:
    """The kernels that the programs of this test started."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if is_kernel(process.info["cmdline"] or []):
            try:
                if process.environ().get("UNITCOST_TEST_MARK") == str(temp):
                    found.append(process)
            except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
                continue
    return found


def half_published(out: Path) -> list[str]:
    """What a reader of the month could find that is neither nothing nor a whole set."""
    if not os.path.lexists(out / MONTH):
        return []
    return [str(problem) for problem in manifest.verify(out / MONTH)]


def check_after_kill(out: Path, number: int) -> None:
    """Absent or whole right after the kill; then the next run succeeds unaided and leaves nothing behind."""
    assert half_published(out) == []
    publish_small(out, number)
    assert publication.current(out, MONTH) == run_id_of(number)
    assert publication.verify(out, MONTH) == []
    for folder in (out / ".runs").iterdir():
        assert publication.verify_run(out, folder.name) == []
    assert {p.name for p in out.iterdir()} == {".locks", ".runs", MONTH, "ledger.jsonl"}
    assert sorted(p.name for p in (out / ".locks").iterdir()) == ["2024-05.lock", "ledger.lock"]
    with month_lock(out, MONTH):
        assert ledger.verify_chain(out) == []


def kill_publishing(out: Path, temp: Path, moments: int, seed: int) -> None:
    """Kill the publishing program at random moments, each time looking at what it left."""
    rng = random.Random(seed)
    for number in range(1, moments + 1):
        process = start("publish", out, temp)
        time.sleep(rng.uniform(0, 0.4))
        kill_group(process)
        check_after_kill(out, 1_000_000 + number)


def test_kill_at_25_random_moments(tmp_path: Path, temp: Path) -> None:
    """25 kills without warning while sets are being made, moved in, linked and noted."""
    kill_publishing(tmp_path / "reports", temp, 25, SEED)


def test_a_killed_scenario_leaves_the_plan_of_record_alone(tmp_path: Path, temp: Path) -> None:
    """Ten kills while a scenario is published: the month stays whole, and the next run needs no help."""
    out, rng = tmp_path / "reports", random.Random(SEED + 2)
    plan = publish_small(out, 1_000_000).run_id
    for number in range(1, 11):
        process = start("beside", out, temp)
        time.sleep(rng.uniform(0, 0.4))
        kill_group(process)
        assert publication.is_complete(out, MONTH, plan)
        shown = publication.current(out, MONTH, "growth")
        assert shown is None or publication.is_complete(out, MONTH, shown, "growth")
        again = publish_small(out, 1_000_000 + number, scenario="growth").run_id
        assert publication.current(out, MONTH, "growth") == again
        assert publication.current(out, MONTH) == plan
        assert publication.verify_all(out) == []
        assert {p.name for p in out.iterdir()} == {".locks", ".runs", ".scenarios", MONTH, "ledger.jsonl"}


@pytest.mark.long
def test_kill_at_200_random_moments(tmp_path: Path, temp: Path) -> None:
    """The same, long enough to meet the rare moments."""
    kill_publishing(tmp_path / "reports", temp, 200, SEED + 1)


def test_a_careless_program_fails_this_test(tmp_path: Path, temp: Path) -> None:
    """Writing files in place is caught within 25 kills: the test above is sharp."""
    rng = random.Random(SEED)
    for number in range(25):
        out = tmp_path / str(number)
        process = start("naive", out, temp)
        time.sleep(rng.uniform(0.05, 0.4))
        kill_group(process)
        if half_published(out):
            return
    raise AssertionError("25 kills of a program that writes in place left no damage")


POINTS = [
    "shutil.rmtree",
    "os.fsync",
    "os.replace",
    "pathlib.Path.rename",
    "pathlib.Path.replace",
    "pathlib.Path.symlink_to",
    "pathlib.Path.chmod",
    "pathlib.Path.mkdir",
    "pathlib.Path.unlink",
    "os.write",
]
# A process for each call to die at, forked from one that has imported everything: for each line it reads, a number and
# a folder, it prints how the process ended.
DIE_AT = """
import importlib, os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from material import publishing
target, after = sys.argv[2], sys.argv[3] == "after"
holder_name, _, name = target.rpartition(".")
parts = holder_name.split(".")
holder = importlib.import_module(parts[0])
for part in parts[1:]:
    holder = getattr(holder, part)
real = getattr(holder, name)
calls = count = 0
def dying(*args, **kwargs):
    global calls
    calls += 1
    if calls == count and not after:
        os.kill(os.getpid(), signal.SIGKILL)
    result = real(*args, **kwargs)
    if calls == count:
        os.kill(os.getpid(), signal.SIGKILL)
    return result
for line in sys.stdin:
    number, out = line.rstrip().split(" ", 1)
    if not (child := os.fork()):
        count = int(number)
        setattr(holder, name, dying)
        publishing.publish_small(Path(out), 2)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def die_at_every_call(tmp_path: Path, point: str, when: str) -> int:
    """Kill a publication at its first call of `point`, its second, …, until one gets through; return how many."""
    command = [sys.executable, "-c", DIE_AT, str(TESTS), point, when]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as forking:
        assert forking.stdin is not None
        assert forking.stdout is not None
        for count in range(1, 60):
            out = tmp_path / f"{count}"
            publish_small(out, 1)
            print(count, out, file=forking.stdin, flush=True)
            ended = int(forking.stdout.readline())
            if ended == 0:
                assert publication.current(out, MONTH) == run_id_of(2)
                return count - 1
            assert ended == -signal.SIGKILL, ended
            assert publication.current(out, MONTH) in (run_id_of(1), run_id_of(2))
            check_after_kill(out, 3)
    raise AssertionError("the publication never got through")


@pytest.mark.parametrize("point", ["pathlib.Path.rename", "pathlib.Path.replace"])
def test_kill_at_the_turning_points(tmp_path: Path, point: str) -> None:
    """Killed just after the set is moved in, and just after the link is replaced."""
    assert die_at_every_call(tmp_path, point, "after") >= 1


@pytest.mark.long
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("point", POINTS)
def test_kill_at_every_call_that_writes(tmp_path: Path, point: str, when: str) -> None:
    """Killed before and after each single call of every kind that changes the disk."""
    die_at_every_call(tmp_path, point, when)


@pytest.mark.parametrize("point", ["os.fsync", "pathlib.Path.rename", "pathlib.Path.replace", "os.write"])
def test_an_input_output_error_at_every_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    """Each such call in turn fails with an error of the disk: exit 6, the old set shown, nothing left over."""
    holder = os if point.startswith("os.") else Path
    name = point.rpartition(".")[2]
    real = getattr(holder, name)
    for count in range(1, 60):
        out = tmp_path / str(count)
        publish_small(out, 1)
        calls = 0

        def failing(*args: object, fail_at: int = count, where: str = str(out), **kwargs: object) -> object:
            nonlocal calls
            calls += 1
            if calls == fail_at:
                raise OSError(errno.EIO, os.strerror(errno.EIO), where)
            return real(*args, **kwargs)

        with monkeypatch.context() as patch:
            patch.setattr(holder, name, failing)
            try:
                publish_small(out, 2)
            except EnvironmentProblem as problem:
                assert problem.code == 6
            else:
                assert calls < count
                assert count > 1
                return
        assert publication.current(out, MONTH) == run_id_of(1)
        check_after_kill(out, 3)
    raise AssertionError("the publication never got through")


@pytest.fixture
def slow_notebooks(tmp_path: Path) -> list[str]:
    """Two notebooks whose kernels say they are at work and then sleep."""
    paths = []
    for name in ("slow", "slower"):
        cells = [
            new_code_cell("month = '2020-01'", metadata={"tags": ["parameters"]}),
            new_code_cell(f"import os, time\nopen(os.environ['UNITCOST_TEST_MARK'] + '/at-work-{name}', 'w').close()"),
            new_code_cell("time.sleep(300)"),
        ]
        paths.append(str(tmp_path / f"{name}.ipynb"))
        nbformat.write(new_notebook(cells=cells), paths[-1])
    return paths


@pytest.mark.parametrize(
    ("number", "whole_group", "code", "count"),
    [
        (signal.SIGKILL, True, -9, 1),
        (signal.SIGKILL, True, -9, 2),
        (signal.SIGTERM, False, 143, 2),
        (signal.SIGINT, False, -2, 2),
        pytest.param(signal.SIGTERM, False, 143, 1, marks=pytest.mark.long),
        pytest.param(signal.SIGINT, False, -2, 1, marks=pytest.mark.long),
        pytest.param(signal.SIGKILL, False, -9, 1, marks=pytest.mark.long),
        pytest.param(signal.SIGKILL, False, -9, 2, marks=pytest.mark.long),
        pytest.param(signal.SIGHUP, False, 129, 1, marks=pytest.mark.long),
        pytest.param(signal.SIGHUP, False, 129, 2, marks=pytest.mark.long),
    ],
)
def test_no_kernel_outlives_its_run(
    tmp_path: Path, temp: Path, slow_notebooks: list[str], number: int, whole_group: bool, code: int, count: int
) -> None:
    """Killed, terminated or interrupted in the middle of a cell: after 5 s no kernel is left, and what lies
    around is gone at once or after the next run. One kernel is started, two are forked from a third process."""
    out = tmp_path / "reports"
    process = start("execute", out, temp, *slow_notebooks[:count])
    assert wait_for(lambda: len(list(temp.glob("at-work-*"))) == count, 60)
    assert len(kernels_of(temp)) == (1 if count == 1 else 3 if CAN_FORK else 2)
    if whole_group:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    process.communicate(timeout=20)
    assert wait_for(lambda: kernels_of(temp) == [], 5)
    assert process.returncode == code
    left = [p.name for p in temp.iterdir() if not p.name.startswith("at-work-")]
    assert (number == signal.SIGKILL) or left == []
    check_after_kill(out, 3)
    if left:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tempfile, "tempdir", str(temp))
            with private_folder():
                pass
        assert len(list(temp.iterdir())) == count


def test_kill_while_kernels_start(tmp_path: Path, temp: Path, slow_notebooks: list[str]) -> None:
    """Killed at random moments of the start of one kernel or of two: none is left after 5 s."""
    rng = random.Random(SEED)
    for number in range(4):
        process = start("execute", tmp_path / "reports", temp, *slow_notebooks[: 1 + number % 2])
        time.sleep(rng.uniform(0.2, 2.5))
        kill_group(process)
        assert wait_for(lambda: kernels_of(temp) == [], 5)
        check_after_kill(tmp_path / "reports", 10 + number)
