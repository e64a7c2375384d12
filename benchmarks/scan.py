"""`scan`: the findings of a month with nothing prepared, against one look at the same values."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from benchmarks import table
from benchmarks.company import company, plan
from benchmarks.measure import Command, Usage, measured, python, scratch_folder, unitcost
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
    lines: dict[str, Command] = {}

    def findings() -> Usage:
        usage, lines["findings"] = cold_findings(config, wanted.month)
        return usage

    alone(scan)
    usages = table.rounds(options.rounds or 3, lambda: alone(scan), findings, lambda: alone(reader))
    steps = [
        Step("bare scan", scan, usages[0]),
        Step("findings, cold", lines["findings"], usages[1]),
        Step("second reader alone", reader, usages[2]),
    ]
    name = f"scan, {wanted.rows:,} + {wanted.activity:,} rows, {wanted.money}, {wanted.tags}"
    table.show(name, steps, results(*steps))


def cold_findings(config: Path, month: str) -> tuple[Usage, Command]:
    """Return what the findings took with an empty cache, which is gone afterwards."""
    with scratch_folder() as scratch:
        command = unitcost("findings", month, "--config", config, cache=scratch / "cache", temporary=scratch / "tmp")
        return measured(command, scratch), command


def alone(command: Command) -> Usage:
    """Return what a command took that needs no folder."""
    with scratch_folder() as scratch:
        return measured(command, scratch)


def results(scan: Step, findings: Step, reader: Step) -> list[Result]:
    """Return the ratios of each round, and how much of what the goal allows was taken."""
    found = []
    for what, value in (("wall", table.wall), ("CPU", table.cpu)):
        shares = [
            value(ours) / (FACTOR * value(bare) + SECONDS)
            for ours, bare in zip(findings.usages, scan.usages, strict=True)
        ]
        figure = f"{table.spread(table.ratios(findings, scan, value))} x, {table.spread(shares)} of the goal"
        met = median(shares) <= 1
        found.append(Result(f"findings / bare scan, {what}", figure, f"<= {FACTOR} x + {SECONDS:.0f} s", met))
    peak = findings.median(table.tree)
    goal = f"<= {MEMORY / 1e9} GB"
    found.append(Result("findings, peak of the tree", f"{peak / 1e9:.2f} GB", goal, peak <= MEMORY))
    for what, value in (("wall", table.wall), ("CPU", table.cpu)):
        share = table.spread(table.ratios(reader, scan, value))
        found.append(Result(f"second reader / bare scan, {what}", f"{share} x"))
    return found
