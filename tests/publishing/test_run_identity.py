"""The same content in other files, order, format, folder or environment is the same run; other content is another."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from material import forms
from material.three_lines import call

from unitcost.analyses.opening import open_company
from unitcost.publishing import run_id as identity

ENVIRONMENTS = {
    "zone": {"TZ": "Asia/Kathmandu"},
    "summer time": {"TZ": "America/New_York", "LANG": "C"},
    "locale": {"LANG": "de_DE.UTF-8", "LC_ALL": "C.UTF-8"},
    "hash seed": {"PYTHONHASHSEED": "4711"},
    "one core": {"OMP_NUM_THREADS": "1"},
}
ON_ONE_CORE = (
    "import os, runpy; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))]);"
    " runpy.run_module('unitcost', run_name='__main__')"
)


def run_id(config: Path) -> str:
    company = open_company(config)
    return identity.run_id(company, "2024-05", scenario="base", status="final", roles=identity.roles())


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str]:
    """What `findings --json` says of the company in its plain form."""
    config = forms.write(tmp_path_factory.mktemp("forms") / "plain")
    code, out, _ = call("findings", "2024-05", "--config", config, "--json")
    assert code == 0
    assert '"run_id"' in out
    return code, out


@pytest.mark.parametrize("name", forms.FORMS)
def test_a_form_of_the_same_content_is_the_same_run(name: str, plain: tuple[int, str], tmp_path: Path) -> None:
    """Neither order nor splitting, packing, line ends, names, folders, types or format change a byte."""
    assert call("findings", "2024-05", "--config", forms.write(tmp_path / "other", name), "--json")[:2] == plain


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_no_environment_changes_a_byte(name: str, plain: tuple[int, str], tmp_path: Path) -> None:
    """Time zone, locale, hash seed, number of threads and working folder leave the numbers and the identity alone."""
    config = forms.write(tmp_path / "käse und brot" / "other")
    here = tmp_path / "elsewhere"
    here.mkdir()
    program = ["-c", ON_ONE_CORE] if name == "one core" else ["-m", "unitcost"]
    command = [sys.executable, *program, "findings", "2024-05", "--config", str(config), "--json"]
    environment = {**os.environ, **ENVIRONMENTS[name], "UNITCOST_CACHE": str(tmp_path / "cache")}
    done = subprocess.run(command, cwd=here, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == plain


def test_two_forms_give_the_same_pages(tmp_path: Path) -> None:
    """Every file of a set is the same to the last byte, whatever the bills came in."""
    sets = []
    for name in ("plain", "parquet double", "split and packed"):
        config, out = forms.write(tmp_path / name / "company", name), tmp_path / name / "out"
        assert call("report", "2024-05", "--config", config, "--out", out)[0] == 0
        folder = out / "2024-05"
        sets.append({str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()})
        shutil.rmtree(out)
    assert len(sets[0]) >= 10
    assert sets[1] == sets[0]
    assert sets[2] == sets[0]


def test_other_content_is_another_run(tmp_path: Path) -> None:
    """One letter or one user more makes another identity; what is booked in a later month does not."""
    config = forms.write(tmp_path / "plain")
    before = run_id(config)
    bill = config.parent / "bill.csv"
    text = bill.read_text("utf-8")
    bill.write_text(text.replace("S3", "S4", 1), "utf-8")
    assert run_id(config) != before
    head, first, *lines = text.splitlines()
    bill.write_text("\n".join([head, first, *lines, _later(first)]) + "\n", "utf-8")
    assert run_id(config) == before
    bill.write_text(text, "utf-8")
    with (config.parent / "activity.csv").open("a") as file:
        file.write("2024-05-30,u99,web,1\n")
    assert run_id(config) != before


def _later(line: str) -> str:
    return line.replace("2024-06", "2024-07").replace("2024-05", "2024-06").replace("2024-04", "2024-06")
