"""`unitcost init`: five rows a file that give a report as they are, and never overwrite anything."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from unitcost.errors import UsageProblem
from unitcost.inputs.config import Config, load_config
from unitcost.inputs.rules import load_rules
from unitcost.starter import write_starter

FILES = ["activity.csv", "allocation.toml", "bills.csv", "report.toml", "subscriptions.csv"]


def unitcost(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "unitcost", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def values(config: Path, month: str) -> dict[str, str | None]:
    done = unitcost("findings", month, "--config", config, "--json")
    assert done.returncode == 0, done.stderr
    return {name: finding["value"] for name, finding in json.loads(done.stdout)["findings"].items()}


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """A folder that `unitcost init` has just written."""
    folder = tmp_path / "new" / "acme"
    assert unitcost("init", folder).returncode == 0
    return folder


def test_init_writes_five_rows_a_file_and_says_what_to_do_next(tmp_path: Path) -> None:
    """The command it prints is the one that works next."""
    folder = tmp_path / "acme"
    done = unitcost("init", folder)
    assert done.returncode == 0
    assert sorted(path.name for path in folder.iterdir()) == FILES
    for path in folder.glob("*.csv"):
        with path.open(newline="") as file:
            assert len(list(csv.DictReader(file))) == 5, path.name
    assert f"unitcost report 2024-05 --config {folder / 'report.toml'}" in done.stdout


def test_the_example_is_complete_and_gives_the_numbers_of_its_rows(acme: Path) -> None:
    """13.05 USD in May for three users; 10.50 in April for two. Worked out by hand from the rows."""
    assert unitcost("check", "--config", acme / "report.toml").returncode == 0
    may = values(acme / "report.toml", "2024-05")
    assert (may["scope_cost"], may["mau"], may["cost_per_user"]) == ("13.05", "3", "4.35")
    assert (may["mau.free"], may["mau.paid"], may["cost.unallocated"]) == ("2", "1", "0")
    april = values(acme / "report.toml", "2024-04")
    assert (april["scope_cost"], april["mau"], april["cost_per_user"]) == ("10.5", "2", "5.25")


def test_the_example_gives_whole_reports_also_for_its_first_month(acme: Path, tmp_path: Path) -> None:
    """Three users, five rows and no earlier month are enough for every page."""
    out = tmp_path / "reports"
    for month in ("2024-05", "2024-04"):
        done = unitcost("report", month, "--config", acme / "report.toml", "--out", out)
        assert done.returncode == 0, done.stderr
        pages = {f"{role}.{kind}" for role in ("cto", "vp-engineering", "cfo") for kind in ("html", "pdf")}
        there = {path.name for path in (out / month).iterdir()}
        assert pages | {"findings.json", "manifest.json", "notebooks"} <= there


def test_totals_of_users_are_enough_as_the_comment_says(acme: Path) -> None:
    """The three lines of the comment in report.toml, taken literally, replace activity.csv."""
    text = (acme / "report.toml").read_text()
    lines = re.findall(r"^#     (month,mau|\d{4}-\d\d,\d+)$", text, re.M)
    assert len(lines) == 3
    (acme / "mau.csv").write_text("\n".join(lines) + "\n")
    text = text.replace('\npath = "activity.csv"', "").replace('# aggregate = "mau.csv"', 'aggregate = "mau.csv"')
    (acme / "report.toml").write_text(text)
    may = values(acme / "report.toml", "2024-05")
    assert (may["mau"], may["mau.paid"]) == ("42318", None)
    assert may["cost_per_user"] == "0.000308379413"


def test_what_is_commented_out_would_be_accepted(acme: Path) -> None:
    """Whoever removes a # gets a working key, not an error."""
    text = (acme / "report.toml").read_text()
    text = re.sub(r"^# (\w+ = |\[\w+\]$)", r"\1", text, flags=re.M).replace('aggregate = "mau.csv"', "")
    (acme / "report.toml").write_text(text)
    shown = {f"{section}.{key}" for section, table in tomllib.loads(text).items() for key in table}
    assert {"report.locale", "costs.product_tag", "costs.environment_tag", "targets.cost_per_user"} <= shown
    assert isinstance(load_config(acme / "report.toml"), Config)


def test_the_example_shows_a_rule_a_pool_and_a_driver(acme: Path) -> None:
    """Each kind of entry of allocation.toml is there once to be copied."""
    rules = load_rules(acme / "allocation.toml")
    assert {rule.owner for rule in rules.rules} == {("product_line", "web"), ("shared", "platform")}
    assert [pool.pool for pool in rules.pools] == ["platform"]
    assert rules.named_drivers() == ("requests", "storage_gb")


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_overwritten_and_nothing_else_written(tmp_path: Path, name: str) -> None:
    """One file of the same name is enough to refuse, before anything is written."""
    (tmp_path / name).write_text("mine")
    with pytest.raises(UsageProblem, match="overwrite") as caught:
        write_starter(tmp_path)
    assert name in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "mine"


def test_a_folder_with_other_files_is_fine_and_a_file_is_not_a_folder(tmp_path: Path) -> None:
    """Only what would be lost is in the way."""
    (tmp_path / "notes.txt").write_text("mine")
    write_starter(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*FILES, "notes.txt"])
    with pytest.raises(UsageProblem, match="is a file"):
        write_starter(tmp_path / "notes.txt")
