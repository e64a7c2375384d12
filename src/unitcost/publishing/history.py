"""What was published when: the ledger read as a history, with what changed from line to line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from unitcost.errors import UsageProblem, nearest
from unitcost.publishing import ledger, past
from unitcost.publishing.ledger import Entry
from unitcost.publishing.manifest import InputRecord, Manifest

Inputs = Mapping[tuple[str, str], InputRecord]


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One publication. `value` is that of the finding asked for, as text, None where it is not known.

    `changed` names the inputs that differ from the line before of the same month and scenario, None where there is
    none or one of both sets is gone; `is_break` tells that the definition is not that of the line before.
    """

    entry: Entry
    value: str | None
    changed: tuple[str, ...] | None
    is_break: bool


def history(out: Path, finding: str = "cost_per_user") -> list[HistoryLine]:
    """Return every publication, oldest first.

    Raises UsageProblem for a finding that no set has, and EnvironmentProblem at a line that is not a publication.
    """
    entries = ledger.read(out)
    before: dict[tuple[str, str | None], Inputs | None] = {}
    definitions: dict[str | None, str] = {}
    known: set[str] = set()
    lines = []
    for entry in entries:
        place = (entry.month, entry.scenario)
        manifest = past.manifest_of(out, entry)
        inputs = _inputs(manifest) if manifest else None
        earlier = before.get(place)
        changed = None if inputs is None or earlier is None else tuple(_changes(earlier, inputs))
        last = definitions.get(entry.scenario)
        is_break = entry.definition is not None and last is not None and entry.definition != last
        lines.append(HistoryLine(entry, _value(out, entry, finding, known), changed, is_break))
        before[place] = inputs
        if entry.definition is not None:
            definitions[entry.scenario] = entry.definition
    if lines and finding not in known:
        raise UsageProblem(f"No published set has a finding '{finding[:60]}'", fix=nearest(finding, known))
    return lines


def _inputs(manifest: Manifest) -> Inputs:
    return {(i.kind, i.name): i for i in manifest.inputs}


def _changes(before: Inputs, now: Inputs) -> Iterator[str]:
    for key in sorted(before.keys() | now.keys()):
        kind, name = key
        shown = name if name in ("activity", "subscriptions", "invoices") else f"{kind} {name}"
        if key not in before:
            yield f"{shown} (new)"
        elif key not in now:
            yield f"{shown} (gone)"
        elif before[key].sha256 != now[key].sha256:
            more = now[key].rows - before[key].rows
            yield f"{shown} ({more:+d} {'row' if abs(more) == 1 else 'rows'})" if more else shown


def _value(out: Path, entry: Entry, finding: str, known: set[str]) -> str | None:
    """Return the finding of a set, else what the ledger has of it; add the names there are to `known`."""
    found = past.findings_of(out, entry)
    known.update(entry.headline if found is None else found)
    value = entry.headline.get(finding) if found is None else found.get(finding, {}).get("value")
    return None if value is None else str(value)
