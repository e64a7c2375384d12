"""Bad input is refused with place and remedy, or tolerated and counted; it never changes a figure in silence.

The cases are data, in tests/bad_input. Each runs through the command line's own main in a folder of its own.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from material.three_lines import call

from bad_input import company
from bad_input.case import GONE, Accepted, Case, Refused
from bad_input.document import DOCUMENT, document
from bad_input.grid import GRID
from unitcost.analyses.opening import open_company
from unitcost.analyses.quality import inputs as quality

PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2
CASES = {f"{kind}: {case.name}": case for kind, cases in GRID.items() for case in cases}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The company, in the current folder."""
    monkeypatch.chdir(tmp_path)
    company.write(tmp_path)
    yield tmp_path
    (tmp_path / "bills").chmod(0o755)  # what a case has locked must not stay


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


def limit() -> None:
    """End a process that computes for long, and let the superuser, too, be refused files by their permissions."""
    resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
    prctl = ctypes.CDLL(None).prctl
    for right in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        if os.geteuid() == 0 and prctl(PR_CAPBSET_DROP, right, 0, 0, 0):
            raise OSError("the right to pass over permissions cannot be given up")


def within_limits(arguments: list[str]) -> tuple[int, str, str]:
    """Run the command line in a process of its own, which may use five seconds and a gigabyte."""
    with Path("out").open("w+") as out, Path("err").open("w+") as err:
        command = [sys.executable, "-m", "unitcost", *arguments]
        process = subprocess.Popen(command, stdout=out, stderr=err, preexec_fn=limit)  # noqa: PLW1509
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
    where = refused.where.replace("{folder}", folder.name)
    assert re.search(rf"^  where: {re.escape(where)}(?![\w/]|\.gz)", said, re.M), said
    for words in refused.said:
        assert words in said
    assert str(folder) not in said
    assert str(Path.home()) + "/" not in said


# What follows from the same rows, worked by hand in tests of their own.
WORKED_ELSEWHERE = re.compile(
    r"(growth|concentration|levers|candidates|freemium|margin|forecast|anomalies)\.|revenue\.mrr$|target\.gap$"
    r"|cost_per_user\.(.+\.)?(low_method|high_method|marginal)$"
)


def check_figures(accepted: Accepted, out: str) -> None:
    said = json.loads(out)
    found = {name: finding["value"] for name, finding in said["findings"].items()}
    wanted: dict[str, Any] = dict(accepted.figures) if accepted.alone else {**company.FIGURES, **accepted.figures}
    assert said["status"] == accepted.status
    assert {name: found.get(name, GONE) for name in wanted} == wanted
    if accepted.alone:
        return
    bars = {name: found.pop(name) for name in list(found) if name.startswith("bridge.")}
    named = {name for name in found if not WORKED_ELSEWHERE.match(name)}
    assert named == {name for name, value in wanted.items() if value != GONE}
    check_bridge(bars, found["cost_per_user"])
    assert said["findings"]["cost_per_user"]["previous"] == company.PREVIOUS
    opened = open_company(Path("report.toml"))
    counts = {line.what: line.count for line in quality.accepted(opened, accepted.month)}
    assert counts == {**company.COUNTED, **accepted.counted}
    assert [left_out for left_out, _ in opened.marts.repeated] == list(accepted.repeated)


def check_bridge(bars: dict[str, str | None], per_user: str | None) -> None:
    """The bars lead from April's value to May's, and none is known where that is not."""
    total = bars.pop("bridge.total")
    assert len(bars) == 11
    if per_user is None:
        assert {total, *bars.values()} == {None}
        return
    assert Decimal(str(total)) == Decimal(per_user) - Decimal(company.PREVIOUS)
    assert sum(Decimal(str(value)) for value in bars.values()) == Decimal(str(total))


def test_the_company_itself_has_the_figures_worked_out() -> None:
    """Without a flaw: what every case is compared with."""
    code, out, err = call("findings", company.MONTH, "--json", "--config", "report.toml")
    assert code == 0, err
    check_figures(Accepted(), out)
    found = json.loads(out)["findings"]
    assert found["bridge.unquantified"]["value"] == "5.25"  # 30.25 - 25: no row has a SKU or a quantity


def test_the_grid_is_large_and_no_case_hides_another() -> None:
    """Every kind of flaw has its cases, each with a name of its own."""
    assert len(CASES) == sum(map(len, GRID.values()))
    assert len(CASES) >= 240


def test_the_document_lists_the_grid() -> None:
    """tests/bad_input/expected.md is what `python -m tests.bad_input` writes."""
    assert DOCUMENT.read_text("utf-8") == document()


PUBLISHED = (
    "Bills: columns: no column BilledCost",
    "Bills: tags: Tags holds `product=search`",
    "Activity: requests holds `-1`",
    "Subscriptions: two periods of a user overlap",
    "Counts in place of users: mau holds `1.5`",
    "Exchange rates: two rates for one month",
    "Invoices: amount holds `abc`",
    "Money: refused: `NaN`",
    "Times: periods: an end before the start",
    "CSV: quotes: a quote that is never closed",
    "CSV: characters: a NUL byte",
    "Archives: cut after 60 bytes",
    "Parquet: files: cut in the middle",
    "Files: patterns, links, folders: a link to nowhere",
    "TOML: report: [report] min_users = 0",
    "TOML: allocation: two owners",
)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the company has published before anything was spoilt."""
    folder = tmp_path_factory.mktemp("published")
    company.write(folder)
    code, _, err = call("report", company.MONTH, "--config", folder / "report.toml", "--out", folder / "out")
    assert code == 0, err
    return folder / "out"


@pytest.mark.parametrize("name", PUBLISHED)
def test_bad_input_leaves_what_is_published_as_it_is(name: str, folder: Path, published: Path) -> None:
    """`unitcost report` fails as `findings` does, and not a byte and not a link has changed."""
    case = CASES[name]
    assert isinstance(case.outcome, Refused)
    before = everything(published)
    case.change(folder)
    code, out, err = call("report", company.MONTH, "--config", "report.toml", "--out", published)
    check_refusal(case.outcome, code, out, err, folder)
    assert everything(published) == before


def everything(folder: Path) -> dict[str, bytes | str]:
    """Every path below a folder, with its bytes or where it leads."""
    return {
        str(path.relative_to(folder)): str(path.readlink())
        if path.is_symlink()
        else (path.read_bytes() if path.is_file() else "folder")
        for path in sorted(folder.rglob("*"))
    }
