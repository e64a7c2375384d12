"""Sections of the shipped notebooks: each runs with all others deleted, and shows something of the sample company."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from material.places import ROOT

from unitcost.analyses.opening import open_company, report_of
from unitcost.kernels.sections import sections_in
from unitcost.month.report import Report

# The sample has no commitment by the hour in its plan of record.
EMPTY = {"hourly-commitments"}
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))


@pytest.fixture(scope="module")
def report(sample_company: Path) -> Report:
    return report_of(open_company(sample_company / "report.toml"), "2024-05")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_section_needs_another(path: Path, report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cells outside sections run first, then each section alone: whichever others are deleted, it works."""
    shown: list[Any] = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    monkeypatch.setattr("unitcost.analyses.opening.open_report", lambda *_: report)
    cells = [cell for cell in json.loads(path.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
    outside = [cell for cell in cells if not sections_in(cell["metadata"].get("tags", []))]
    sections: dict[str, list[str]] = {}
    for cell in cells:
        for name in sections_in(cell["metadata"].get("tags", [])):
            sections.setdefault(name, []).append("".join(cell["source"]))
    assert sections
    for name, sources in sections.items():
        namespace: dict[str, Any] = {}
        shown.clear()
        for source in (*("".join(cell["source"]) for cell in outside), *sources):
            exec(compile(source, f"{path.stem}, {name}", "exec"), namespace)
        assert bool(shown) == (name not in EMPTY), f"{name} shows {len(shown)} things of the sample company"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_opens_in_two_lines(path: Path) -> None:
    """One line imports, one opens the report."""
    cells = [cell for cell in json.loads(path.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
    [opening] = ["".join(cell["source"]) for cell in cells if "open_report(" in "".join(cell["source"])]
    lines = [line for line in opening.splitlines() if line]
    assert len(lines) == 2, opening
    assert lines[0].startswith("from unitcost import ")
    assert lines[1].startswith("report = open_report(month, scenario")
