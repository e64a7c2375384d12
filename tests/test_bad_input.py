"""Bad input is refused with place and remedy, or tolerated and counted; it never changes a figure in silence.

The cases are data, in tests/bad_input. Each runs through the command line's own main in a folder of its own.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from bad_input import company
from bad_input.case import GONE, Accepted, Case, Refused
from bad_input.grid import GRID
from three_lines import call

from unitcost.company import Company
from unitcost.facts import tolerances

CASES = {f"{kind}: {case.name}": case for kind, cases in GRID.items() for case in cases}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The company, in the current folder."""
    monkeypatch.chdir(tmp_path)
    company.write(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", CASES)
def test_bad_input_has_the_outcome_that_was_decided(name: str, folder: Path) -> None:
    """What is refused names code, place, cause and remedy; what is accepted has exactly the figures worked out."""
    case = CASES[name]
    case.change(folder)
    code, out, err = run(case)
    if isinstance(case.outcome, Refused):
        check_refusal(case.outcome, code, out, err, folder)
    else:
        assert code == 0, err
        check_figures(case.outcome, out)


def run(case: Case) -> tuple[int, str, str]:
    month = case.outcome.month if isinstance(case.outcome, Accepted) else company.MONTH
    arguments = [case.verb] if case.verb == "check" else [case.verb, month, "--json"]
    arguments += ["--config", "report.toml"]
    return within_limits(arguments) if case.apart else call(*arguments)


def within_limits(arguments: list[str]) -> tuple[int, str, str]:
    """Run the command line in a process of its own, which may use five seconds and a gigabyte."""
    with Path("out").open("w+") as out, Path("err").open("w+") as err:
        process = subprocess.Popen([sys.executable, "-m", "unitcost", *arguments], stdout=out, stderr=err)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = [(file.seek(0), file.read())[1] for file in (out, err)]
    assert used.ru_utime + used.ru_stime < 5
    assert used.ru_maxrss < 1 << 20  # kibibytes
    return process.returncode, texts[0], texts[1]


def check_refusal(refused: Refused, code: int, out: str, err: str, folder: Path) -> None:
    assert (code, out) == (refused.code, ""), err
    assert "Traceback" not in err
    said = err[err.index("unitcost: ") :]
    assert len(said.strip().splitlines()) <= 15
    assert max(map(len, said.splitlines())) <= 420
    assert re.search(r"^  fix:   \S", said, re.M), said
    assert re.search(rf"^  where: {re.escape(refused.where)}(?![\w/.])", said, re.M), said
    for words in refused.said:
        assert words in said
    assert str(folder) not in said
    assert str(Path.home()) + "/" not in said


def check_figures(accepted: Accepted, out: str) -> None:
    said = json.loads(out)
    found = {name: finding["value"] for name, finding in said["findings"].items()}
    wanted: dict[str, Any] = dict(accepted.figures) if accepted.alone else {**company.FIGURES, **accepted.figures}
    assert said["status"] == accepted.status
    assert {name: found.get(name, GONE) for name in wanted} == wanted
    if accepted.alone:
        return
    assert found.keys() == {name for name, value in wanted.items() if value != GONE}
    assert said["findings"]["cost_per_user"]["previous"] == company.PREVIOUS
    opened = Company.open(Path("report.toml"))
    counts = {line["what"]: line["count"] for line in tolerances(opened, accepted.month)}
    assert counts == {**company.COUNTED, **accepted.counted}
    assert [left_out for left_out, _ in opened.marts.repeated] == list(accepted.repeated)


def test_the_company_itself_has_the_figures_worked_out(folder: Path) -> None:
    """Without a flaw: what every case is compared with."""
    code, out, err = call("findings", company.MONTH, "--json", "--config", "report.toml")
    assert code == 0, err
    check_figures(Accepted(), out)
