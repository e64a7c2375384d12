"""The links by which a reader finds the newest set of a month or of a scenario; each is replaced in one step.

A month's link leads straight into an immutable set, so a scenario cannot live below it. Scenarios have links
of their own in OUT/.scenarios/<month>/scenarios, and a set shows them through one link named `scenarios`. A
month that has scenarios only leads to OUT/.scenarios/<month>.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from unitcost.errors import EnvironmentProblem, UsageProblem
from unitcost.storage.disk import sync_folder

RUNS = ".runs"
SCENARIOS = ".scenarios"
BESIDE = "scenarios"

_MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
_SCENARIO = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_RUN = re.compile(r"[0-9a-f]{16}")
_TO_RUN = re.compile(r"(?:\.\./\.\./\.\./)?\.runs/([0-9a-f]{16})")
_TO_SCENARIOS = re.compile(r"\.scenarios/[0-9]{4}-[0-9]{2}")
_BESIDE = re.compile(r"\.\./\.\./\.scenarios/[0-9]{4}-[0-9]{2}/scenarios")


def run_folder(out: Path, run_id: str) -> Path:
    """Return where the set of a run lies; raise UsageProblem if that is no run id."""
    if not _RUN.fullmatch(run_id):
        raise UsageProblem(f"'{run_id}' is not a run id", why="a run id is 16 digits of 0-9 and a-f")
    return out / RUNS / run_id


def current(out: Path, month: str, scenario: str | None = None) -> str | None:
    """Return the run id of the set that `out` shows for the month or scenario, or None."""
    found = _TO_RUN.fullmatch(_target(_pointer(out, month, scenario)) or "")
    return found[1] if found else None


def months(out: Path) -> list[str]:
    """Return the months that have something published, in order."""
    names = [path.name for path in out.iterdir()] if out.is_dir() else []
    return sorted(name for name in names if _MONTH.fullmatch(name) and (out / name).is_symlink())


def scenarios(out: Path, month: str) -> list[str]:
    """Return the scenarios of a month that have something published, in order."""
    folder = out / SCENARIOS / month / BESIDE
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    return sorted(name for name in names if _SCENARIO.fullmatch(name) and (folder / name).is_symlink())


def runs(out: Path) -> list[str]:
    """Return the ids of all sets that lie in `out`, in order."""
    folder = out / RUNS
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    return sorted(name for name in names if _RUN.fullmatch(name))


def links_in(folder: Path) -> frozenset[str]:
    """Return the entries of a set's folder that are no part of the set: at most its link to scenarios."""
    return frozenset({BESIDE} if _BESIDE.fullmatch(_target(folder / BESIDE) or "") else ())


def refuse_foreign(out: Path, month: str, scenario: str | None = None) -> None:
    """Raise EnvironmentProblem if something that was never published stands where the link has to go."""
    for path in (_pointer(out, month, None), _pointer(out, month, scenario)):
        target = _target(path)
        if target is None and os.path.lexists(path):
            kind = "folder" if path.is_dir() else "file"
        elif target is not None and not _TO_RUN.fullmatch(target) and not _TO_SCENARIOS.fullmatch(target):
            kind = "link to somewhere else"
        else:
            continue
        raise EnvironmentProblem(
            "the month cannot be published: something else is in its place",
            where=str(path),
            why=f"it is a {kind} that no run has put there",
            fix=f"move it away, for example: mv '{path}' '{path}-old'",
        )


@contextlib.contextmanager
def moved(scratch: Path, out: Path, month: str, scenario: str | None, run_id: str) -> Iterator[None]:
    """Point the month or scenario at the run; if the block fails, everything points where it did before.

    `scratch` is a folder on the same file system for the link to be made in before it takes its place.
    """
    pointer = _pointer(out, month, scenario)
    before = _target(pointer)
    try:
        if scenario is None:
            _show_scenarios(scratch, out, month, run_id)
            _point(scratch, pointer, f"{RUNS}/{run_id}")
        else:
            _point_scenario(scratch, out, month, pointer, run_id)
        yield
    except BaseException:
        if before is None:
            pointer.unlink(missing_ok=True)
        else:
            _point(scratch, pointer, before)
        raise


def _pointer(out: Path, month: str, scenario: str | None) -> Path:
    if not _MONTH.fullmatch(month):
        raise UsageProblem(f"'{month}' is not a month", fix="write it as YYYY-MM, for example 2024-05")
    if scenario is None:
        return out / month
    if not _SCENARIO.fullmatch(scenario):
        raise UsageProblem(f"'{scenario}' cannot name a scenario", fix="use letters, digits, '.', '_' and '-'")
    return out / SCENARIOS / month / BESIDE / scenario


def _point_scenario(scratch: Path, out: Path, month: str, pointer: Path, run_id: str) -> None:
    pointer.parent.mkdir(parents=True, exist_ok=True)
    _point(scratch, pointer, f"../../../{RUNS}/{run_id}")
    shown = current(out, month)
    if shown is not None:
        _show_scenarios(scratch, out, month, shown)
    else:
        _point(scratch, out / month, f"{SCENARIOS}/{month}")


def _show_scenarios(scratch: Path, out: Path, month: str, run_id: str) -> None:
    if (out / SCENARIOS / month / BESIDE).is_dir():
        _point(scratch, out / RUNS / run_id / BESIDE, f"../../{SCENARIOS}/{month}/{BESIDE}")


def _point(scratch: Path, pointer: Path, target: str) -> None:
    if _target(pointer) == target:
        return
    made = scratch / "link"
    made.unlink(missing_ok=True)
    made.symlink_to(target)
    made.replace(pointer)
    sync_folder(pointer.parent)


def _target(path: Path) -> str | None:
    try:
        return str(path.readlink())
    except OSError:
        return None
