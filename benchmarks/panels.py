"""`panels`: `unitcost experiment --by` over many series alone and over many panels with controls."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from benchmarks import measure, table
from benchmarks.measure import Command, Usage
from benchmarks.options import Options
from benchmarks.table import Result, Step

TIMES, START, CONTROLS = 100, 70, 10
SERIES, PANELS = 900, 80
SERIES_SECONDS, PANEL_SECONDS = 300, 180


def run(options: Options) -> None:
    """Measure and print the time of each file; `--rows` bounds the rows of each."""
    most = options.rows or SERIES * TIMES
    series = min(SERIES, max(1, most // TIMES))
    panels = min(PANELS, max(1, most // (TIMES * (CONTROLS + 1))))
    asked = [
        (f"{series} series of {TIMES}", _file(options.data, series, 0), SERIES_SECONDS, ("--covariates", "x")),
        (f"{panels} panels of {CONTROLS + 1} x {TIMES}", _file(options.data, panels, CONTROLS), PANEL_SECONDS, ()),
    ]
    commands = [_command(path, *more) for _, path, _, more in asked]
    usages = table.rounds(options.rounds or 1, *map(_measuring, commands))
    steps = [Step(one[0], command, used) for one, command, used in zip(asked, commands, usages, strict=True)]
    results = [
        Result(
            f"{step.name}, CPU", f"{step.median(table.cpu):.1f} s", f"<= {one[2]} s", step.median(table.cpu) <= one[2]
        )
        for one, step in zip(asked, steps, strict=True)
    ]
    table.show("panels", steps, results)


def _command(path: Path, *more: str) -> Command:
    columns = ("--unit", "unit", "--time", "time", "--outcome", "y", "--by", "case")
    change = ("--treated", "u0", "--start", str(START))
    return measure.python("-m", "unitcost", "experiment", path, *columns, *change, *more, "--json")


def _measuring(command: Command) -> Callable[[], Usage]:
    def step() -> Usage:
        with measure.scratch_folder() as scratch:
            return measure.measured(command, scratch)

    return step


def _file(folder: Path, cases: int, controls: int) -> Path:
    """AR(1) series around a common trend, with a step of the first unit; written once."""
    path = folder / f"panels-{cases}-{controls}.csv"
    if path.exists():
        return path
    chance = random.Random(cases * 100 + controls)
    lines = ["case,unit,time,y,x"]
    for case in range(cases):
        common = [100 + 0.1 * time + chance.gauss(0, 1) for time in range(TIMES)]
        for unit in range(controls + 1):
            error = 0.0
            for time in range(TIMES):
                error = 0.5 * error + chance.gauss(0, 1)
                step = 5 if unit == 0 and time >= START else 0
                lines.append(f"{case},u{unit},{time},{common[time] + error + step:.6f},{common[time]:.6f}")
    path.write_text("\n".join(lines) + "\n")
    return path
