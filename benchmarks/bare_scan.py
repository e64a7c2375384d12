"""The floor: DuckDB alone looks at every value of the bills and the activity. `python -m benchmarks.bare_scan FOLDER`.

Numbers are added up, of times, texts and tags the greatest is taken. Nothing is kept.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb

from benchmarks.bills import NARROW
from benchmarks.chance import text

# What the findings look at in a bill of many columns.
NEEDED = (*NARROW, "InvoiceIssuerName", "PublisherName")
# A bill without types, in CSV: what these columns hold; all others are texts.
MONEY = {"BilledCost", "EffectiveCost"}
TIMES = {"BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd"}
NUMBERS = ("DECIMAL", "DOUBLE", "BIGINT", "INTEGER")


def scan(con: duckdb.DuckDBPyConnection, source: str, only: Sequence[str] = ()) -> tuple[object, ...]:
    """Return one value of every column (or of the columns `only`) of a table function."""
    columns = con.execute(f"describe from {source}").fetchall()
    chosen = [_aggregate(name, kind) for name, kind, *_ in columns if not only or name in only]
    found: tuple[object, ...] = con.execute(f"select {', '.join(chosen)} from {source}").fetchall()[0]
    return found


def _aggregate(name: str, kind: str) -> str:
    if kind.startswith(NUMBERS):
        return f"sum({name})"
    if name in MONEY:
        return f"sum(cast({name} as decimal(38, 12)))"
    return f"max({name})"


def parquet(files: Path) -> str:
    """Return the table function of all Parquet files of a folder."""
    return f"read_parquet({text(files / '*.parquet')})"


def compressed(file: Path) -> str:
    """Return the table function of a CSV.gz bill: money and times typed, all else text."""
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        columns = next(csv.reader(lines))
    types = dict.fromkeys(columns, "VARCHAR") | dict.fromkeys(MONEY, "DECIMAL(38, 12)")
    types |= dict.fromkeys(TIMES, "TIMESTAMP")
    spec = ", ".join(f"{text(name)}: {text(types[name])}" for name in columns)
    return f"read_csv({text(file)}, header = true, auto_detect = false, columns = {{{spec}}})"


def main(folder: Path) -> None:
    """Scan a company's bills and activity."""
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    con.execute("set enable_progress_bar = false")
    con.execute("set preserve_insertion_order = false")
    bills = folder / "bills"
    packed = sorted(bills.glob("*.csv.gz"))
    for source in [compressed(file) for file in packed] or [parquet(bills)]:
        print(*scan(con, source, NEEDED))
    print(*scan(con, parquet(folder / "activity")))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
