"""`csv`: one large CSV.gz bill with all its columns, against the engine's own reader and the columns that matter."""

from __future__ import annotations

from statistics import median

from benchmarks import bills, chance, cold, table
from benchmarks.company import Plan, company
from benchmarks.measure import Usage, python
from benchmarks.options import Options
from benchmarks.table import Result, Step

ROWS = 2_000_000
FACTOR = 2.0


def run(options: Options) -> None:
    """Measure and print."""
    rows = options.rows or ROWS
    users = max(50, rows // 100)
    wanted = Plan(
        rows,
        max(50, rows // 10),
        chance.months("2024-05", 1),
        users,
        users,
        columns=bills.FULL,
        suffix=".csv.gz",
        providers=1,
    )
    folder = company(options.data, f"csv-{rows}", wanted)
    scan = python("-m", "benchmarks.bare_scan", folder)
    ours: list[cold.Cold] = []

    def findings() -> Usage:
        ours.append(cold.findings(folder / "report.toml", wanted.month))
        return ours[-1].usage

    usages = table.rounds(options.rounds or 3, lambda: cold.alone(scan), findings)
    steps = [Step("bare scan", scan, usages[0]), Step("findings, cold", ours[-1].command, usages[1])]
    found = []
    for what, value in (("wall", table.wall), ("CPU", table.cpu)):
        times = table.ratios(steps[1], steps[0], value)
        met = median(times) <= FACTOR
        found.append(Result(f"findings / bare scan, {what}", f"{table.spread(times)} x", f"<= {FACTOR} x", met))
    table.show(f"csv, {rows:,} rows of {len(bills.FULL)} columns", steps, found)
