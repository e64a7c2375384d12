"""Publishing a set of files so that a reader sees the whole old set or the whole new one, never a mixture.

OUT/.staging-…/set            where a set is made; gone afterwards, however the run ends
OUT/.runs/<run_id>/           the set, never changed again
OUT/2024-05                   a link to the newest set of the month, replaced in one step
OUT/2024-05/scenarios/NAME    the same for a scenario (kept in OUT/.scenarios/2024-05, see `pointers`)
OUT/ledger.jsonl              one line for each publication
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import JsonValue

from unitcost.errors import UnitcostError, UsageProblem, nearest
from unitcost.publishing import ledger, manifest, pointers
from unitcost.publishing.ledger import Entry
from unitcost.publishing.manifest import Manifest, Problem, sha256_of
from unitcost.publishing.pointers import current, run_folder
from unitcost.storage.disk import check_writable, disk_errors, sync_folder, sync_tree
from unitcost.storage.locks import scratch, sweep

STAGING = ".staging-"
NEED_BYTES = 64 << 20

__all__ = [
    "PublishedSet",
    "clear_unused",
    "current",
    "is_complete",
    "preflight",
    "pruned",
    "publish",
    "reinstate",
    "stage",
    "verify",
    "verify_all",
    "verify_run",
]


@dataclass(frozen=True, slots=True)
class PublishedSet:
    """What is now in place: the set, whether it was there before, and a repair of the ledger to be told."""

    run_id: str
    folder: Path
    reused: bool
    repair: str | None


def preflight(out: Path, month: str, scenario: str | None = None, *, need_bytes: int = NEED_BYTES) -> None:
    """Raise EnvironmentProblem if the month could not be published to `out` as things are; writes nothing."""
    check_writable(out, need_bytes)
    pointers.refuse_foreign(out, month, scenario)
    for folder in (out / pointers.RUNS, out / pointers.SCENARIOS, out / ".locks"):
        if folder.exists():
            check_writable(folder, 0)


@contextlib.contextmanager
def stage(out: Path) -> Iterator[Path]:
    """Yield an empty folder in `out` to make a set in; it is gone afterwards, published or not.

    Clears what killed runs left. Errors of the disk, wherever in the block, become EnvironmentProblem.
    """
    with disk_errors(out):
        out.mkdir(parents=True, exist_ok=True)
        sweep(out, STAGING)
        with scratch(out, STAGING) as folder:
            staged = folder / "set"
            staged.mkdir()
            yield staged


def publish(
    staged: Path, out: Path, described: Manifest, *, as_of: date, headline: Mapping[str, JsonValue]
) -> PublishedSet:
    """Put the set in `staged` (from `stage`) in place under `out` and note it in the ledger.

    `described` is written into the set as its manifest. Call it under `month_lock`. Raises EnvironmentProblem
    if the disk is in the way; the set published before is then still there, whole.
    """
    pointers.refuse_foreign(out, described.month, described.scenario)
    with disk_errors(out):
        manifest.write(staged, described)
        problems = manifest.verify(staged)
        if problems:
            raise UnitcostError("the set to publish is not what its manifest says", why=str(problems[0]))
        reused = not verify_run(out, described.run_id)
        if not reused:
            sync_tree(staged)
            _move_in(staged, run_folder(out, described.run_id))
        return _show(staged.parent, out, described.run_id, as_of=as_of, headline=headline, reused=reused)


def reinstate(
    out: Path,
    month: str,
    run_id: str,
    *,
    as_of: date,
    headline: Mapping[str, JsonValue],
    scenario: str | None = None,
) -> PublishedSet | None:
    """Make a set that is already there the current one; None if there is no such whole set for the month.

    If it is current and noted in the ledger, nothing at all is written: the run is "unchanged since" it.
    Otherwise the link is set again or the missing line of the ledger added. Call it under `month_lock`.
    """
    if verify_run(out, run_id):
        return None
    described = manifest.read(run_folder(out, run_id))
    if (described.month, described.scenario) != (month, scenario):
        return None
    noted = ledger.latest(out, month, scenario)
    if current(out, month, scenario) == run_id and noted is not None and noted.run_id == run_id:
        return PublishedSet(run_id, run_folder(out, run_id), reused=True, repair=None)
    pointers.refuse_foreign(out, month, scenario)
    with disk_errors(out), scratch(out, STAGING) as folder:
        return _show(folder, out, run_id, as_of=as_of, headline=headline, reused=True)


def is_complete(out: Path, month: str, run_id: str, scenario: str | None = None) -> bool:
    """Say whether `out` shows exactly this run for the month, whole by its manifest."""
    return current(out, month, scenario) == run_id and not verify_run(out, run_id)


def clear_unused(out: Path) -> None:
    """Remove an `out` that a run made and published nothing to: only locks are in it."""
    if out.is_dir() and all(path.name == ".locks" for path in out.iterdir()):
        shutil.rmtree(out, ignore_errors=True)


def verify_run(out: Path, run_id: str) -> list[Problem]:
    """Hash one set in `.runs` again; an empty list means it is there and whole."""
    folder = run_folder(out, run_id)
    if not folder.is_dir():
        return [Problem(f"{pointers.RUNS}/{run_id}", "there is no such run")]
    problems = manifest.verify(folder, pointers.links_in(folder))
    if not problems and manifest.read(folder).run_id != run_id:
        return [Problem(manifest.FILE, "belongs to another run")]
    return problems


def verify(out: Path, month: str, run: str | None = None, scenario: str | None = None) -> list[Problem]:
    """Check what was published for a month: the link, the ledger, and every file of every set that the ledger names.

    `run` names one set to look at instead. Raises UsageProblem if nothing is published.
    """
    run_id = run or current(out, month, scenario)
    if run_id is None:
        raise _nothing(out, month, scenario)
    if run is not None and run in pruned(out, month):
        return ledger.verify_chain(out)
    problems = verify_run(out, run_id)
    folder = run_folder(out, run_id)
    if not problems and (described := manifest.read(folder)).month != month:
        problems.append(Problem(manifest.FILE, f"the run is one of {described.month}"))
    problems += ledger.verify_chain(out) + _verify_noted(out, run_id, folder / manifest.FILE)
    if run is None:
        problems += _verify_shown(out, month, scenario, run_id)
        problems += _verify_earlier(out, [e for e in ledger.known(out) if e.month == month], apart_from=run_id)
    return problems


def verify_all(out: Path) -> list[Problem]:
    """Check the ledger, every set that it names and what each month shows. Raises UsageProblem for an empty `out`."""
    months, lines = pointers.months(out), ledger.known(out)
    if not months and not lines:
        raise UsageProblem("nothing is published", where=str(out), fix="publish something first, or name OUT=folder")
    problems = ledger.verify_chain(out) + _verify_earlier(out, lines)
    for month in months:
        for scenario in (None, *pointers.scenarios(out, month)):
            run_id = current(out, month, scenario)
            if run_id is not None and ledger.noted(out, run_id) is None:
                problems += verify_run(out, run_id) + _verify_noted(
                    out, run_id, run_folder(out, run_id) / manifest.FILE
                )
            elif run_id is not None:
                problems += _verify_shown(out, month, scenario, run_id)
    return problems


def pruned(out: Path, month: str | None = None) -> list[str]:
    """Return the runs that the ledger names and that are not kept any more, oldest first.

    The newest of a month is none of them: if it is missing, that is a problem.
    """
    lines = [entry for entry in ledger.known(out) if month in (None, entry.month)]
    newest = {(entry.month, entry.scenario): entry.run_id for entry in lines}.values()
    runs = dict.fromkeys(entry.run_id for entry in lines)
    return [run_id for run_id in runs if run_id not in newest and not run_folder(out, run_id).is_dir()]


def _verify_earlier(out: Path, lines: Sequence[Entry], apart_from: str | None = None) -> list[Problem]:
    """Check every set that lines of the ledger name, but for one and for those that were let go."""
    let_go = set(pruned(out))
    problems = []
    # The newest line about a run counts: it may have been published again.
    for run_id, entry in {entry.run_id: entry for entry in lines}.items():
        if run_id == apart_from or run_id in let_go:
            continue
        place = f"{pointers.RUNS}/{run_id}"
        found = verify_run(out, run_id) + _verify_hash(run_folder(out, run_id) / manifest.FILE, entry)
        problems += [p if p.where == place else Problem(f"{place}/{p.where}", p.what) for p in found]
    return problems


def _verify_shown(out: Path, month: str, scenario: str | None, run_id: str) -> list[Problem]:
    latest = ledger.latest(out, month, scenario)
    if latest is None or latest.run_id == run_id or ledger.noted(out, run_id) is None:
        return []
    shown = month if scenario is None else f"{month}, scenario {scenario}"
    return [Problem(shown, f"shows run {run_id}, and the newest in the ledger is {latest.run_id}")]


def _verify_noted(out: Path, run_id: str, path: Path) -> list[Problem]:
    entry = ledger.noted(out, run_id)
    if entry is None:
        return [Problem(ledger.FILE, f"has no line for run {run_id}; publishing it again adds the line")]
    return _verify_hash(path, entry)


def _verify_hash(path: Path, entry: Entry) -> list[Problem]:
    if path.is_file() and sha256_of(path) != entry.manifest_sha256:
        return [Problem(manifest.FILE, "is not the one that the ledger knows")]
    return []


def _nothing(out: Path, month: str, scenario: str | None) -> UsageProblem:
    what = f"{month}, scenario '{scenario}'" if scenario else month
    known = pointers.months(out)
    return UsageProblem(
        f"nothing is published for {what}",
        where=str(out),
        fix=nearest(month, known) if known else f"publish it first: make report MONTH={month}",
    )


def _move_in(staged: Path, final: Path) -> None:
    final.parent.mkdir(exist_ok=True)
    if final.exists():
        # Damaged, or it would have been used as it is. It goes where the run's leftovers go.
        final.rename(staged.parent / "damaged")
    staged.rename(final)
    sync_folder(final.parent)
    sync_folder(final.parent.parent)


def _show(
    scratch_folder: Path,
    out: Path,
    run_id: str,
    *,
    as_of: date,
    headline: Mapping[str, JsonValue],
    reused: bool,
) -> PublishedSet:
    """Point the month at the set and note it; if it cannot be noted, the month points where it did before."""
    folder = run_folder(out, run_id)
    described = manifest.read(folder)
    entry = ledger.entry_for(
        described, manifest_sha256=sha256_of(folder / manifest.FILE), as_of=as_of, headline=headline
    )
    with pointers.moved(scratch_folder, out, described.month, described.scenario, run_id):
        repair = ledger.append(out, entry)
    return PublishedSet(run_id, folder, reused=reused, repair=repair)
