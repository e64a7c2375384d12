"""A folder that appears under its name whole, or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from unitcost.errors import EnvironmentProblem


@contextmanager
def new_folder(target: Path, what: str) -> Iterator[Path]:
    """Give an empty folder that takes the name of `target` at the end; `what` names its content in errors.

    Raises EnvironmentProblem where it cannot be written; nothing is left behind then.
    """
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        temporary.mkdir(parents=True)
        yield temporary
        temporary.rename(target)
    except OSError as error:
        raise EnvironmentProblem(
            f"The {what} could not be written",
            where=str(error.filename or target),
            why=error.strerror or str(error),
            fix="free disk space, or name a folder that can be written",
        ) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
