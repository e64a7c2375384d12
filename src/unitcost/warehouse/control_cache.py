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
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from unitcost.errors import EnvironmentProblem
from unitcost.warehouse.control_files import Fingerprint, RawFile, content_hash, fingerprint
from unitcost.warehouse.control_rows import FileSums, GroupSum

_INDEX = "files.json"
_FINE_CLOCK = 100_000_000
_COARSE_CLOCK = 3_000_000_000


def source_version() -> str:
    """Return a hash of the control reader's own source: new code never trusts old sums."""
    digest = sha256()
    for path in sorted(Path(__file__).parent.glob("control*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


@dataclass(slots=True)
class ControlCache:
    """The remembered contents and sums below `folder`; nothing is remembered where `folder` is None."""

    folder: Path | None
    version: str = field(default_factory=source_version)
    _known: dict[str, list[int | str]] = field(default_factory=dict)
    _changed: bool = False

    def __post_init__(self) -> None:
        if self.folder is not None:
            remembered = _loaded(self.folder / _INDEX)
            if isinstance(remembered, dict) and remembered.get("version") == self.version:
                self._known = dict(remembered.get("files") or {})

    def content(self, file: RawFile) -> tuple[Fingerprint, str]:
        """Return a file's fingerprint and its content's hash, reading it only if it may have changed."""
        seen, now = fingerprint(file.path), time.time_ns()
        known = self._known.get(file.name)
        if known and known[:4] == [*seen]:
            return seen, str(known[4])
        content = content_hash(file)
        # A file written to within one tick of its clock keeps its times; only older ones can be told apart.
        tick = _FINE_CLOCK if seen[1] % 1_000_000 else _COARSE_CLOCK
        if self.folder is not None and max(seen[1], seen[2]) < now - tick:
            self._known[file.name] = [*seen, content]
            self._changed = True
        return seen, content

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
        if self.folder is not None and self._changed:
            _stored(self.folder / _INDEX, {"version": self.version, "files": self._known})


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
