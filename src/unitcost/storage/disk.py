"""The disk a set is published to: asked beforehand, made to keep its word, and understood when it fails."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from unitcost.errors import EnvironmentProblem

_ROOM = "make room on that disk, or choose another output folder (OUT=folder)"
_RIGHTS = "choose an output folder that you may write to (OUT=folder)"
_FULL = {errno.ENOSPC: _ROOM, errno.EDQUOT: _ROOM}
_BLOCKED = {
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: _RIGHTS,
    errno.ENOTDIR: "choose an output folder that is not a file, and not below one (OUT=folder)",
    errno.EEXIST: "choose an output folder that is not a file, and not below one (OUT=folder)",
    errno.EISDIR: "move that folder away: a file of the reports has to stand there",
    errno.ENAMETOOLONG: "choose an output folder with a shorter path (OUT=folder)",
    errno.EIO: "check the disk, or choose another output folder (OUT=folder)",
}
_MIB = 1 << 20


@contextlib.contextmanager
def disk_errors(out: Path) -> Iterator[None]:
    """Turn errors of the disk under `out`, and a full disk anywhere, into EnvironmentProblem."""
    try:
        yield
    except OSError as error:
        fix = _FULL.get(error.errno or 0)
        path = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else out
        if fix is None and path.is_relative_to(out):
            fix = _BLOCKED.get(error.errno or 0)
        if fix is None:
            raise
        raise EnvironmentProblem(
            "the reports cannot be written", where=str(path), why=error.strerror, fix=fix
        ) from error


def check_writable(out: Path, need_bytes: int) -> None:
    """Raise EnvironmentProblem if `out` cannot be made or written to or its disk has less than `need_bytes`.

    Nothing is created, not even for a moment: a run that fails later leaves no trace of this check.
    """
    place = next(path for path in (out.absolute(), *out.absolute().parents) if os.path.lexists(path))
    with disk_errors(place):
        if not place.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, f"'{place.name}' is not a folder", str(place))
        _try_to_write(place)
        free = os.statvfs(place)
    room = free.f_bavail * free.f_frsize
    if room < need_bytes:
        raise EnvironmentProblem(
            "there is too little room for the reports",
            where=str(out),
            why=f"{need_bytes / _MIB:.0f} MiB are needed, {room / _MIB:.1f} MiB are free",
            fix=_ROOM,
        )


def sync_tree(folder: Path) -> None:
    """Make every file in `folder` read-only and bring files and folders safely to disk."""
    for path, _, names in os.walk(folder, topdown=False):
        for name in names:
            file = Path(path, name)
            file.chmod(file.stat().st_mode & 0o555)
            _sync(file, os.O_RDONLY)
        sync_folder(Path(path))


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder safely to disk."""
    _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _try_to_write(folder: Path) -> None:
    # A file without a name: it tries rights, quota and the state of the disk and leaves the folder as it was.
    nameless = getattr(os, "O_TMPFILE", None)
    if nameless is not None:
        try:
            os.close(os.open(folder, nameless | os.O_WRONLY | os.O_CLOEXEC, 0o600))
            return
        except OSError as error:
            # Not every file system knows such files.
            if error.errno not in (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT):
                raise
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
