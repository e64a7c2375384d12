"""Tables of measurements by day, kept by month: a report of one month reads no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from unitcost.storage.digest import digest
from unitcost.storage.kept import kept
from unitcost.warehouse.files.sources import Hashes, find

Rows = list[list[str | None]]
Parse = Callable[[Path, str], dict[str, Rows]]  # (folder, path) → month → rows, in one order whatever the files' is


def _nothing() -> dict[str, Rows]:
    return {}


@dataclass(frozen=True)
class Measurements:
    """A table by month; months are read where they are asked for."""

    parsed: Callable[[], dict[str, Rows]] = _nothing
    store: Path = Path()
    key: tuple[str, ...] = ()
    months: Mapping[str, tuple[int, str]] = field(default_factory=dict)  # month → rows, digest of them

    @property
    def given(self) -> bool:
        """Tell whether there is such an input at all."""
        return bool(self.key)

    def rows(self, month: str) -> Rows:
        """Return the rows of a month."""
        if month not in self.months:
            return []
        return kept(self.store, [*self.key, month], lambda: self.parsed()[month], Rows)

    def until(self, month: str) -> Sequence[tuple[str, int, str]]:
        """Return (month, rows, digest) of all months up to `month`."""
        return sorted((m, rows, sha) for m, (rows, sha) in self.months.items() if m <= month)


Kind = TypeVar("Kind", bound=Measurements)


def load(
    kind: type[Kind], folder: Path, path: str, *, section: str, parse: Parse, hashes: Hashes, kept_in: Path, code: str
) -> Kind:
    """Return what a section of report.toml names, checked whole by `parse`; an empty path gives nothing.

    `kept_in` is the folder of the store. Raises DataProblem for what `parse` refuses.
    """
    if not path:
        return kind()
    files = find(folder, [path], section, hashes).files
    key = (code, *sorted(f.sha256 for f in files))

    def answer() -> dict[str, tuple[int, str]]:
        by_month = parse(folder, path)
        for month, rows in by_month.items():
            kept(kept_in, [*key, month], partial(Rows, rows), Rows)
        return {month: (len(rows), digest(rows)) for month, rows in sorted(by_month.items())}

    months = kept(kept_in, [*key, "months"], answer, dict[str, tuple[int, str]])
    return kind(lambda: parse(folder, path), kept_in, key, months)
