"""`growth`: the same company at a hundredth, a tenth and all of its rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from benchmarks import cold, table
from benchmarks.company import company, plan
from benchmarks.measure import Usage
from benchmarks.options import Options
from benchmarks.table import Result, Step

ROWS = 100_000_000
MONTHS = 5
EXPONENT, MEMORY = 1.05, 4_000_000_000


def run(options: Options) -> None:
    """Measure and print how time grows with rows, the highest memory, and what was left behind."""
    most = options.rows or ROWS
    plans = [plan(most // part, MONTHS, money=options.money, tags=options.tags) for part in (100, 10, 1)]
    folders = [company(options.data, f"scan-{each.rows}-{each.money}-{each.tags}", each) for each in plans]
    ours: dict[int, list[cold.Cold]] = {each.rows: [] for each in plans}

    def findings(number: int) -> Callable[[], Usage]:
        def step() -> Usage:
            done = ours[plans[number].rows]
            done.append(cold.findings(folders[number] / "report.toml", plans[number].month))
            return done[-1].usage

        return step

    usages = table.rounds(options.rounds or 1, *(findings(number) for number in range(len(plans))))
    steps = [
        Step(f"findings, {rows:,} + {rows:,} rows", done[-1].command, used)
        for (rows, done), used in zip(ours.items(), usages, strict=True)
    ]
    left = sorted({name for done in ours.values() for each in done for name in each.left})
    kept = Result("left in the temporary folder", ", ".join(left)[:200] or "nothing", "nothing", not left)
    table.show(f"growth, to {most:,} + {most:,} rows", steps, [*_growth(steps, list(ours)), _memory(steps), kept])


def _growth(steps: Sequence[Step], rows: Sequence[int]) -> Sequence[Result]:
    found = []
    for what, value in (("wall", table.wall), ("CPU", table.cpu)):
        times = [step.median(value) for step in steps]
        exponent = fitted_exponent(rows, times)
        last = fitted_exponent(rows[-2:], times[-2:])
        figure = f"{exponent:.3f} over all, {last:.3f} over the last step"
        goal = f"<= {EXPONENT}"
        found.append(Result(f"exponent of {what} time over rows", figure, goal, max(exponent, last) <= EXPONENT))
    return found


def _memory(steps: Sequence[Step]) -> Result:
    peak = max(step.median(table.tree) for step in steps)
    return Result("peak of the tree", f"{peak / 1e9:.2f} GB", f"<= {MEMORY / 1e9:.0f} GB", peak <= MEMORY)


def fitted_exponent(sizes: Sequence[float], times: Sequence[float]) -> float:
    """Return the slope of the straight line through the logarithms, by least squares."""
    x, y = [math.log(size) for size in sizes], [math.log(time) for time in times]
    middle_x, middle_y = sum(x) / len(x), sum(y) / len(y)
    across = sum((a - middle_x) * (b - middle_y) for a, b in zip(x, y, strict=True))
    return across / sum((a - middle_x) ** 2 for a in x)
