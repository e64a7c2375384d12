"""Findings on their way from a notebook to findings.json."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from unitcost.display.page import CHANGED
from unitcost.display.published import FINDING_MIME
from unitcost.errors import ReconciliationProblem, UnitcostError
from unitcost.numbers.estimate import Estimate, from_json


def collect(notebooks: Iterable[Any]) -> dict[str, Estimate]:
    """Return the findings that executed notebooks published. Raises UnitcostError where two disagree."""
    found: dict[str, Estimate] = {}
    for notebook in notebooks:
        for cell in notebook.cells:
            for output in cell.get("outputs", []):
                for entry in output.get("data", {}).get(FINDING_MIME, []):
                    fields = dict(entry)
                    name = fields.pop("name")
                    estimate = from_json(fields)
                    if found.setdefault(name, estimate) != estimate:
                        raise UnitcostError(
                            f"Two notebooks publish different values of {name}",
                            why=f"{found[name].value} and {estimate.value}",
                            fix="publish a finding in one place",
                        )
    return found


def check_complete(published: Mapping[str, Estimate], computed: Mapping[str, Estimate]) -> list[str]:
    """Return the names whose published value differs from the computed one; raise where one is missing."""
    missing = sorted(set(computed) - set(published))
    if missing:
        raise ReconciliationProblem(
            f"{len(missing)} findings were not published, {missing[0]} first",
            where="notebooks",
            why="a cell that publishes them was removed or changed",
            fix="restore the cell with publish(…) in the notebook",
        )
    return sorted(name for name in computed if published[name] != computed[name])


def marked(published: Mapping[str, Estimate], changed: Iterable[str]) -> dict[str, Estimate]:
    """Return the findings, those that analysts changed with a word of it in their method."""
    found = dict(published)
    for name in changed:
        method = found[name].method
        found[name] = replace(found[name], method=f"{method}; {CHANGED}" if method else CHANGED)
    return found


def as_json(
    findings: Mapping[str, Estimate], *, month: str, scenario: str, currency: str, status: str, run_id: str
) -> str:
    """Return findings.json: names sorted, decimals as text, ends with a line end."""
    data = {
        "schema": 1,
        "month": month,
        "scenario": scenario,
        "currency": currency,
        "status": status,
        "run_id": run_id,
        "findings": {name: findings[name].as_json() for name in sorted(findings)},
    }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"
