"""Bills of a few rows, written by hand: a row is its differences from one plain row."""

from __future__ import annotations

import calendar
import csv
import gzip
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from unitcost.analyses.opening import open_company
from unitcost.analyses.quality import inputs as quality
from unitcost.analyses.quality.damage import Damage
from unitcost.analyses.quality.tolerances import Accepted
from unitcost.month.company import Company

Row = Mapping[str, str]
PLAIN = {
    "BilledCost": "1.50",
    "EffectiveCost": "1.50",
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2024-05-01T00:00:00Z",
    "BillingPeriodEnd": "2024-06-01T00:00:00Z",
    "ChargePeriodStart": "2024-05-01T00:00:00Z",
    "ChargePeriodEnd": "2024-05-02T00:00:00Z",
    "ChargeCategory": "Usage",
    "ChargeClass": "",
    "ChargeFrequency": "Usage-Based",
    "ServiceName": "Compute",
    "ProviderName": "AWS",
    "BillingAccountId": "1",
    "ResourceId": "vm-1",
    "Tags": "",
}
REPORT = """\
[report]
company = "Small Bills"
min_users = 1
[costs]
paths = ["bills/**/*"]
{costs}
[activity]
aggregate = "mau.csv"
{more}
"""


def row(day: str = "2024-05-01", **changes: str) -> Row:
    """A usage row of one day (of its calendar month's bill) with `changes` to the plain row."""
    year, month, number = map(int, day.split("-"))
    last = calendar.monthrange(year, month)[1]
    following = f"{year + month // 12}-{month % 12 + 1:02d}-01"
    own = {
        "BillingPeriodStart": f"{day[:7]}-01T00:00:00Z",
        "BillingPeriodEnd": f"{following}T00:00:00Z",
        "ChargePeriodStart": f"{day}T00:00:00Z",
        "ChargePeriodEnd": f"{following if number == last else f'{day[:8]}{number + 1:02d}'}T00:00:00Z",
    }
    return {**PLAIN, **own, **changes}


def daily(month: str, days: Iterable[int], times: int = 2, **changes: str) -> list[Row]:
    """`times` rows a day, each of a machine of its own, on some days of a month."""
    return [
        row(f"{month}-{day:02d}", **{"ResourceId": f"vm-{number}", **changes})
        for day in days
        for number in range(times)
    ]


def as_csv(rows: Sequence[Row], columns: Iterable[str] = PLAIN) -> bytes:
    """The rows as CSV."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(columns), extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def save(path: Path, rows: Sequence[Row]) -> None:
    """Write the rows as their file's name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.name.endswith(".parquet"):
        columns = {name: [r.get(name) or None for r in rows] for name in PLAIN}
        pq.write_table(pa.table(columns, schema=pa.schema([(name, pa.string()) for name in PLAIN])), path)
    else:
        text = as_csv(rows)
        path.write_bytes(gzip.compress(text) if path.name.endswith(".gz") else text)


def company(
    folder: Path, bills: Mapping[str, Sequence[Row]] | Sequence[Row], costs: str = "", more: str = "", **files: str
) -> Company:
    """A company with these bills (by file name, or all in bill.csv); `files` are added: fx_csv is fx.csv."""
    by_name = bills if isinstance(bills, Mapping) else {"bill.csv": bills}
    for name, rows in by_name.items():
        save(folder / "bills" / name, rows)
    (folder / "report.toml").write_text(REPORT.format(costs=costs, more=more))
    months = "".join(f"2024-{number:02d},100\n" for number in range(1, 13))
    for name, text in {"mau_csv": f"month,mau\n{months}", **files}.items():
        (folder / name.replace("_", ".")).write_text(text)
    return open_company(folder / "report.toml")


def damage(folder: Path, bills: object, month: str = "2024-05", **settings: str) -> list[Damage]:
    """What is damaged in these bills."""
    return list(quality.damage(company(folder, bills, **settings), month))  # type: ignore[arg-type]


def accepted(folder: Path, bills: object, month: str = "2024-05", **settings: str) -> list[Accepted]:
    """What is accepted in these bills."""
    return list(quality.accepted(company(folder, bills, **settings), month))  # type: ignore[arg-type]
