"""The house: who may know whom, how large a thing may grow, and what a notebook or a tracked file may hold."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from material.places import ROOT

from unitcost.analyses import ANALYSES
from unitcost.analyses.analysis import Request
from unitcost.analyses.opening import open_company
from unitcost.numbers.book import Findings
from unitcost.pages.definitions import OF_THE_REPORT, READING_ORDER, definitions

PACKAGE = ROOT / "src" / "unitcost"
MODULES = sorted(PACKAGE.rglob("*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
ROOT_MODULES = {"__init__", "__main__", "cli", "errors", "moved"}
GENERATED = {"sample", "build", "dist"}
TAG = re.compile(r"parameters|assumptions|check|appendix|section:[a-z0-9]+(-[a-z0-9]+)*")


def classes(path: Path) -> list[str]:
    """The classes that a module defines at its top."""
    return [node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef)]


def test_imports_go_one_way() -> None:
    """Floors, circles, and what may know what, as [tool.importlinter] of pyproject.toml says."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]


def test_the_root_holds_the_way_in_and_nothing_else() -> None:
    """Whatever needs two folders belongs to one of them."""
    assert {path.stem for path in PACKAGE.glob("*.py")} == ROOT_MODULES


def test_every_question_is_in_the_list_with_its_notebook() -> None:
    """A folder of analyses/ is an analysis by its own name, listed once, published by a notebook or says why not."""
    folders = {path.parent.name for path in (PACKAGE / "analyses").glob("*/__init__.py")}
    assert sorted(analysis.name for analysis in ANALYSES) == sorted(folders)
    stems = {path.stem for path in NOTEBOOKS}
    for analysis in ANALYSES:
        assert (analysis.notebook in stems) if analysis.notebook else analysis.why, analysis.name


def test_findings_bear_the_words_of_their_question(sample_company: Path) -> None:
    """Each analysis says the first words of its findings' names: roles are held against them before anything slow."""
    company = open_company(sample_company / "report.toml")
    computed: Findings = {}
    for analysis in ANALYSES:
        named = analysis.findings(Request(company, "2024-05", findings=computed))
        words = {name.partition(".")[0] for name in named}
        assert words == set(analysis.groups), (analysis.name, words)
        assert {estimate.notebook for estimate in named.values()} <= {analysis.notebook}, analysis.name
        computed |= named


def test_a_word_of_page_one_belongs_to_one_question() -> None:
    """No two questions say a headline, a statement, a label or a definition under one name."""
    for part in ("headlines", "statements", "labels", "terms"):
        names = [name for analysis in ANALYSES for name in dict(getattr(analysis, part))]
        assert names
        assert [name for name, count in Counter(names).items() if count > 1] == [], part


def test_every_word_in_the_reading_order_is_defined() -> None:
    """A definition that was renamed or removed leaves no place behind, and none is lost."""
    names = [name for name, _ in definitions()]
    assert names[: len(READING_ORDER)] == list(READING_ORDER)
    assert len(names) == len(OF_THE_REPORT) + sum(len(analysis.terms) for analysis in ANALYSES)


def test_no_room_is_left_to_chance() -> None:
    """A module is named after what it holds; these names say nothing."""
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base", "core"}
    assert [str(p) for p in MODULES if p.stem in vague or p.parent.name in vague] == []
    classes = [n.name for p in MODULES for n in ast.walk(ast.parse(p.read_text())) if isinstance(n, ast.ClassDef)]
    assert [name for name in classes if name.endswith(("Manager", "Helper", "Utils"))] == []
    assert [name for name, count in Counter(classes).items() if count > 1] == []  # a name stands for one thing


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_modules_and_functions_stay_readable(path: Path) -> None:
    """500 lines a module, 40 lines of code a function, no more than five parameters by position."""
    text = path.read_text()
    assert len(text.splitlines()) <= 500
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert _lines_of_code(node) <= 40, node.name
            positional = [a for a in (*node.args.posonlyargs, *node.args.args) if a.arg not in ("self", "cls")]
            assert len(positional) <= 5 or path.name == "cli.py", node.name


