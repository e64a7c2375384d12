"""A role names what its pages show; a name that nothing bears is refused before anything slow."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from material.page_facts import ROLES
from material.places import ROOT
from material.three_lines import REPORT, call, write
from nbformat import v4, writes

from unitcost.errors import UsageProblem
from unitcost.pages import roles
from unitcost.pages.roles import check_roles, check_tiles, load_roles

SECTIONS = {section for role in ROLES.values() for section in role.sections}
WRONG = {
    "headline": ('headline = "cost"', 'headline = "kost"', "headline 'kost'", "did you mean 'cost'?"),
    "tiles": ('"cost_per_user.paid"', '"cots_per_user.paid"', "finding 'cots_per_user.paid'", "did you mean 'cost_per"),
    "statements": ('"serving_cost"', '"serving_costs"', "statement 'serving_costs'", "did you mean 'serving_cost'?"),
    "movers": ('"product_line"', '"product_lines"', "movement 'product_lines'", "did you mean 'product_line'?"),
    "sections": ('"anomalies"', '"anomolies"', "section 'anomolies'", "did you mean 'anomalies'?"),
}


@pytest.fixture
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the templates, which commands take for the project's."""
    folder = shutil.copytree(ROOT / "templates", tmp_path / "templates")
    original = roles.project_folder
    monkeypatch.setattr(roles, "project_folder", lambda name: folder if name == "templates" else original(name))
    return folder


def misspell(templates: Path, key: str) -> None:
    """Write one name of the CTO's role wrong."""
    right, wrong, _, _ = WRONG[key]
    path = templates / "cto" / "role.toml"
    text = path.read_text("utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong), "utf-8")


def test_the_roles_that_come_with_the_program_are_in_order() -> None:
    check_roles(ROLES, SECTIONS)


@pytest.mark.parametrize("key", WRONG)
@pytest.mark.parametrize("command", ["report", "check"])
def test_a_wrong_name_is_refused_with_file_key_and_the_nearest_before_any_data_is_read(
    tmp_path: Path, templates: Path, key: str, command: str
) -> None:
    """Exit 2, for every kind of name, from both commands; not even the bills are opened, which are broken here."""
    misspell(templates, key)
    config = write(tmp_path / "company", bill_csv="no bill at all")
    month = ("2024-05", "--out", tmp_path / "out") if command == "report" else ()
    code, out, err = call(command, *month, "--config", config)
    _, _, what, fix = WRONG[key]
    assert (code, out) == (2, "")
    assert f"There is no {what}" in err
    assert f"templates/cto/role.toml, {key}" in err
    assert fix in err
    assert not (tmp_path / "out").exists()


def test_a_tile_has_to_be_a_finding_of_the_month() -> None:
    """Its first word may be known and the rest not: said once the findings are there, before notebooks run."""
    role = replace(ROLES["cto"], tiles=("cost_per_user.service.amazon-s4",))
    check_roles({"cto": role}, SECTIONS)
    with pytest.raises(UsageProblem, match=re.escape("'cost_per_user.service.amazon-s4'")) as caught:
        check_tiles([role], ["cost_per_user", "cost_per_user.service.amazon-s3"])
    assert caught.value.where == "templates/cto/role.toml, tiles"
    assert caught.value.fix == "did you mean 'cost_per_user.service.amazon-s3'?"
    check_tiles([role], ["cost_per_user.service.amazon-s4"])


def test_a_wrong_tile_stops_a_report_before_its_notebooks_run(tmp_path: Path, templates: Path) -> None:
    """The company has no such service; the folder of reports stays as it was."""
    path = templates / "cto" / "role.toml"
    path.write_text(path.read_text("utf-8").replace('"cost_per_user.paid"', '"cost_per_user.pair"'), "utf-8")
    config = write(tmp_path / "company")
    code, _, err = call("report", "2024-05", "--config", config, "--out", tmp_path / "out")
    assert code == 2
    assert "There is no finding 'cost_per_user.pair'" in err
    assert "did you mean 'cost_per_user.paid'?" in err
    assert not (tmp_path / "out").exists()


def test_a_section_of_a_companys_own_notebook_is_a_section(tmp_path: Path, templates: Path) -> None:
    """Analysts add a notebook, and a role asks for what is in it; without the notebook it is not there."""
    path = templates / "cto" / "role.toml"
    path.write_text(path.read_text("utf-8").replace('"anomalies"', '"our-own-question"'), "utf-8")
    cell = v4.new_markdown_cell("Ours", metadata={"tags": ["section:our-own-question"]})
    config = write(tmp_path / "company", report_toml=REPORT.replace("[costs]", 'notebooks = "books"\n[costs]'))
    (config.parent / "books").mkdir()
    (config.parent / "books" / "70_ours.ipynb").write_text(writes(v4.new_notebook(cells=[cell])), "utf-8")
    assert "our-own-question" in roles.checked_roles(config)["cto"].sections
    with pytest.raises(UsageProblem, match="There is no section 'our-own-question'"):
        roles.checked_roles(write(tmp_path / "without"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({'headline = "cost"': ""}, "headline"),
        ({'negatives = "minus"': 'negatives = "red"'}, "negatives"),
        ({"statements = [": "statments = ["}, "statements"),
    ],
)
def test_a_key_that_is_missing_or_misspelt_is_named(templates: Path, change: Mapping[str, str], message: str) -> None:
    path = templates / "cto" / "role.toml"
    text = path.read_text("utf-8")
    for old, new in change.items():
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, "utf-8")
    with pytest.raises(UsageProblem, match=message):
        load_roles(templates)
