"""What differs between two answers, named and shortened."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.same_numbers.checkouts import Answer

RUN_ID = re.compile(r'^( *"run_id": )"[^"]*"', re.MULTILINE)
SHOWN = 8  # lines of a difference, or values
WIDTH = 160
MISSING = "(missing)"


@dataclass(slots=True)
class Part:
    """A part of the comparison: how many things were compared, and for each kind of difference where and what."""

    name: str
    compared: int = 0
    different: int = 0
    codes: dict[int, int] = field(default_factory=dict)
    kinds: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def add(self, where: str, differences: Mapping[str, str]) -> None:
        """Count one thing that was compared; `differences` by kind, empty if it is identical."""
        self.compared += 1
        self.different += bool(differences)
        for kind, text in differences.items():
            self.kinds.setdefault(kind, []).append((where, text))

    def lines(self) -> list[str]:
        """Return the summary: the counts, and the first difference of each kind."""
        codes = ", ".join(f"{count} with exit {code}" for code, count in sorted(self.codes.items()))
        head = f"{self.name}: {self.compared} compared, {self.compared - self.different} identical"
        lines = [head + (f" ({codes})" if codes else "")]
        for kind, places in self.kinds.items():
            where, text = places[0]
            lines.append(f"  {kind} differs {len(places)} times, first in {where}:")
            lines += [f"    {line[:WIDTH]}" for line in text.splitlines()]
        return lines


def between(before: Answer, after: Answer) -> dict[str, str]:
    """Return the differences of two answers by kind: exit code, numbers (or standard output), standard error."""
    differences = {}
    if before.code != after.code:
        differences["exit code"] = f"{before.code} before, {after.code} after"
    out = without_run_id(before.out), without_run_id(after.out)
    if out[0] != out[1]:
        differences["standard output"] = values(*out) or lines(*out)
    if before.err != after.err:
        differences["standard error"] = lines(before.err, after.err)
    return differences


def without_run_id(text: str) -> str:
    """Return findings.json without the one line that tells which program made it."""
    return RUN_ID.sub(r'\1"<run id>"', text)


def values(before: str, after: str) -> str:
    """Return the values that differ between two JSON texts, each with its path; '' if none do or they are no JSON."""
    try:
        pair = _flat(json.loads(before)), _flat(json.loads(after))
    except ValueError:
        return ""
    changed = [path for path in dict.fromkeys((*pair[0], *pair[1])) if _told(pair[0], path) != _told(pair[1], path)]
    told = [f"{path}: {_told(pair[0], path)} before, {_told(pair[1], path)} after" for path in changed[:SHOWN]]
    more = len(changed) - SHOWN
    return "\n".join([*told, f"and {more} values more"] if more > 0 else told)


def lines(before: str, after: str, shown: int = SHOWN) -> str:
    """Return the first lines of a unified diff of two texts."""
    pair = before.splitlines(), after.splitlines()
    diff = list(difflib.unified_diff(*pair, "before", "after", n=0, lineterm=""))[2:]
    more = len(diff) - shown
    return "\n".join([*diff[:shown], f"and {more} lines more"] if more > 0 else diff) or "only the ends of lines differ"


def _told(flat: Mapping[str, str], path: str) -> str:
    return flat.get(path, MISSING)


def _flat(value: Any, path: str = "") -> dict[str, str]:
    """Every leaf of a JSON value by its path."""
    if isinstance(value, dict):
        pairs = [(str(key), each) for key, each in value.items()]
    elif isinstance(value, list):
        pairs = [(str(place), each) for place, each in enumerate(value)]
    else:
        return {path: json.dumps(value, ensure_ascii=False)}
    flat: dict[str, str] = {}
    for key, each in pairs:
        flat |= _flat(each, f"{path} › {key}" if path else key)
    return flat or {path: "{}" if isinstance(value, dict) else "[]"}
