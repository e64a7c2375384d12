"""A whole company on disk: bills, activity, subscriptions and the configuration that reads them. Made once, reused."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from benchmarks import bills, catalogue, chance, usage

SEED = 20240501
MADE = "made.json"
CHUNK = 1 << 24
REPORT = """[report]
company = "Benchmark Works"
as_of = "{as_of}"

[costs]
paths = ["bills/*"]

[activity]
path = "activity/*"

[subscriptions]
path = "subscriptions.csv"

[allocation]
path = "allocation.toml"
"""
ALLOCATION = """[[rule]]
when = { ServiceName = "Lanternfish*" }
shared = "observability"

[[rule]]
when = { "Tags.team" = ["platform", "security"] }
shared = "platform"

[[rule]]
when = { ServiceName = "Amazon CloudFront" }
product_line = "web"

[[rule]]
when = { ServiceName = ["AWS Support (Business)", "Azure Support"] }
shared = "platform"

[[shared]]
pool = "platform"
method = "proportional"

[[shared]]
pool = "observability"
method = "driver"
driver = "requests"

[drivers]
default = "requests"
Compute = "cpu_seconds"
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a company is like. `rows` are cost rows; `activity` rows likewise, both over all months."""

    rows: int
    activity: int
    months: tuple[str, ...]
    users: int
    registered: int
    columns: tuple[str, ...] = bills.NARROW
    money: str = "decimal"
    tags: str = "json"
    driver: str = ""  # the type of the driver cpu_seconds; empty: that of money
    suffix: str = ".parquet"
    providers: int = len(catalogue.PROVIDERS)
    repeated: int = 0  # rows a month that the export holds twice

    @property
    def month(self) -> str:
        """Return the last month."""
        return self.months[-1]


def plan(rows: int, months: int, *, last: str = "2024-05", money: str = "decimal", tags: str = "json") -> Plan:
    """Return a company with as many activity rows as cost rows, and a user for ten of them (at most a million)."""
    users = min(1_000_000, max(50, rows // 10))
    return Plan(rows, rows, chance.months(last, months), users, users, money=money, tags=tags)


def company(data: Path, name: str, wanted: Plan) -> Path:
    """Return the folder of a company in `data`, writing it if it is not there as wanted.

    All of it has been read when this returns, so nobody is measured waiting for the disk.
    """
    folder = data / name
    stamp = json.dumps({"plan": asdict(wanted), "code": _code()})
    if not (folder / MADE).exists() or (folder / MADE).read_text("utf-8") != stamp:
        _write_anew(folder, wanted, stamp)
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                while file.read(CHUNK):
                    pass
    return folder


def _write_anew(folder: Path, wanted: Plan, stamp: str) -> None:
    print(f"writing {folder}: {wanted.rows:,} cost rows, {wanted.activity:,} activity rows …", file=sys.stderr)
    staged = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(staged, ignore_errors=True)
    (staged / "bills").mkdir(parents=True)
    (staged / "activity").mkdir()
    write(staged, wanted, SEED)
    (staged / MADE).write_text(stamp, "utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    staged.rename(folder)


def _code() -> str:
    """Return a digest of what writes the data, so that a change of it makes new data."""
    sources = [Path(str(module.__file__)) for module in (bills, catalogue, chance, usage)] + [Path(__file__)]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


def write(folder: Path, wanted: Plan, seed: int) -> None:
    """Write configuration, subscriptions and all months to a folder that has `bills/` and `activity/`."""
    year, month = int(wanted.month[:4]) + 1, wanted.month[5:]
    (folder / "report.toml").write_text(REPORT.format(as_of=f"{year}-{month}-28"), "utf-8")
    (folder / "allocation.toml").write_text(ALLOCATION, "utf-8")
    with chance.generator(seed) as con:
        periods = usage.subscriptions_query(wanted.registered, wanted.months[0], len(wanted.months))
        chance.copy_csv(con, periods, folder / "subscriptions.csv")
        for each in wanted.months:
            write_month(con, folder, wanted, each)


def write_month(con: duckdb.DuckDBPyConnection, folder: Path, wanted: Plan, month: str) -> None:
    """Write the bills and the activity of a month, over what is there."""
    providers = catalogue.PROVIDERS[: wanted.providers]
    for provider, rows in zip(providers, _shares(wanted, providers), strict=True):
        bill = bills.Bill(month, provider, rows, wanted.columns, wanted.money, wanted.tags)
        query = bills.bill_query(con, bill)
        if wanted.repeated:
            query = f"with bill as ({query}) from bill union all (from bill limit {wanted.repeated})"
        target = folder / "bills" / f"{month}-{provider.slug}{wanted.suffix}"
        copy = chance.copy_parquet if wanted.suffix == ".parquet" else chance.copy_csv
        copy(con, query, target)
    activity = max(1, wanted.activity // len(wanted.months))
    query = usage.activity_query(month, activity, wanted.users, wanted.driver or wanted.money)
    chance.copy_parquet(con, query, folder / "activity" / f"{month}.parquet")


def _shares(wanted: Plan, providers: Sequence[catalogue.Provider]) -> list[int]:
    """Return each provider's rows of a month; together they are a month's rows."""
    rows = max(len(providers), wanted.rows // len(wanted.months))
    total = sum(provider.share for provider in providers)
    shares = [max(1, int(rows * provider.share / total)) for provider in providers]
    return [rows - sum(shares[1:]), *shares[1:]]
