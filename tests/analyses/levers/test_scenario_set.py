"""Scenarios and edited notebooks in published sets: beside the plan of record, said on every page, marked."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest
from material.lever_company import MONTH, PLAN, REPORT, SMALLER, write
from material.places import ROOT
from material.three_lines import call

from unitcost.commands import lab

NOTEBOOKS = ROOT / "notebooks"
AS_OF = ("--as-of", "2024-07-01", "--role", "cfo")
BANNER = "Scenario commit: not the plan of record"


def company(folder: Path, more: str = "") -> Path:
    """137.00 in scope for 100 users; the plan of record makes machines smaller, `commit` only commits."""
    write(folder, 'name = "Plan"\n' + SMALLER + PLAN, REPORT.replace("min_users = 1", f"min_users = 1\n{more}"))
    (folder / "scenarios" / "commit.toml").write_text('name = "Commit first"\n' + PLAN)
    return folder / "report.toml"


def publish(config: Path, out: Path, *more: str) -> None:
    code, _, err = call("report", MONTH, "--config", config, "--out", out, *AS_OF, *more)
    assert code == 0, err


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """OUT with the plan of record first and then the scenario, and OUT the other way round."""
    folder = tmp_path_factory.mktemp("scenarios")
    config = company(folder / "company")
    one, two = folder / "one", folder / "two"
    publish(config, one)
    plan = files(one / MONTH)
    publish(config, one, "--scenario", "commit")
    assert {name: data for name, data in files(one / MONTH).items() if name in plan} == plan
    publish(config, two, "--scenario", "commit")
    publish(config, two)
    return one, two


def test_the_order_in_which_sets_are_built_does_not_matter(both: tuple[Path, Path]) -> None:
    """The same runs with the same bytes, whole and noted."""
    one, two = both
    assert files(one / ".runs") == files(two / ".runs")
    assert len(list((one / ".runs").iterdir())) == 2
    for out in both:
        assert call("verify", "--out", out)[0] == 0
        lines = [json.loads(line) for line in (out / "ledger.jsonl").read_text().splitlines()]
        assert {line["scenario"] for line in lines} == {None, "commit"}
        assert {line["status"] for line in lines} == {"final"}


def test_every_page_of_a_scenario_says_what_it_is(both: tuple[Path, Path]) -> None:
    """In the page's head and on each sheet of the PDF; the plan of record says nothing of the kind."""
    plan, scenario = both[0] / MONTH, both[0] / MONTH / "scenarios" / "commit"
    assert BANNER in (scenario / "cfo.html").read_text()
    assert BANNER not in (plan / "cfo.html").read_text()
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed (Debian: poppler-utils)")
    text = subprocess.run(["pdftotext", scenario / "cfo.pdf", "-"], capture_output=True, text=True, check=True).stdout
    sheets = text.removesuffix("\f").split("\f")
    assert len(sheets) > 2
    assert [BANNER in " ".join(sheet.split()) for sheet in sheets] == [True] * len(sheets)


def test_a_scenario_stands_beside_the_plan_of_record(both: tuple[Path, Path]) -> None:
    """24 saved by the commitment alone against 39.2: 1.13 a user against 0.978 (137 − 24 and 137 − 39.2 for 100)."""
    page = (both[0] / MONTH / "scenarios" / "commit" / "cfo.html").read_text().replace("\u00a0", " ")
    assert "With all its levers one user would cost USD 1.13, with those of the plan of record USD 0.98" in page
    assert "Commit first beside the plan of record" in page


def test_a_flawed_scenario_leaves_everything_as_it_was(both: tuple[Path, Path], tmp_path: Path) -> None:
    """Exit 2 with file, key and remedy; no file of the published sets changes."""
    out = tmp_path / "out"
    shutil.copytree(both[0], out, symlinks=True)
    before = files(out)
    config = company(tmp_path / "company")
    texts = {
        "unknown-kind": PLAN.replace('"commitment"', '"comitment"'),
        "share": PLAN.replace("0.8", "1.8"),
        "order": PLAN.replace("0.3", "{ low = 0.5, mode = 0.4, high = 0.6 }"),
        "empty": "",
        "broken": "[[lever]\n",
    }
    for name, text in texts.items():
        (tmp_path / "company" / "scenarios" / f"{name}.toml").write_text(text)
        code, said, err = call("report", MONTH, "--config", config, "--out", out, *AS_OF, "--scenario", name)
        assert (code, said) == (2, ""), name
        assert f"{name}.toml" in err and "fix:" in err, err
    assert files(out) == before


