"""Locks and scratch folders: one owner at a time, and nothing to clean up by hand after a crash."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from material.places import TESTS
from material.publishing import MONTH, publish_small, run_id_of

from unitcost.errors import EnvironmentProblem, Locked
from unitcost.publishing import publication
from unitcost.storage.locks import month_lock, scratch, sweep

PROGRAM = TESTS / "material" / "publishing.py"


@contextmanager
def holder(out: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the month's lock."""
    process = subprocess.Popen([sys.executable, str(PROGRAM), "hold", str(out)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in range(2)] == ["ready\n", "holding\n"]
        yield process
    finally:
        process.kill()
        process.communicate()


def test_the_second_run_of_a_month_is_told_who_has_it(tmp_path: Path) -> None:
    """Of two processes one gets the month; the other ends with exit 5 and the first one's pid and command."""
    with holder(tmp_path) as other:
        with pytest.raises(Locked, match=rf"2024-05 is being published by pid {other.pid}\n") as raised:
            publish_small(tmp_path, 1)
        assert raised.value.code == 5
        assert "publishing.py hold" in (raised.value.why or "")
        assert (raised.value.where or "").endswith(".locks/2024-05.lock")
        publish_small(tmp_path, 2, month="2024-06")
    assert publication.current(tmp_path, MONTH) is None


def test_a_killed_owner_frees_the_month(tmp_path: Path) -> None:
    """Twenty times: the owner is killed, and the next run starts without any cleaning, whatever text lies there."""
    with holder(tmp_path) as other:
        other.send_signal(signal.SIGKILL)
        other.wait()
        owner = (tmp_path / ".locks" / "2024-05.owner").read_text()
        assert owner.startswith(f"{other.pid}\n")
    publish_small(tmp_path, 1)
    for number in range(2, 21):
        (tmp_path / ".locks" / "2024-05.owner").write_text(owner)
        publish_small(tmp_path, number)
    assert publication.current(tmp_path, MONTH) == run_id_of(20)


def test_a_dead_owner_is_never_named(tmp_path: Path) -> None:
    """If the text names a dead process the message says "another run" and no pid."""
    with holder(tmp_path):
        (tmp_path / ".locks" / "2024-05.owner").write_text("999999999\nold command\n")
        with pytest.raises(Locked) as raised, month_lock(tmp_path, MONTH):
            raise AssertionError("two runs hold the month")
    assert "by another run" in raised.value.what and not re.search(r"\d{6,}|old command", str(raised.value))


def test_two_threads_are_two_runs(tmp_path: Path) -> None:
    """The lock also keeps apart two runs inside one process."""
    got: list[str] = []
    start = threading.Barrier(8)

    def run() -> None:
        start.wait()
        try:
            publish_small(tmp_path, 1)
            got.append("published")
        except Locked:
            got.append("locked")

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8 and "published" in got and set(got) <= {"published", "locked"}
    assert publication.verify(tmp_path, MONTH) == []


def test_a_lock_is_free_after_an_error(tmp_path: Path) -> None:
    """An error inside the block gives the month back and takes the owner's name away."""
    with pytest.raises(ZeroDivisionError), month_lock(tmp_path, MONTH):
        raise ZeroDivisionError
    with month_lock(tmp_path, MONTH):
        owner = tmp_path / ".locks" / "2024-05.owner"
        assert owner.read_text().startswith(f"{os.getpid()}\n")
    assert not owner.exists()


def test_a_lock_that_cannot_be_made_is_a_matter_of_the_machine(tmp_path: Path) -> None:
    """A file where the folder of locks has to be is exit 6 with the way out."""
    (tmp_path / ".locks").write_text("x")
    refused = pytest.raises(EnvironmentProblem, match=r"lock file cannot be used")
    with refused as raised, month_lock(tmp_path, MONTH):
        raise AssertionError("locked without a lock")
    assert "OUT=" in (raised.value.fix or "")


def test_a_scratch_folder_lives_as_long_as_its_block(tmp_path: Path) -> None:
    """Private while it lives, not swept while it lives, gone afterwards with all that is in it."""
    with scratch(tmp_path, "work-") as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "deep").mkdir()
        (folder / "deep" / "file").write_text("x")
        assert sweep(tmp_path, "work-") == []
        assert folder.is_dir()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_left_by_a_killed_run_is_swept(tmp_path: Path) -> None:
    """A folder whose owner was killed goes at the next sweep, before or after its lock was made; others stay."""
    code = (
        "import os, signal, sys; from pathlib import Path; from unitcost.storage import locks\n"
        "if sys.argv[2] == 'early': locks._born_locked = lambda folder: os.kill(os.getpid(), signal.SIGKILL)\n"
        "with locks.scratch(Path(sys.argv[1]), 'work-'): os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    for moment in ("early", "late"):
        subprocess.run([sys.executable, "-c", code, str(tmp_path), moment], check=False)
    (tmp_path / "work").mkdir()
    (tmp_path / "work-file").write_text("x")
    left = {p for p in tmp_path.iterdir() if p.name.startswith("work-") and p.is_dir()}
    assert len(left) == 2
    with scratch(tmp_path, "work-") as mine:
        assert set(sweep(tmp_path, "work-")) == left
        assert {p.name for p in tmp_path.iterdir()} == {"work", "work-file", mine.name}


def test_a_folder_still_being_made_is_not_swept(tmp_path: Path) -> None:
    """Between making a folder and locking it, its living maker's pid protects it."""
    young = tmp_path / f"work-{os.getpid()}-abc"
    young.mkdir()
    assert sweep(tmp_path, "work-") == []
    assert young.is_dir()


def test_a_folder_of_somebody_else_is_not_swept(tmp_path: Path) -> None:
    """In a shared folder only one's own leftovers are removed, and links are never followed."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "work-1-x").symlink_to(tmp_path / "kept")
    foreign = tmp_path / "work-999999999-y"
    foreign.mkdir()
    if os.geteuid() == 0:
        os.chown(foreign, 12345, 12345)
        assert sweep(tmp_path, "work-") == []
        assert foreign.is_dir()
    else:
        assert sweep(tmp_path, "work-") == [foreign]
    assert (tmp_path / "kept").is_dir()


def test_sweeping_a_missing_folder_does_nothing(tmp_path: Path) -> None:
    """The first run finds no folder to sweep in."""
    assert sweep(tmp_path / "missing", "work-") == []
