"""Letting go of sets that nobody needs: those the ledger does not name, and with `keep_runs` the oldest.

The ledger keeps all its lines. What is shown, the newest of each month and scenario, the last one that was final,
and what a kept restated set replaces always stay.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from unitcost.errors import EnvironmentProblem, ReconciliationProblem
from unitcost.publishing import ledger, manifest, pointers
from unitcost.publishing.ledger import Entry
from unitcost.publishing.publication import STAGING
from unitcost.storage.disk import disk_errors
from unitcost.storage.locks import month_lock, sweep

GONE = ".pruned-"
CLOSED = ("final", "restated")
Place = tuple[str, str | None]  # month and scenario


def needless(out: Path, keep_runs: int) -> list[str]:
    """Return the sets that can go. `keep_runs` is how many of a month and scenario stay, 0 all the ledger names.

    Raises ReconciliationProblem where the ledger is damaged or missing: nobody can tell then what it named.
    """
    there = pointers.runs(out)
    problems = ledger.verify_chain(out)
    if not problems and there and not ledger.known(out):
        problems = [manifest.Problem(ledger.FILE, "is missing or empty")]
    if problems:
        raise ReconciliationProblem(
            "Nothing is removed while the ledger is not whole",
            where=str(out / ledger.FILE),
            why="\n".join(str(problem) for problem in problems[:5]),
            fix="restore the ledger from a backup; the sets themselves are not touched by this",
        )
    kept = _kept(ledger.read(out), keep_runs) | _shown(out)
    return [run_id for run_id in there if run_id not in kept]


def prune(out: Path, keep_runs: int) -> list[str]:
    """Remove what is needless, and what killed runs left; return the ids of the removed sets.

    Raises Locked if a set's month is being published: it may be the one that is about to be noted.
    """
    removed: list[str] = []
    with disk_errors(out):
        sweep(out, STAGING)
        for left in (out / pointers.RUNS).glob(f"{GONE}*"):
            shutil.rmtree(left, ignore_errors=True)
        by_month: dict[str, list[str]] = {}
        for run_id in needless(out, keep_runs):
            by_month.setdefault(_month_of(out, run_id), []).append(run_id)
        for month, runs in sorted(by_month.items()):
            with month_lock(out, month):
                # Judged again, now that nobody can publish them.
                for run_id in sorted(set(runs) & set(needless(out, keep_runs))):
                    _remove(pointers.run_folder(out, run_id))
                    removed.append(run_id)
    return sorted(removed)


def _remove(folder: Path) -> None:
    # Out of the way in one step, so that no half of a set is ever taken for one. A full disk has no room for more.
    gone = folder.with_name(f"{GONE}{folder.name}")
    folder.rename(gone)
    shutil.rmtree(gone)


def _kept(entries: Iterable[Entry], keep_runs: int) -> set[str]:
    by_place: dict[Place, list[Entry]] = {}
    for entry in entries:
        by_place.setdefault((entry.month, entry.scenario), []).append(entry)
    kept: set[str] = set()
    for lines in by_place.values():
        newest_first = list(dict.fromkeys(entry.run_id for entry in reversed(lines)))
        kept.update(newest_first[: keep_runs or None])
        kept.update([entry.run_id for entry in lines if entry.status in CLOSED][-1:])
        kept.update([entry.replaces for entry in lines if entry.run_id in kept and entry.replaces])
    return kept


def _shown(out: Path) -> set[str]:
    places = [(month, name) for month in pointers.months(out) for name in (None, *pointers.scenarios(out, month))]
    return {run_id for place in places if (run_id := pointers.current(out, *place)) is not None}


def _month_of(out: Path, run_id: str) -> str:
    found = ledger.noted(out, run_id)
    if found is not None:
        return found.month
    try:
        return manifest.read(pointers.run_folder(out, run_id)).month
    except EnvironmentProblem:
        # A set is moved in whole, so one without a manifest belongs to no run that is still going on.
        return "damaged"
