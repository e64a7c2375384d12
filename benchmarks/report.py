"""`report`: three reports of 36 months, HTML and PDF, against three notebooks with pandas as analysts write them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from benchmarks import bills, chance, cold, table
from benchmarks.browser import SETTING, browsers_folder
from benchmarks.company import Plan, company
from benchmarks.measure import Command, Failed, Usage, measured, scratch_folder
from benchmarks.options import Options
from benchmarks.table import Result, Step

ROWS = 1_014_642
ACTIVITY = 5_029_012
MONTHS = 36
USERS, REGISTERED = 20_000, 60_000
REPEATED = 40  # rows a month that the bill holds twice
TIMES, MEMORY_TIMES = 7, 4
ROLES = ("cto", "vp_engineering", "cfo")


def run(options: Options) -> None:
    """Measure and print; without a browser, or if told so, the notebooks' side makes no PDF, and says so."""
    wanted = _plan(options.rows or ROWS)
    folder = company(options.data, f"report-{wanted.rows}", wanted)
    ours: list[cold.Cold] = []

    def report() -> Usage:
        ours.append(cold.report(folder / "report.toml", wanted.month))
        return ours[-1].usage

    with scratch_folder() as scratch:
        lacking = browsers_folder(scratch / "browsers") if options.pdf else "left out as asked"
        notebooks: list[Command] = []

        def obvious() -> Usage:
            usage, command = _obvious(folder, wanted.month, scratch / "browsers" if lacking is None else None)
            notebooks.append(command)
            return usage

        usages = table.rounds(options.rounds or 3, obvious, report)
    steps = [Step("three notebooks", notebooks[-1], usages[0]), Step("report, cold", ours[-1].command, usages[1])]
    name = f"report, {wanted.rows:,} + {wanted.activity:,} rows, {MONTHS} months"
    if lacking is not None:
        print(f"report: the notebooks make no PDF, ours do: {lacking}", file=sys.stderr)
        name += ", NOTEBOOKS WITHOUT PDF"
    table.show(name, steps, _results(*steps))


def _plan(rows: int) -> Plan:
    part = rows / ROWS
    return Plan(
        rows,
        max(MONTHS, int(ACTIVITY * part)),
        chance.months("2024-05", MONTHS),
        max(50, int(USERS * part)),
        max(50, int(REGISTERED * part)),
        columns=bills.USUAL,
        money="double",
        driver="whole",
        suffix=".csv",
        providers=1,
        repeated=REPEATED if rows >= ROWS else 0,
    )


def _obvious(folder: Path, month: str, browsers: Path | None) -> tuple[Usage, Command]:
    """Run the notebooks as one job; every file it should make must be there in the end."""
    with scratch_folder() as scratch:
        out = scratch / "out"
        out.mkdir()
        # Jupyter's own caches and histories are no part of anybody's home here.
        environment = {
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath))),
            "TMPDIR": str(scratch / "tmp"),
            "IPYTHONDIR": str(scratch / "tmp" / "ipython"),
        }
        kinds = ["ipynb", "html"]
        job = ["/bin/sh", "benchmarks/obvious/run.sh", str(folder), str(out), month]
        if browsers is not None:
            environment[SETTING] = str(browsers)
            kinds.append("pdf")
            job.append("webpdf")
        usage = measured(Command(tuple(job), environment), scratch)
        missing = [f"{role}.{kind}" for role in ROLES for kind in kinds if not (out / f"{role}.{kind}").exists()]
        if missing:
            raise Failed(f"the notebooks did not make {', '.join(missing)}")
        shown = {name: value for name, value in environment.items() if name != "PATH"}
        return usage, Command(tuple(job), shown)


def _results(notebooks: Step, ours: Step) -> Sequence[Result]:
    goals: tuple[tuple[str, Callable[[Usage], float], int], ...] = (
        ("wall", table.wall, TIMES),
        ("CPU", table.cpu, TIMES),
        ("peak of the tree", table.tree, MEMORY_TIMES),
        ("largest process", table.largest, 0),
    )
    found = []
    for what, value, times in goals:
        parts = table.ratios(notebooks, ours, value)
        goal, met = (f"<= 1/{times}", median(parts) >= times) if times else ("", None)
        found.append(Result(f"report / three notebooks, {what}", f"1/{table.spread(parts, 1)}", goal, met))
    return found
