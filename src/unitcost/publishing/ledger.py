"""ledger.jsonl: one line for each publication, only ever appended, each carrying the hash of the line before.

Each line also carries a hash of itself, because the last one has no successor that would vouch for it.

The ledger says what was published in which order; the sets themselves say what is in them.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import Field, JsonValue, ValidationError

from unitcost.errors import EnvironmentProblem
from unitcost.publishing import manifest
from unitcost.publishing.manifest import (
    Definition,
    Frozen,
    Manifest,
    Month,
    Problem,
    RunId,
    ScenarioName,
    Sha256,
    Status,
)
from unitcost.storage.disk import sync_folder
from unitcost.storage.locks import ledger_lock

FILE = "ledger.jsonl"


class Entry(Frozen):
    """One publication. `headline` holds the findings a reader looks up first, as text by name.

    `definition` says what makes its numbers comparable, `replaces` which run a restated one replaces, `sha256` is
    a hash of the line without it. Lines of earlier versions lack them.
    """

    schema_version: Literal[1] = Field(default=1, alias="schema")
    run_id: RunId
    month: Month
    scenario: ScenarioName | None
    status: Status
    roles: tuple[str, ...]
    as_of: date
    manifest_sha256: Sha256
    headline: dict[str, JsonValue]
    previous: Sha256 | None = None
    definition: Definition | None = None
    replaces: RunId | None = None
    company: str | None = None
    sha256: Sha256 | None = None


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line as it stands in the file, with its number from 1; `entry` is None if it is not an entry."""

    number: int
    raw: bytes
    entry: Entry | None


def entry_for(published: Manifest, *, manifest_sha256: str, as_of: date, headline: Mapping[str, JsonValue]) -> Entry:
    """Return the line to append for a set, its place in the chain still open."""
    return Entry(
        run_id=published.run_id,
        month=published.month,
        scenario=published.scenario,
        status=published.status,
        roles=published.roles,
        as_of=as_of,
        manifest_sha256=manifest_sha256,
        headline=dict(headline),
        definition=published.definition,
        replaces=published.replaces,
        company=published.company,
    )


def read(out: Path) -> list[Entry]:
    """Return all publications, oldest first; raise EnvironmentProblem at a line that is not one."""
    entries = []
    for line in _lines(_bytes(out)):
        if line.entry is None:
            raise EnvironmentProblem(
                "a line of the ledger is not a publication",
                where=f"{out / FILE}, line {line.number}",
                fix="restore the file from a backup; the published sets themselves are not touched by this",
            )
        entries.append(line.entry)
    return entries


def known(out: Path) -> list[Entry]:
    """Return all publications, oldest first; damaged lines are passed over."""
    return [line.entry for line in _lines(_bytes(out)) if line.entry is not None]


def latest(
    out: Path,
    month: str,
    scenario: str | None = None,
    statuses: Collection[str] = get_args(Status),
    company: str | None = None,
) -> Entry | None:
    """Return the newest publication of a month with such a status; damaged lines are passed over.

    With `company`, publications of another one are passed over too: two may share a folder.
    """
    found = (e for e in reversed(known(out)) if (e.month, e.scenario) == (month, scenario) and e.status in statuses)
    return next((e for e in found if company is None or e.company in (None, company)), None)


def noted(out: Path, run_id: str) -> Entry | None:
    """Return the newest line about a run, whatever its month; damaged lines are passed over."""
    return next((e for e in reversed(known(out)) if e.run_id == run_id), None)


def append(out: Path, entry: Entry) -> str | None:
    """Append one line in a single write; return a sentence if a torn last line had to be repaired first.

    Raises Locked if other runs keep the ledger busy, and OSError if it cannot be written; the file is then as
    it was before.
    """
    with ledger_lock(out):
        created = not (out / FILE).exists()
        handle = os.open(out / FILE, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            if created:
                sync_folder(out)
            repair = _repair(handle)
            before = _lines(_content(handle))
            previous = _sha256(before[-1].raw) if before else None
            data = entry.model_copy(update={"previous": previous}).model_dump(mode="json")
            data["sha256"] = _own_hash(data)
            _write_whole(handle, manifest.canonical_line(data) + b"\n")
        finally:
            os.close(handle)
    return repair


def verify_chain(out: Path) -> list[Problem]:
    """Name each line that is not a publication, was changed, or does not carry the hash of the line before it."""
    content = _bytes(out)
    problems = []
    previous: str | None = None
    for line in _lines(content):
        where = f"{FILE}, line {line.number}"
        if line.entry is None:
            problems.append(Problem(where, "is not a publication"))
        elif not _is_as_written(line.raw):
            problems.append(Problem(where, "has been changed since it was written"))
        elif line.entry.previous != previous:
            problems.append(Problem(where, "does not follow from the line before it"))
        previous = _sha256(line.raw)
    if content and not content.endswith(b"\n"):
        problems.append(Problem(FILE, "ends in the middle of a line; the next publication repairs it"))
    return problems


def _is_as_written(raw: bytes) -> bool:
    data = json.loads(raw)
    own = data.get("sha256")
    return manifest.canonical_line(data) == raw and (own is None or own == _own_hash(data))


def _own_hash(data: Mapping[str, Any]) -> str:
    return _sha256(manifest.canonical_line({name: value for name, value in data.items() if name != "sha256"}))


def _repair(handle: int) -> str | None:
    """Make the file end in a whole line, after a run that was killed while it wrote."""
    content = _content(handle)
    torn = content[content.rfind(b"\n") + 1 :]
    if not torn:
        return None
    if _entry(torn) is not None:
        _write_whole(handle, b"\n")
        return "the last line of the ledger had no line end, which was added"
    os.ftruncate(handle, len(content) - len(torn))
    return f"the last line of the ledger was cut off by a killed run ({len(torn)} bytes) and was removed"


def _write_whole(handle: int, data: bytes) -> None:
    size = os.fstat(handle).st_size
    try:
        # A disk that fills up in the middle takes the first part without an error.
        if os.write(handle, data) != len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, size)
        raise


def _lines(content: bytes) -> list[LedgerLine]:
    whole = content[: content.rfind(b"\n") + 1]
    return [LedgerLine(number, raw, _entry(raw)) for number, raw in enumerate(whole.split(b"\n")[:-1], start=1)]


def _entry(raw: bytes) -> Entry | None:
    try:
        return Entry.model_validate_json(raw)
    except ValidationError:
        return None


def _bytes(out: Path) -> bytes:
    try:
        return (out / FILE).read_bytes()
    except FileNotFoundError:
        return b""


def _content(handle: int) -> bytes:
    return os.pread(handle, os.fstat(handle).st_size, 0)


def _sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
