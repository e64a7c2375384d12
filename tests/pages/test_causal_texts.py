"""No text of the program, its notebooks and templates claims a cause, nor do whole months of the sample."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import lxml.html
import pytest
from material.causal_words import said
from material.lever_company import SMALLER
from material.lever_company import write as write_levers
from material.page_facts import ROLES
from material.places import ROOT
from material.three_lines import call, write

# Our own texts


ERRORS = ("Problem", "Error", "Locked")


def strings(tree: ast.AST) -> Iterator[str]:
    """The texts in a module but for docstrings and what an error says."""
    passed = set()
    for node in ast.walk(tree):
        is_error = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.endswith(ERRORS)
        is_documentation = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_error or is_documentation:
            passed |= {id(inner) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed:
            yield node.value


# What these say goes to a terminal; what is said of experiments is licensed where it is said.
ELSEWHERE = ("warehouse", "sample", "connectors", "starter")
MODULES = [
    path
    for path in sorted((ROOT / "src" / "unitcost").rglob("*.py"))
    if path.relative_to(ROOT / "src" / "unitcost").parts[0] not in ELSEWHERE
    and path.name not in ("cli.py", "ledger.py")
    and not path.name.startswith("experiment")
]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_no_module_has_a_causal_text(path: Path) -> None:
    """Also those that the sample company never reaches."""
    found = {text: said(text) for text in strings(ast.parse(path.read_text("utf-8"))) if " " in text}
    assert {text: words for text, words in found.items() if words} == {}


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_no_notebook_has_a_causal_text(path: Path) -> None:
    """Of experiments the notebook's own functions speak."""
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        source = "".join(cell["source"])
        texts = strings(ast.parse(source)) if cell["cell_type"] == "code" else [source]
        assert [words for text in texts for words in said(text)] == []


@pytest.mark.parametrize("path", sorted((ROOT / "templates").rglob("*")), ids=lambda path: path.name)
def test_no_template_has_a_causal_text(path: Path) -> None:
    """What templates and roles say by themselves; comments and instructions are not printed."""
    if path.suffix in (".j2", ".typ") or path.name == "role.toml":
        text = re.sub(
            r"\{[#%].*?[#%]\}|\{\{.*?\}\}|^\s*(?://|#\s).*?$", " ", path.read_text("utf-8"), flags=re.S | re.M
        )
        assert said(text) == []


def test_nothing_is_published_where_a_notebook_claims_a_cause(tmp_path: Path) -> None:
    """An analyst's heading says what spot did; the run ends with 2 and OUT stays as it was: not there."""
    book = json.loads((ROOT / "notebooks" / "10_spend.ipynb").read_text("utf-8"))
    cell = next(cell for cell in book["cells"] if "spend.largest_movement(report)" in "".join(cell["source"]))
    cell["source"][:0] = [
        "from unitcost import headline\n",
        "show(headline('Moving search to spot saved 30 % of its cost'))\n",
    ]
    config = write(tmp_path / "company")
    config.write_text(config.read_text().replace("[report]", '[report]\nnotebooks = "own"', 1))
    (config.parent / "own").mkdir()
    (config.parent / "own" / "10_spend.ipynb").write_text(json.dumps(book))
    out = tmp_path / "reports"
    code, said_out, err = call("report", "2024-05", "--config", config, "--out", out, "--role", "vp-engineering")
    assert (code, said_out) == (2, "")
    assert "'saved' claims a cause" in err
    assert "pages of the VP Engineering, section movers, heading (10_spend, cell 7" in err
    assert "Moving search to spot saved 30 % of its cost" in err
    assert "Traceback" not in err
    assert not out.exists()


def test_a_scenario_may_be_called_anything(tmp_path: Path) -> None:
    """Its title and its levers are names; they stand in the comparison's headline and tables."""
    company = tmp_path / "company"
    write_levers(company, 'name = "What saved us"\n' + SMALLER)
    (company / "scenarios" / "other.toml").write_text('name = "Because of spot"\n' + SMALLER)
    config, to = company / "report.toml", tmp_path / "pages"
    code, _, err = call("compare", "2024-05", "base", "other", "--config", config, "--to", to)
    assert code == 0, err
    text = lxml.html.parse(str(to / "compare.html")).getroot().text_content()
    assert "What saved us" in text
    assert "Because of spot" in text


@pytest.mark.long
@pytest.mark.parametrize(
    ("month", "scenario"),
    [("2021-01", ""), ("2022-03", ""), ("2024-02", ""), ("2024-06", ""), ("2024-05", "commit-first")],
)
def test_months_of_the_sample_company_claim_nothing(
    month: str, scenario: str, sample_company: Path, tmp_path: Path
) -> None:
    """Apart from what pages say of experiments, no causal word is on them, in the bodies of tables neither."""
    given = ["--config", sample_company / "report.toml", "--out", tmp_path / "out"]
    code, _, err = call("report", month, *given, *(["--scenario", scenario] if scenario else []))
    assert code == 0, err
    [run] = (tmp_path / "out" / ".runs").iterdir()
    findings = json.loads((run / "findings.json").read_text("utf-8"))["findings"]
    has_effect = any(e["value"] == "effect" for name, e in findings.items() if name.endswith(".verdict"))
    assert not (has_effect and month < "2024-01")  # nothing was tried before
    licensed = "ancestor::section[starts-with(@id, 'experiment')] or ancestor-or-self::p[@class='lead']"
    apart = f"[not({licensed})]" if has_effect else ""
    for role in ROLES:
        tree = lxml.html.parse(str(run / f"{role}.html"))
        texts = tree.xpath(f"//body//text(){apart} | //body//@alt{apart} | //body//@aria-label{apart}")
        assert len(texts) > 100
        assert [words for text in texts for words in said(str(text))] == []
