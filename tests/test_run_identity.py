"""The same content in other files, order, format or folder is the same run; other content is another one."""

from __future__ import annotations

import csv
import gzip
import io
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from three_lines import call

from unitcost import identity
from unitcost.company import Company

COLUMNS = [
    "BilledCost",
    "EffectiveCost",
    "BillingCurrency",
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ChargeCategory",
    "ServiceName",
    "ServiceCategory",
    "ProviderName",
    "Tags",
]
REPORT = """\
[report]
company = "Forms"
as_of = "2024-06-30"
min_users = 1
[costs]
paths = ["{costs}"]
[activity]
path = "{activity}"
"""


def rows() -> list[list[str]]:
    made = []
    chance = random.Random(7)
    for number in range(60):
        day = number % 28 + 1
        amount = f"{chance.randrange(1, 10**9)}.{chance.randrange(10**12):012d}"
        tags = f'{{"product": "{chance.choice(["web", "search"])}"}}' if number % 3 else ""
        month = "2024-05" if number % 2 else "2024-04"
        next_month = "2024-06" if number % 2 else "2024-05"
        period = [f"{month}-01T00:00:00Z", f"{next_month}-01T00:00:00Z", f"{month}-{day:02d}T00:00:00Z", ""]
        made.append([amount, amount, "USD", *period, "Usage", chance.choice(["EC2", "S3"]), "Compute", "AWS", tags])
    return made


def as_csv(data: list[list[str]], columns: list[str], end: str = "\n", mark: str = "") -> bytes:
    order = [COLUMNS.index(c) for c in columns]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end)
    writer.writerow(columns)
    writer.writerows([[row[i] for i in order] for row in data])
    return (mark + text.getvalue()).encode()


def activity() -> bytes:
    lines = ["date,user_id,product_line,requests"]
    lines += [f"2024-{4 + n % 2:02d}-{n % 27 + 1:02d},u{n % 9},{'web' if n % 4 else 'search'},{n}" for n in range(80)]
    return ("\n".join(lines) + "\n").encode()


def form(name: str, folder: Path) -> Path:
    """Write the company in one of its forms and return its report.toml."""
    folder.mkdir(parents=True)
    data, columns, costs = rows(), list(COLUMNS), "bill.csv"
    (folder / "activity.csv").write_bytes(activity())
    if name == "shuffled":
        random.Random(1).shuffle(data)
        random.Random(2).shuffle(columns)
    if name in ("plain", "shuffled"):
        (folder / costs).write_bytes(as_csv(data, columns))
    elif name == "windows":
        (folder / costs).write_bytes(as_csv(data, columns, "\r\n", "\ufeff"))
    elif name == "gzip":
        costs = "x/other.csv.gz"
        (folder / "x").mkdir()
        (folder / costs).write_bytes(gzip.compress(as_csv(data, columns)))
    elif name == "split":
        costs = "parts/*.csv"
        (folder / "parts").mkdir()
        for number in range(3):
            (folder / "parts" / f"{number}.csv").write_bytes(as_csv(data[number::3], columns))
    else:
        costs = "bills/billing=1/data.parquet"
        (folder / "bills/billing=1").mkdir(parents=True)
        arrays = {c: pa.array([row[i] or None for row in data], pa.string()) for i, c in enumerate(columns)}
        if name == "parquet decimal":
            for column in ("BilledCost", "EffectiveCost"):
                arrays[column] = arrays[column].cast(pa.decimal128(30, 12))
        pq.write_table(pa.table(arrays), folder / costs)
    path = folder / "report.toml"
    path.write_text(REPORT.format(costs=costs, activity="activity.csv"), "utf-8")
    return path


def run_id(config: Path) -> str:
    company = Company.open(config)
    return identity.run_id(company, "2024-05", scenario="base", status="final", roles=identity.roles())


@pytest.mark.parametrize("name", ["shuffled", "windows", "gzip", "split", "parquet text", "parquet decimal"])
def test_a_form_of_the_same_content_is_the_same_run(name: str, tmp_path: Path) -> None:
    """Neither order nor splitting, compression, line ends, names or file format change the identity."""
    plain, other = form("plain", tmp_path / "plain"), form(name, tmp_path / "other")
    assert run_id(plain) == run_id(other)
    said = [call("findings", "2024-05", "--config", config, "--json") for config in (plain, other)]
    assert said[0][:2] == said[1][:2]
    assert said[0][0] == 0


def test_other_content_is_another_run(tmp_path: Path) -> None:
    """One digit, one user or one setting more makes another identity; a later month does not."""
    plain = form("plain", tmp_path / "plain")
    before = run_id(plain)
    bill = plain.parent / "bill.csv"
    text = bill.read_text("utf-8")
    bill.write_text(text.replace("S3", "S4", 1), "utf-8")
    assert run_id(plain) != before
    bill.write_text(
        text + text.splitlines()[1].replace("2024-04", "2024-06").replace("2024-05", "2024-07") + "\n", "utf-8"
    )
    assert run_id(plain) == before
    (plain.parent / "activity.csv").write_bytes(activity() + b"2024-05-30,u99,web,1\n")
    assert run_id(plain) != before
