"""Two published sets side by side: which findings differ, and what of their inputs, settings and code does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from unitcost.errors import DataProblem, UsageProblem, nearest
from unitcost.numbers.estimate import EXACT, ratio
from unitcost.publishing import ledger, past, pointers
from unitcost.publishing.ledger import Entry
from unitcost.publishing.manifest import Manifest

RULES = ("allocation.rules", "allocation.pools", "allocation.drivers")
FEWEST_DIGITS = 4  # of a run id that is not written out


@dataclass(frozen=True, slots=True)
class Differing:
    """A finding that differs, as text; `share` is the change ÷ the old value, None where that says nothing."""

    name: str
    old: str | None
    new: str | None
    unit: str
    change: Decimal | None
    share: Decimal | None


@dataclass(frozen=True, slots=True)
class Changed:
    """Something behind the numbers that differs, in words: what kind of thing, its name, and how."""

    kind: str
    name: str
    how: str


@dataclass(frozen=True, slots=True)
class Apart:
    """Two sets and what lies between them."""

    old: Entry
    new: Entry
    findings: tuple[Differing, ...]
    causes: tuple[Changed, ...]


def apart(out: Path, old: str, new: str) -> Apart:
    """Return how two runs differ, the findings with the largest change first, relative to what they were.

    A run may be named by its first digits. Raises UsageProblem for one that the ledger does not know and
    DataProblem for one whose set is gone or damaged.
    """
    entries = (_entry(out, old), _entry(out, new))
    manifests = [past.manifest_of(out, entry) for entry in entries]
    findings = [past.findings_of(out, entry) for entry in entries]
    for entry, manifest, found in zip(entries, manifests, findings, strict=True):
        if manifest is None or found is None:
            raise DataProblem(
                f"Run {entry.run_id} cannot be compared",
                where=str(out / pointers.RUNS / entry.run_id),
                why="its set is gone or is not what was published any more",
                fix="make verify says what is wrong; a set that was pruned comes back from a backup alone",
            )
    before, now = (manifest for manifest in manifests if manifest is not None)
    said, says = (found for found in findings if found is not None)
    return Apart(*entries, tuple(_differing(said, says)), tuple(_causes(before, now)))


def _entry(out: Path, run: str) -> Entry:
    by_id = {entry.run_id: entry for entry in ledger.known(out)}
    matching = [run_id for run_id in by_id if len(run) >= FEWEST_DIGITS and run_id.startswith(run)]
    if len(matching) == 1:
        return by_id[matching[0]]
    raise UsageProblem(
        f"{'Several runs begin' if matching else 'There is no run'} '{run[:40]}'",
        where=str(out / ledger.FILE),
        fix=nearest(run, matching or by_id) if by_id else "publish something first, or name --out FOLDER",
    )


def _differing(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Differing]:
    found = []
    for name in before.keys() | now.keys():
        old, new = (_text(side.get(name)) for side in (before, now))
        if old != new:
            about = now.get(name) or before[name]
            change, share = _sizes(old, new) if about.get("type") == "decimal" else (None, None)
            found.append(Differing(name, old, new, str(about.get("unit", "")), change, share))
    return sorted(found, key=_order)


def _order(one: Differing) -> tuple[int, Decimal, Decimal, str]:
    # What has no relative size has appeared, gone or left 0: more than any share of it.
    share = Decimal(0) if one.share is None else abs(one.share)
    return (one.share is not None, -share, -abs(one.change or Decimal(0)), one.name)


def _sizes(old: str | None, new: str | None) -> tuple[Decimal | None, Decimal | None]:
    if old is None or new is None:
        return None, None
    before, change = Decimal(old), EXACT.subtract(Decimal(new), Decimal(old))
    return change, ratio(change, abs(before)) if before else None


def _text(entry: Mapping[str, Any] | None) -> str | None:
    value = None if entry is None else entry.get("value")
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return None if value is None else str(value)


def _causes(before: Manifest, now: Manifest) -> Iterator[Changed]:
    for name in ("month", "scenario", "currency", "status", "definition"):
        old, new = getattr(before, name), getattr(now, name)
        if old != new:
            yield Changed("set", name, f"{old} → {new}")
    inputs = [{(i.kind, i.name): (i.rows, i.sha256) for i in m.inputs} for m in (before, now)]
    for kind, name in sorted(inputs[0].keys() | inputs[1].keys()):
        if inputs[0].get((kind, name)) != inputs[1].get((kind, name)):
            yield Changed("input", f"{kind} {name}", _grown(inputs[0].get((kind, name)), inputs[1].get((kind, name))))
    yield from _settings(before, now)
    yield from _hashes("notebook", *({n.name: n.sha256 for n in m.notebooks} for m in (before, now)))
    yield from _hashes("code", *({m.code.version: m.code.sha256} for m in (before, now)))
    yield from _hashes("version", *({k: v for k, v in m.versions.items() if k != "code"} for m in (before, now)))


def _grown(old: tuple[int, str] | None, new: tuple[int, str] | None) -> str:
    if old is None or new is None:
        return "new" if old is None else "gone"
    return f"{old[0]} → {new[0]} rows, sha256 {old[1][:12]} → {new[1][:12]}"


def _settings(before: Manifest, now: Manifest) -> Iterator[Changed]:
    old, new = (dict(_flat(m.configuration.values)) for m in (before, now))
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            kind = "rule" if name.startswith(RULES) else "setting"
            yield Changed(kind, name, f"{old.get(name, 'not set')} → {new.get(name, 'not set')}")


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, object]]:
    """Yield dotted names with plain values; what is not set is left out. Rules are counted from 1, as in the file."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for number, inner in enumerate(value, start=1):
            yield from _flat(inner, f"{name}[{number}]")
    elif value is not None:
        yield name, value


def _hashes(kind: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Changed]:
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            how = f"{old.get(name, 'not there')[:12]} → {new.get(name, 'not there')[:12]}"
            yield Changed(kind, name, how)
