"""`change`: a month of 36 changes, or nothing does, against building everything."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks import chance, table
from benchmarks.company import SEED, Plan, company, plan, write_month
from benchmarks.measure import Command, Usage, measured, scratch_folder, unitcost
from benchmarks.options import Options
from benchmarks.table import Result, Step

ROWS = 10_000_000
MONTHS = 36
PART, SECONDS = 25, 2.0

Snapshot = dict[str, tuple[int, int]]


def run(options: Options) -> None:
    """Measure and print: build all, change the last month's bills and activity and build, then change nothing."""
    wanted = plan(options.rows or ROWS, MONTHS, money=options.money, tags=options.tags)
    folder = company(options.data, f"change-{wanted.rows}-{wanted.money}-{wanted.tags}", wanted)
    usages: list[tuple[Usage, Usage, Usage]] = []
    written: set[str] = set()
    for _ in range(options.rounds or 3):
        with scratch_folder() as scratch:
            own = _own_copy(folder, scratch / "company")
            cache = scratch / "cache"
            command = unitcost(
                "findings", wanted.month, "--config", own / "report.toml", cache=cache, temporary=scratch / "tmp"
            )
            usages.append(_three(command, own, wanted, scratch, written))
    names = ("build all", "one month changed", "nothing changed")
    columns = zip(*usages, strict=True)
    steps = [Step(name, command, column) for name, column in zip(names, columns, strict=True)]
    table.show(f"change, {wanted.rows:,} + {wanted.activity:,} rows, {MONTHS} months", steps, _results(steps, written))


def _three(command: Command, own: Path, wanted: Plan, scratch: Path, written: set[str]) -> tuple[Usage, Usage, Usage]:
    every = measured(command, scratch)
    _change(own, wanted)
    one = measured(command, scratch)
    before = snapshot(scratch / "cache")
    nothing = measured(command, scratch)
    after = snapshot(scratch / "cache")
    written |= {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    return every, one, nothing


def _own_copy(folder: Path, target: Path) -> Path:
    """Return a copy of a company made of links: what is changed there is replaced, never written over."""
    shutil.copytree(folder, target, copy_function=os.link)
    return target


def _change(own: Path, wanted: Plan) -> None:
    for path in (*own.glob(f"bills/{wanted.month}*"), *own.glob(f"activity/{wanted.month}*")):
        path.unlink()
    with chance.generator(SEED + 1) as con:
        write_month(con, own, wanted, wanted.month)


def snapshot(folder: Path) -> Snapshot:
    """Return size and time of the last change of everything in a folder, folders included."""
    return {
        str(path.relative_to(folder)): (path.lstat().st_size, path.lstat().st_mtime_ns)
        for path in (folder, *folder.rglob("*"))
    }


def _results(steps: Sequence[Step], written: set[str]) -> list[Result]:
    every, one, nothing = steps
    found = []
    for what, value in (("wall", table.wall), ("CPU", table.cpu)):
        parts = [1 / ratio for ratio in table.ratios(one, every, value)]
        figure = f"1/{table.spread(parts, 1)}"
        found.append(Result(f"one month changed / build all, {what}", figure, f"<= 1/{PART}", median(parts) >= PART))
    for what, value in (("wall", table.wall), ("CPU", table.cpu)):
        seconds = nothing.median(value)
        goal = f"<= {SECONDS:.0f} s"
        found.append(Result(f"nothing changed, {what}", f"{seconds:.2f} s", goal, seconds <= SECONDS))
    names = ", ".join(sorted(written))[:200] or "nothing"
    found.append(Result("written to the cache when nothing changed", names, "nothing", not written))
    return found
