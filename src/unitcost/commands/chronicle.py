"""`unitcost history`, `diff` and `prune`: what was published, how two sets differ, and which sets stay."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

from unitcost.commands.terminal.text_table import print_table
from unitcost.errors import visible
from unitcost.inputs.config import load_config
from unitcost.inputs.places import default_config
from unitcost.numbers.estimate import plain
from unitcost.publishing import pruning
from unitcost.publishing.history import HistoryLine, history
from unitcost.publishing.runs_apart import Apart, Differing, apart

MAX_CHANGES = 4
WIDE = ("changed", "name", "old → new", "finding")  # columns that may take several lines


def print_history(out: Path, finding: str, *, as_json: bool) -> None:
    """Print every publication with the value of a finding and what changed before it."""
    lines = history(out, finding)
    if as_json:
        print(json.dumps([_line_as_json(line, finding) for line in lines], ensure_ascii=False, indent=1))
    elif lines:
        print_table(
            ("as of", "month", "status", "run", finding, "changed", ""), [_line_cells(line) for line in lines], WIDE
        )
    else:
        print(f"nothing is published in {visible(str(out))}")


def _line_as_json(line: HistoryLine, finding: str) -> dict[str, object]:
    entry = line.entry
    return {
        "as_of": entry.as_of.isoformat(),
        "month": entry.month,
        "scenario": entry.scenario,
        "status": entry.status,
        "run_id": entry.run_id,
        "replaces": entry.replaces,
        "finding": finding,
        "value": line.value,
        "changed": None if line.changed is None else list(line.changed),
        "definition": entry.definition,
        "break": line.is_break,
    }


def _line_cells(line: HistoryLine) -> tuple[str, ...]:
    entry = line.entry
    month = entry.month if entry.scenario is None else f"{entry.month} {entry.scenario}"
    changed = line.changed or ()
    more = [f"{len(changed) - MAX_CHANGES} more"] if len(changed) > MAX_CHANGES else []
    said = ", ".join([*changed[:MAX_CHANGES], *more])
    mark = "break" if line.is_break else ""
    return (entry.as_of.isoformat(), month, entry.status, entry.run_id, line.value or "–", said, mark)


def print_diff(out: Path, old: str, new: str, *, as_json: bool) -> None:
    """Print the findings in which two runs differ, and the inputs, settings and code that do."""
    found = apart(out, old, new)
    if as_json:
        print(json.dumps(_apart_as_json(found), ensure_ascii=False, indent=1))
        return
    for entry in (found.old, found.new):
        print(f"{entry.run_id}: {entry.month}, {entry.status}, as of {entry.as_of.isoformat()}")
    print()
    if found.findings:
        print_table(("finding", "old", "new", "unit", "change"), [_finding_cells(one) for one in found.findings], WIDE)
    else:
        print("no finding differs")
    print()
    if found.causes:
        print_table(("what", "name", "old → new"), [(c.kind, c.name, c.how) for c in found.causes], WIDE)
    else:
        print("inputs, settings, notebooks and code are the same")


def _apart_as_json(found: Apart) -> dict[str, object]:
    return {
        "old": found.old.run_id,
        "new": found.new.run_id,
        "findings": [
            {
                "name": one.name,
                "old": one.old,
                "new": one.new,
                "unit": one.unit,
                "change": _text(one.change),
                "share": _text(one.share),
            }
            for one in found.findings
        ],
        "changed": [{"kind": c.kind, "name": c.name, "how": c.how} for c in found.causes],
    }


def _finding_cells(one: Differing) -> tuple[str, ...]:
    change = "" if one.share is None else f"{one.share:+.2%}"
    return (one.name, one.old or "–", one.new or "–", one.unit, change)


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)


def prune_sets(config: Path | None, out: Path, *, dry_run: bool) -> None:
    """Remove the published sets that nobody needs, or with `dry_run` only name them."""
    path = config or default_config()
    # Without any configuration there is no wish to keep less than everything.
    keep = load_config(path).report.keep_runs if config is not None or path.exists() else 0
    runs = pruning.needless(out, keep) if dry_run else pruning.prune(out, keep)
    for run_id in runs:
        print(f"{'would be removed' if dry_run else 'removed'}: {run_id}")
    if not runs:
        print(f"nothing to remove in {visible(str(out))}")
