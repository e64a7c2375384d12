"""What the control reader remembers between runs: the content of files it has seen and their sums.

Both are small JSON files written whole or not at all. A file whose size, times and inode are as they were is
not read again; sums belong to content and settings, never to a path. Anything unreadable here counts as
not there. This module shares no code with the marts.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from unitcost.control.files import Fingerprint, RawFile, fingerprint, hashes, whole_hash
from unitcost.errors import EnvironmentProblem

Group = tuple[str, str, int]
"""Provider, billing account or '', start of the billing period in nanoseconds."""


@dataclass(slots=True)
class GroupSum:
    """Sums of one group: month → [billed, effective, rows], money in 1e-18 units.

    `problem` is the first unusable amount of the group as (what, row and column, why). It matters only if
    the group's delivery counts: a later delivery may have put it right.
    """

    months: dict[str, list[int]] = field(default_factory=dict)
    problem: tuple[str, str, str] | None = None

    def add(self, month: str, billed: int, effective: int, rows: int) -> None:
        """Add money and rows to a month."""
        total = self.months.setdefault(month, [0, 0, 0])
        for place, amount in enumerate((billed, effective, rows)):
            total[place] += amount


FileSums = dict[Group, GroupSum]

_INDEX = "files.json"
_FINE_CLOCK = 100_000_000
_COARSE_CLOCK = 3_000_000_000


def source_version() -> str:
    """Return a hash of the control reader's own source: new code never trusts old sums."""
    digest = sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


@dataclass(slots=True)
class Content:
    """What is known of a file: its fingerprint and the hashes of its bytes, of its content's start and of all of it.

    `whole` is empty as long as nobody asked; `lasting` says whether the fingerprint would show a later change.
    """

    seen: Fingerprint
    raw: str
    start: str
    whole: str
    lasting: bool = True


@dataclass(slots=True)
class ControlCache:
    """The remembered contents and sums below `folder`; nothing is remembered where `folder` is None."""

    folder: Path | None
    version: str = field(default_factory=source_version)
    _contents: dict[str, Content] = field(default_factory=dict)
    _remembered: dict[str, list[int | str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.folder is not None:
            index = _loaded(self.folder / _INDEX)
            if isinstance(index, dict) and index.get("version") == self.version:
                self._remembered = dict(index.get("files") or {})

    def content(self, file: RawFile) -> Content:
        """Return what is known of a file, reading it only if it may have changed."""
        found = self._contents.get(file.name)
        if found is None:
            seen, now = fingerprint(file.path), time.time_ns()
            known = self._remembered.get(file.name)
            if known and known[:4] == [*seen]:
                raw, start, whole = map(str, known[4:])
                found = Content(seen, raw, start, whole)
            else:
                # A file written to within one tick of its clock keeps its times; only older ones can be told apart.
                tick = _FINE_CLOCK if seen[1] % 1_000_000 else _COARSE_CLOCK
                found = Content(seen, *hashes(file), lasting=max(seen[1], seen[2]) < now - tick)
            self._contents[file.name] = found
        return found

    def distinct(self, files: Iterable[RawFile]) -> list[RawFile]:
        """Return the files without those whose content their delivery already holds under an earlier name."""
        alike: dict[tuple[int, str], list[RawFile]] = {}
        for file in files:
            alike.setdefault((file.delivery, self.content(file).start), []).append(file)
        kept: list[RawFile] = []
        for group in alike.values():
            kept += group if len(group) == 1 else {self._whole(file): file for file in reversed(group)}.values()
        return sorted(kept, key=lambda file: file.name)

    def _whole(self, file: RawFile) -> str:
        content = self.content(file)
        content.whole = content.whole or whole_hash(file)
        return content.whole

    def sums(self, key: str) -> FileSums | None:
        """Return the remembered sums of `key`, None if there are none."""
        if self.folder is None:
            return None
        remembered = _loaded(self.folder / f"{key}.json")
        try:
            return {
                (provider, account, period): GroupSum(months, tuple(problem) if problem else None)
                for provider, account, period, months, problem in remembered[key]
            }
        except (KeyError, TypeError, ValueError):
            return None

    def remember(self, key: str, sums: FileSums) -> None:
        """Keep the sums of `key`."""
        if self.folder is not None:
            rows = [[*group, total.months, total.problem] for group, total in sums.items()]
            _stored(self.folder / f"{key}.json", {key: rows})

    def close(self) -> None:
        """Keep the contents learnt in this run."""
        learnt = {
            name: [*content.seen, content.raw, content.start, content.whole]
            for name, content in self._contents.items()
            if content.lasting
        }
        known = {**self._remembered, **learnt}
        if self.folder is not None and known != self._remembered:
            _stored(self.folder / _INDEX, {"version": self.version, "files": known})


def _loaded(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None


def _stored(path: Path, value: object) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".tmp-", suffix=".json")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                json.dump(value, stream)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as problem:
        raise EnvironmentProblem("the control cache cannot be written", where=path.name, why=str(problem)) from problem