def _lines_of_code(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    documented = ast.get_docstring(node) is not None
    first = node.body[1].lineno if documented and len(node.body) > 1 else node.body[0].lineno
    return (node.end_lineno or first) - first + 1


@pytest.mark.parametrize(("pattern", "longest"), [("src/**/*.sql", 80), ("templates/**/*.j2", 120)])
def test_queries_and_templates_stay_readable(pattern: str, longest: int) -> None:
    """A query answers one question, a template prints one thing. Comments are not counted."""
    found = sorted(ROOT.glob(pattern))
    assert found
    lengths = {
        str(path.relative_to(ROOT)): len(re.findall(r"^(?!\s*(?:--|$))", path.read_text(), re.M)) for path in found
    }
    assert {name: lines for name, lines in lengths.items() if lines > longest} == {}


def test_every_query_says_its_question_and_its_grain() -> None:
    """The header of a query tells what a row is before anybody reads the joins."""
    queries = [path for path in sorted(PACKAGE.rglob("*.sql")) if path.stem != "macros"]
    assert [
        str(path.relative_to(ROOT)) for path in queries if not re.search(r"^--.*grain", path.read_text(), re.I | re.M)
    ] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_notebooks_are_kept_without_outputs_and_small(path: Path) -> None:
    """25 cells of about 15 lines, nothing executed, no class, only known tags, no path of a file."""
    notebook = json.loads(path.read_text())
    cells = notebook["cells"]
    assert len(cells) <= 25
    for cell in cells:
        source = "".join(cell["source"])
        tags = cell["metadata"].get("tags", [])
        assert [tag for tag in tags if not TAG.fullmatch(tag)] == []
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
            assert len(source.splitlines()) <= 20, source
            assert not re.search(r"^\s*class ", source, re.M), source
            assert not re.search(
                r"""["'][^"'\n]*\.(csv|parquet|toml|gz|json|html|pdf)["']|read_(csv|parquet)|open\(""",
                source.replace("open_report(", ""),
            ), source
            assert not re.search(r"\bselect\b.+\bfrom\b", source, re.I | re.S), source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_every_notebook_can_be_run_alone_and_checks_itself(path: Path) -> None:
    """One parameters cell, at least one check, and each section opens with its heading."""
    cells = json.loads(path.read_text())["cells"]
    tags = [cell["metadata"].get("tags", []) for cell in cells]
    assert sum("parameters" in t for t in tags) == 1
    assert any("check" in t for t in tags)
    opened: set[str] = set()
    for cell, own in zip(cells, tags, strict=True):
        for tag in own:
            if tag.startswith("section:") and tag not in opened:
                opened.add(tag)
                assert cell["cell_type"] == "markdown", tag
                assert "".join(cell["source"]).startswith("## "), tag


def project_files() -> Iterator[Path]:
    """Every text file that belongs to the project, not what commands have made."""
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        # In a worktree of git .git is a file.
        hidden = parts == (".git",) or (len(parts) > 1 and parts[0].startswith(".") and parts[0] != ".ci")
        made = hidden or parts[0] in GENERATED or "__pycache__" in parts or ".ipynb_checkpoints" in parts
        published = parts[0] == "reports" and parts != ("reports", "README.md")
        if path.is_file() and not made and not published and b"\0" not in path.read_bytes()[:4096]:
            yield path


def test_no_file_names_the_machine_it_was_written_on() -> None:
    """A stranger's checkout has other folders."""
    places = [str(ROOT) + "/", str(Path.home()) + "/", sys.base_prefix + "/"]
    machine = re.compile(r"(?<![\w.:/-])/(?:home|Users|work|mnt|opt|srv)/\w")
    found = []
    for path in project_files():
        text = path.read_text(errors="replace")
        if machine.search(text) or any(place in text for place in places if place.count("/") > 2):
            found.append(str(path.relative_to(ROOT)))
    assert found == []


def test_no_file_says_from_which_index_packages_come() -> None:
    """Companies have their own; a lock file holds names, versions and hashes alone."""
    address = re.compile(r"https?://\S*(?:pypi|pythonhosted|simple|index|npmjs|registry)|--(?:extra-)?index-url", re.I)
    names = ("*.lock", "*.toml", "*.yml", "Makefile", ".ci/run", "tools/*.py")
    texts = {path: path.read_text() for name in names for path in ROOT.glob(name)}
    assert len(texts) >= 8
    assert [str(path.relative_to(ROOT)) for path, text in texts.items() if address.search(text)] == []


def test_unfinished_work_is_not_hidden_in_the_code() -> None:
    """What does not exist is not announced, and no error is swallowed."""
    later = r"\b(?:TO" r"DO|FIX" r"ME|NotImplemented" r"Error)\b"
    sins = re.compile(rf"{later}|except(?: Exception)?:\s*pass\b|#\s*type:\s*ignore\s*$", re.M)
    code = [*MODULES, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "tools").glob("*.py"))]
    assert [str(path.relative_to(ROOT)) for path in code if sins.search(path.read_text())] == []


@pytest.mark.parametrize("command", [["ruff", "check"], ["mypy"]], ids=" ".join)
def test_style_and_types_hold(command: list[str]) -> None:
    """What pyproject.toml asks of the code is so, without exception."""
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
