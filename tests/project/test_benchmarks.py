"""The benchmarks run, print their tables and measure what they say; how fast anything is, is not asserted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from material.places import ROOT

from benchmarks import company, growth, measure, table

OBVIOUS = sorted((ROOT / "benchmarks" / "obvious").glob("*.ipynb"))


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """`python -m benchmarks …`."""
    command = [sys.executable, "-m", "benchmarks", *(str(argument) for argument in arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def rows_of(printed: str) -> list[list[str]]:
    """The cells of the rows of results, without head and rule."""
    lines = [line for line in printed.splitlines() if line.startswith("| ")]
    start = next(n for n, line in enumerate(lines) if line.startswith("| benchmark "))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[start + 1 :]]


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("scan", {"findings / bare scan, wall", "findings, peak of the tree", "second reader / bare scan, CPU"}),
        ("growth", {"exponent of CPU time over rows", "left in the temporary folder"}),
        ("csv", {"findings / bare scan, CPU"}),
        ("change", {"one month changed / build all, CPU", "written to the cache when nothing changed"}),
    ],
)
def test_a_benchmark_prints_its_table_and_the_commands(name: str, figures: set[str], tmp_path: Path) -> None:
    """Every figure is in the table, every step is named with its command line, and nothing but data is left."""
    done = run(name, "--rows", "2000", "--rounds", "1", "--data", tmp_path)
    assert done.returncode == 0, done.stderr
    rows = rows_of(done.stdout)
    assert figures <= {row[1] for row in rows}
    assert all(row[0].startswith(f"{name}, ") and row[2] for row in rows)
    assert ".venv/bin/python -m unitcost findings 2024-05 --config" in done.stdout
    kept = {"written to the cache when nothing changed", "left in the temporary folder"}
    assert {row[2] for row in rows if row[1] in kept} <= {"nothing"}
    assert all((path / company.MADE).exists() for path in tmp_path.iterdir())


def test_panels_are_measured_and_written_once(tmp_path: Path) -> None:
    """Both files of panels are timed, and a second call makes nothing new."""
    done = run("panels", "--rows", "1100", "--rounds", "1", "--data", tmp_path)
    assert done.returncode == 0, done.stderr
    assert {row[1] for row in rows_of(done.stdout)} == {"11 series of 100, CPU", "1 panels of 11 x 100, CPU"}
    assert ".venv/bin/python -m unitcost experiment" in done.stdout
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.long
def test_reports_are_measured_against_notebooks(tmp_path: Path) -> None:
    """Three notebooks run, are converted, and stand beside our reports; a PDF that could not be made is told."""
    done = run("report", "--rows", "2000", "--rounds", "1", "--data", tmp_path)
    assert done.returncode == 0, done.stderr
    assert {"report / three notebooks, wall", "report / three notebooks, peak of the tree"} <= {
        row[1] for row in rows_of(done.stdout)
    }
    assert ("WITHOUT PDF" in done.stdout) == ("make no PDF" in done.stderr)


def test_a_month_that_cannot_be_measured_is_an_error(tmp_path: Path) -> None:
    """A command that fails is named with what it said; its time is no figure."""
    command = measure.python("-c", "import sys; sys.exit('no such thing')")
    with pytest.raises(measure.Failed, match=r"(?s)exit 1.*no such thing"):
        measure.measured(command, tmp_path)


def test_everything_a_command_starts_is_counted(tmp_path: Path) -> None:
    """A child that nobody waits for takes half a second of CPU and 150 MB, and both are seen."""
    child = "import time; held = bytearray(b'x') * 150_000_000\nwhile time.process_time() < 0.5: pass\ntime.sleep(0.5)"
    parent = (
        "import os, subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}], stdout=subprocess.PIPE)\n"
        "child.stdout.read()\n"
        "os._exit(0)"
    )
    usage = measure.measured(measure.python("-c", parent), tmp_path)
    assert usage.cpu >= 0.45
    assert usage.tree >= 150_000_000
    assert usage.tree >= usage.largest >= 150_000_000
    assert usage.wall >= 1


def test_the_exponent_is_that_of_the_times() -> None:
    """3·n^1.5 has the exponent 1.5, n the exponent 1."""
    assert growth.fitted_exponent([100, 10_000], [3_000, 3_000_000]) == pytest.approx(1.5)
    assert growth.fitted_exponent([1, 10, 100], [5, 50, 500]) == pytest.approx(1)


def test_ratios_are_formed_in_each_round() -> None:
    """10/5 and 9/3, not 19/8."""
    first, second = ([measure.Usage(wall, 1, 1, 1, "") for wall in walls] for walls in ((10, 9), (5, 3)))
    nobody = measure.Command(("true",))
    above, below = table.Step("a", nobody, first), table.Step("b", nobody, second)
    assert table.ratios(above, below, table.wall) == [2, 3]
    assert table.spread([2, 3]) == "2.50 (2.00 to 3.00)"


def test_the_same_plan_gives_the_same_rows_whatever_the_threads(tmp_path: Path) -> None:
    """Rows are made from their number; the bills have what bills have, in all months asked for."""
    wanted = company.plan(30_000, 2, tags="map", money="text")
    sums = []
    for threads in (1, 4):
        folder = tmp_path / str(threads)
        (folder / "bills").mkdir(parents=True)
        (folder / "activity").mkdir()
        done = subprocess.run(
            [sys.executable, "-c", WRITE.format(threads=threads, folder=str(folder))],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        con = duckdb.connect()
        found = con.execute(
            "select count(*), sum(hash(b)), count(distinct ServiceName), count(distinct SubAccountName),"
            " count(*) filter (EffectiveCost::decimal(38,10) < 0) > 0,"
            " list(distinct ChargeCategory order by ChargeCategory)"
            f" from read_parquet('{folder}/bills/*') as b"
        ).fetchall()
        found += con.execute(f"select count(*), sum(hash(a)) from read_parquet('{folder}/activity/*') as a").fetchall()
        sums.append(found)
    assert sums[0] == sums[1]
    rows, _, services, accounts, negative, categories = sums[0][0]
    assert (rows, services, negative) == (wanted.rows, 40, True)
    assert 20 <= accounts <= 30
    assert categories == ["Adjustment", "Credit", "Purchase", "Tax", "Usage"]
    assert sums[0][1][0] == wanted.activity


WRITE = """
import duckdb
from pathlib import Path
from benchmarks import company
connect = duckdb.connect
duckdb.connect = lambda: connect(config={{"threads": {threads}}})
company.write(Path({folder!r}), company.plan(30_000, 2, tags="map", money="text"), company.SEED)
"""


@pytest.mark.parametrize("path", OBVIOUS, ids=lambda path: path.name)
def test_the_obvious_notebooks_are_kept_without_outputs(path: Path) -> None:
    """Nothing executed, each complete in itself."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert sum("parameters" in cell["metadata"].get("tags", []) for cell in cells) == 1
    assert sum("plt.show()" in "".join(cell["source"]) for cell in code) == 5


def test_there_are_three_obvious_notebooks_that_can_be_started() -> None:
    """One a reader, and the script that runs them."""
    assert [path.stem for path in OBVIOUS] == ["cfo", "cto", "vp_engineering"]
    assert os.access(ROOT / "benchmarks" / "obvious" / "run.sh", os.X_OK)
