"""Folders and files that appear under their name whole, or not at all; and those that are only passing.

What is half-made stands beside its place under a name that ends in the process's number, so that `sweep` finds what
killed runs have left. No lock is needed for it: the store may lie on a disk that has none.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from unitcost.errors import EnvironmentProblem

HALF_MADE = r".+\.(\d+)(?:\.tmp)?"
_NUMBERS = itertools.count()


@contextmanager
def whole_folder(target: Path, *, alone: bool = False) -> Iterator[Path]:
    """Give an empty folder that takes the name of `target` at the end, or vanishes if the block fails.

    Another run may have been faster: then its folder stays, since names in the store are made of content and it holds
    the same. With `alone` that is an error. Raises OSError.
    """
    temporary = _beside(target)
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir(parents=True)
        yield temporary
        try:
            temporary.rename(target)
        except OSError:
            if alone or not target.exists():
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def new_folder(target: Path, what: str) -> Iterator[Path]:
    """Give a folder as `whole_folder` does, for a person who asked for it; `what` names its content in errors.

    Raises EnvironmentProblem where it cannot be written; nothing is left behind then.
    """
    try:
        with whole_folder(target, alone=True) as folder:
            yield folder
    except OSError as error:
        raise EnvironmentProblem(
            f"The {what} could not be written",
            where=str(error.filename or target),
            why=error.strerror or str(error),
            fix="free disk space, or name a folder that can be written",
        ) from None


@contextmanager
def passing_folder(parent: Path, name: str) -> Iterator[Path]:
    """Give an empty folder in `parent` that is gone afterwards. Raises OSError."""
    folder = _beside(parent / f"{name}-{next(_NUMBERS)}")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(parents=True)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def whole_file(target: Path, text: str) -> None:
    """Write a text file in UTF-8 whole, or not at all, and the folder it lies in. Raises OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(target)
    try:
        temporary.write_text(text, "utf-8")
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def sweep(folder: Path, pattern: str = HALF_MADE) -> None:
    """Remove what killed runs left in `folder`: names that `pattern` matches whose process, its group 1, is gone."""
    for path in folder.iterdir() if folder.is_dir() else ():
        match = re.fullmatch(pattern, path.name)
        if match and not Path(f"/proc/{match[1]}").exists() and Path("/proc").is_dir():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name}.{os.getpid()}")
