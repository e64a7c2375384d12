"""Findings as a notebook publishes them: data beside its cell, from which findings.json is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unitcost.numbers.estimate import Estimate

FINDING_MIME = "application/vnd.unitcost.finding+json"


class Published:
    """What a notebook cell shows for the findings it publishes."""

    def __init__(self, findings: Mapping[str, Estimate]) -> None:
        self._findings = findings

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002
        listing = [{"name": name, **estimate.as_json()} for name, estimate in self._findings.items()]
        lines = [f"{entry['name']} = {entry['value']} {entry['unit']}" for entry in listing]
        return {FINDING_MIME: listing, "text/plain": "\n".join(lines)}


def publish(findings: Mapping[str, Estimate], notebook: str) -> Published:
    """Return the findings that belong to `notebook`, to be shown as the last line of a cell."""
    return Published({name: e for name, e in findings.items() if e.notebook == notebook})
