"""Locks and scratch folders that the operating system frees when their process dies.

All locks are flock-type: a killed run leaves files behind, never a held lock, and the text in a file
is only ever used to say who holds it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from unitcost.errors import EnvironmentProblem, Locked

LOCK_FILE = ".lock"
LEDGER_WAIT_SECONDS = 30.0
OWNER_WAIT_SECONDS = 0.3
COMMAND_WIDTH = 200


@contextlib.contextmanager
def scratch(parent: Path, prefix: str) -> Iterator[Path]:
    """Yield a private folder `parent/prefix…` that is removed at the end, however the block ends.

    A `.lock` file in it is held for the life of the folder, so that `sweep` can tell a folder in use from one
    that a killed run left.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-", dir=parent))
    handle: int | None = None
    try:
        handle = _born_locked(folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if handle is not None:
            os.close(handle)


def sweep(parent: Path, prefix: str) -> list[Path]:
    """Remove the scratch folders of `prefix` in `parent` that no living process holds, and return them."""
    if not parent.is_dir():
        return []
    removed = []
    for folder in sorted(parent.iterdir()):
        if not folder.name.startswith(prefix) or not _own_folder(folder):
            continue
        with _claimed(folder, prefix) as free:
            if free:
                shutil.rmtree(folder, ignore_errors=True)
                removed.append(folder)
    return removed


@contextlib.contextmanager
def month_lock(out: Path, month: str) -> Iterator[None]:
    """Hold the right to publish `month` under `out`; raise `Locked` at once if another run holds it."""
    path = out / ".locks" / f"{month}.lock"
    with _held(path, what=f"{month} is being published", wait=0.0):
        yield


@contextlib.contextmanager
def ledger_lock(out: Path, wait: float = LEDGER_WAIT_SECONDS) -> Iterator[None]:
    """Hold the right to append to the ledger of `out`, waiting up to `wait` seconds for other runs."""
    with _held(out / ".locks" / "ledger.lock", what="the ledger is being written", wait=wait):
        yield


@contextlib.contextmanager
def _held(path: Path, *, what: str, wait: float) -> Iterator[None]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Without flock a marker file would take its place and outlive a crash; better to say it is missing.
        lock = FileLock(path, timeout=wait, blocking=wait > 0, fallback_to_soft=False)
        lock.acquire(poll_interval=0.02)
    except Timeout:
        raise _locked(path, what) from None
    except OSError as error:
        raise EnvironmentProblem(
            "the lock file cannot be used",
            where=str(path),
            why=error.strerror or str(error),
            fix="choose an output folder on a local disk that you may write to (OUT=folder)",
        ) from error
    owner = path.with_suffix(".owner")
    try:
        # The text only helps the next person; a full disk is reported by whatever is written next.
        with contextlib.suppress(OSError):
            owner.write_text(f"{os.getpid()}\n{_command()}\n", encoding="utf-8")
        yield
    finally:
        owner.unlink(missing_ok=True)
        lock.release()


def _locked(path: Path, what: str) -> Locked:
    owner = _owner(path.with_suffix(".owner"))
    return Locked(
        f"{what} by pid {owner[0]}" if owner else f"{what} by another run",
        where=str(path),
        why=f"that run is: {owner[1]}" if owner else None,
        fix="wait until it has finished, then run the same command again; a killed run frees its lock itself",
    )


def _owner(path: Path) -> tuple[int, str] | None:
    # The winner writes its name just after it got the lock, and the text of a killed run may still lie there.
    deadline = time.monotonic() + OWNER_WAIT_SECONDS
    while True:
        with contextlib.suppress(OSError, ValueError):
            pid, command = path.read_text(encoding="utf-8").splitlines()
            if _alive(int(pid)):
                return int(pid), command
        if time.monotonic() > deadline:
            return None
        time.sleep(0.02)


def _command() -> str:
    words = [Path(sys.argv[0]).name, *sys.argv[1:]] if sys.argv else ["python"]
    return " ".join(" ".join(words).split())[:COMMAND_WIDTH]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _born_locked(folder: Path) -> int:
    # The file gets its name only once it is locked: where `.lock` is unlocked, its owner is gone.
    unborn = folder / f"{LOCK_FILE}-new"
    handle = os.open(unborn, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        unborn.rename(folder / LOCK_FILE)
    except BaseException:
        os.close(handle)
        raise
    return handle


@contextlib.contextmanager
def _claimed(folder: Path, prefix: str) -> Iterator[bool]:
    """Say whether the folder is nobody's, and keep it ours while the block runs."""
    try:
        handle = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        # Still being made, or its maker was killed before the lock was there: the pid in the name decides.
        pid = folder.name.removeprefix(prefix).partition("-")[0]
        yield not (pid.isascii() and pid.isdigit() and _alive(int(pid)))
        return
    except OSError:
        yield False
        return
    try:
        yield _try_flock(handle)
    finally:
        os.close(handle)


def _try_flock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _own_folder(folder: Path) -> bool:
    try:
        status = folder.lstat()
    except OSError:
        return False
    return folder.is_dir() and not folder.is_symlink() and status.st_uid == os.geteuid()
