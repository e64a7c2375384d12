"""`scan`: the findings of a month with nothing prepared, against one look at the same values."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from benchmarks import cold, table
from benchmarks.company import company, plan
from benchmarks.measure import Usage, python
from benchmarks.options import Options
from benchmarks.table import Result, Step

ROWS = 10_000_000
MONTHS = 5
FACTOR, SECONDS, MEMORY = 2.0, 2.0, 1_500_000_000


def run(options: Options) -> None:
    """Measure and print. The second reader is a part of the findings and has a line of its own besides."""
    wanted = plan(options.rows or ROWS, MONTHS, money=options.money, tags=options.tags)
    folder = company(options.data, f"scan-{wanted.rows}-{wanted.money}-{wanted.tags}", wanted)
    config = folder / "report.toml"
    scan = python("-m", "benchmarks.bare_scan", folder)
    reader = python("-m", "benchmarks.second_reader", config, "1")
    ours: list[cold.Cold] = []

    def findings() -> Usage:
        ours.append(cold.findings(config, wanted.month))
        return ours[-1].usage

    usages = table.rounds(options.rounds or 3, lambda: cold.alone(scan), findings, lambda: cold.alone(reader))
    steps = [
        Step("bare scan", scan, usages[0]),
        Step("findings, cold", ours[-1].command, usages[1]),
        Step("second reader alone", reader, usages[2]),
    ]
    name = f"scan, {wanted.rows:,} + {wanted.activity:,} rows, {wanted.money}, {wanted.tags}"
    table.show(name, steps, [*_time(*steps[:2]), _memory(steps[1]), *_reader(steps[2], steps[0])])


def _time(scan: Step, findings: Step) -> Sequence[Result]:
    """Return the ratios of each round, and how much of what the goal allows was taken."""
    found = []
    for what, value in (("wall", table.wall), ("CPU", table.cpu)):
        allowed = [FACTOR * value(usage) + SECONDS for usage in scan.usages]
        shares = [value(usage) / most for usage, most in zip(findings.usages, allowed, strict=True)]
        figure = f"{table.spread(table.ratios(findings, scan, value))} x, {table.spread(shares)} of the goal"
        goal = f"<= {FACTOR} x + {SECONDS:.0f} s"
        found.append(Result(f"findings / bare scan, {what}", figure, goal, median(shares) <= 1))
    return found


def _memory(findings: Step) -> Result:
    peak = findings.median(table.tree)
    return Result("findings, peak of the tree", f"{peak / 1e9:.2f} GB", f"<= {MEMORY / 1e9} GB", peak <= MEMORY)


def _reader(reader: Step, scan: Step) -> Sequence[Result]:
    return [
        Result(f"second reader / bare scan, {what}", f"{table.spread(table.ratios(reader, scan, value))} x")
        for what, value in (("wall", table.wall), ("CPU", table.cpu))
    ]