def test_notebooks_of_ones_own_are_run_and_named(tmp_path: Path) -> None:
    """Which notebook, which section, and which finding: on the pages, in findings.json and in the manifest."""
    config = company(tmp_path / "company", 'notebooks = "mine"')
    own = tmp_path / "company" / "mine"
    own.mkdir()
    notebook = nbformat.read(NOTEBOOKS / "40_levers.ipynb", 4)
    for cell in notebook.cells:
        if cell.source.startswith("publish("):
            cell.source = (
                "from dataclasses import replace\nfrom decimal import Decimal\n"
                'name = "levers.probability_negative"\n'
                'changed = report.findings | {name: replace(report.findings[name], value=Decimal("0.25"))}\n'
                + cell.source.replace("report.findings", "changed")
            )
        cell.source = cell.source.replace("## What each lever would save", "## What I think each lever would save")
    nbformat.write(notebook, own / "40_levers.ipynb")
    publish(config, tmp_path / "out")
    shown = tmp_path / "out" / MONTH
    page = (shown / "cfo.html").read_text()
    assert "Notebook 40_levers was edited by analysts: section levers and cells outside sections" in page
    assert "levers.probability_negative" in page
    said = json.loads((shown / "findings.json").read_text())["findings"]["levers.probability_negative"]
    assert (said["value"], said["method"].endswith("changed by analysts")) == ("0.25", True)
    told = {n["name"]: n for n in json.loads((shown / "manifest.json").read_text())["notebooks"]}
    assert [name for name, n in told.items() if n["edited"]] == ["40_levers"]
    assert told["40_levers"]["sections"] == ["levers"]
    run = (shown / "manifest.json").read_bytes()
    shutil.copy(NOTEBOOKS / "40_levers.ipynb", own / "40_levers.ipynb")
    publish(config, tmp_path / "out")
    assert json.loads(run)["run_id"] != json.loads((shown / "manifest.json").read_text())["run_id"]


def test_a_notebook_that_fails_leaves_everything_as_it_was(both: tuple[Path, Path], tmp_path: Path) -> None:
    """The error names notebook and cell; no file of the published sets changes."""
    out = tmp_path / "out"
    shutil.copytree(both[0], out, symlinks=True)
    before = files(out)
    config = company(tmp_path / "company", 'notebooks = "mine"')
    (tmp_path / "company" / "mine").mkdir()
    notebook = nbformat.read(NOTEBOOKS / "10_spend.ipynb", 4)
    notebook.cells.append(nbformat.v4.new_code_cell("1 / 0"))
    nbformat.write(notebook, tmp_path / "company" / "mine" / "10_spend.ipynb")
    code, said, err = call("report", MONTH, "--config", config, "--out", out, *AS_OF)
    assert (code, said) == (1, "")
    assert "10_spend" in err and "ZeroDivisionError" in err
    assert len(err[err.index("unitcost: ") :].splitlines()) <= 15
    assert files(out) == before


def test_the_lab_opens_the_notebooks_that_a_report_runs(tmp_path: Path) -> None:
    """The company's own folder where it has one, else those of the program."""
    path = tmp_path / "report.toml"
    (tmp_path / "mine").mkdir()
    assert lab.folder(path, {"report": {"notebooks": "mine"}}) == tmp_path / "mine"
    for settings in ({}, {"report": {}}, {"report": {"notebooks": "gone"}}, {"report": 5}):
        assert lab.folder(path, settings) == NOTEBOOKS


@pytest.mark.parametrize(
    ("holds", "told"), [(None, "is missing"), ({}, "has none in it"), ({"40_levers.ipynb": "{}"}, "is not a notebook")]
)
def test_a_folder_without_notebooks_is_refused(tmp_path: Path, holds: dict[str, str] | None, told: str) -> None:
    config = company(tmp_path / "company", 'notebooks = "mine"')
    if holds is not None:
        (tmp_path / "company" / "mine").mkdir()
        for name, text in holds.items():
            (tmp_path / "company" / "mine" / name).write_text(text)
    code, _, err = call("report", MONTH, "--config", config, "--out", tmp_path / "out", *AS_OF)
    assert code == 2
    assert told in err
    assert not (tmp_path / "out").exists()
