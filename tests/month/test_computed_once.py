"""One report computes each month's findings once, and its notebooks compute none."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from material.places import ROOT
from material.three_lines import call

from unitcost.analyses import ANALYSES
from unitcost.analyses.analysis import Analysis, Request
from unitcost.analyses.findings import findings
from unitcost.analyses.opening import open_company
from unitcost.month.context import Context, write_context
from unitcost.numbers.book import Findings

MONTHS = {"2024-04": 1, "2024-05": 1}


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """How often each month's findings are computed: counted by one more analysis, which has none of its own."""
    months: Counter[str] = Counter()

    def count(request: Request) -> Findings:
        months[request.month] += 1
        return {}

    counting = Analysis("counting", why="counts how often it is asked", findings=count)
    monkeypatch.setattr("unitcost.analyses.findings.ANALYSES", (*ANALYSES, counting))
    return months


def test_a_report_computes_each_month_once(sample_company: Path, tmp_path: Path, computed: Counter[str]) -> None:
    """The month and the one before it, whatever status, identity, notebooks and pages ask for."""
    config, out = sample_company / "report.toml", tmp_path / "reports"
    code, _, err = call("report", "2024-05", "--config", config, "--out", out, "--role", "cfo")
    assert code == 0, err
    assert computed == MONTHS


def test_notebooks_compute_no_findings(
    sample_company: Path, tmp_path: Path, computed: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within a report every cell of every shipped notebook finds them in the context file."""
    company = open_company(sample_company / "report.toml")
    context = Context(
        config=company.path,
        store=company.store,
        month="2024-05",
        scenario="base",
        published={},
        breaks=(),
        findings=findings(company, "2024-05"),
    )
    assert computed == MONTHS
    for name, value in write_context(context, tmp_path / "report.json").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("IPython.display.display", lambda *_, **__: None)
    for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")):
        namespace: dict[str, Any] = {}
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                exec(compile("".join(cell["source"]), path.stem, "exec"), namespace)
    assert computed == MONTHS
