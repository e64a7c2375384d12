"""The sample company, read once: its cost rows as dictionaries and its activity by month."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

Row = dict[str, Any]
MONEY = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "ListUnitPrice", "ContractedUnitPrice")
COLUMNS = (
    *MONEY, "PricingQuantity", "BillingCurrency", "BillingPeriodStart", "ChargeCategory", "ChargeClass",
    "ChargePeriodStart", "ChargePeriodEnd", "CommitmentDiscountId", "CommitmentDiscountStatus",
    "PricingCategory", "ResourceId", "ServiceName", "SkuId", "RegionId", "Tags",
)  # fmt: skip
INSTANTS = ("ChargePeriodStart", "ChargePeriodEnd", "BillingPeriodStart")


@dataclass(frozen=True)
class Company:
    """A generated folder, its cost rows by provider, and its activity by month."""

    folder: Path
    rows: dict[str, list[Row]]
    activity: dict[str, pa.Table]

    @classmethod
    def read(cls, folder: Path) -> Company:
        focus = folder / "raw" / "focus"
        rows = {
            "aws": [row for path in sorted(focus.glob("aws/*/*.csv.gz")) for row in _csv_rows(path)],
            "azure": [row for path in sorted(focus.glob("azure/*/*/*.parquet")) for row in _parquet_rows(path)],
            "harborlight": [row for path in sorted(focus.glob("harborlight/*.csv")) for row in _csv_rows(path)],
        }
        return cls(folder, rows, {p.stem: pq.read_table(p) for p in sorted(folder.glob("raw/activity/*.parquet"))})

    def all_rows(self) -> Iterator[Row]:
        for rows in self.rows.values():
            yield from rows

    def counted(self, month: str) -> pa.Table:
        """The activity of the users that count."""
        table = self.activity[month]
        return table.filter(pc.invert(table["is_internal"]))

    def users(self, month: str) -> set[str]:
        return set(pc.unique(self.counted(month)["user_id"]).to_pylist())


def in_month(rows: list[Row], month: str) -> list[Row]:
    return [row for row in rows if row["ChargePeriodStart"].startswith(month)]


def months(first: str = "2021-01", number: int = 42) -> list[str]:
    year, month = map(int, first.split("-"))
    return [f"{year + (month - 1 + i) // 12}-{(month - 1 + i) % 12 + 1:02d}" for i in range(number)]


def header(path: Path) -> set[str]:
    with pacsv.open_csv(path) as reader:
        return set(reader.schema.names)


def _csv_rows(path: Path) -> list[Row]:
    options = pacsv.ConvertOptions(
        column_types=dict.fromkeys(header(path), pa.string()),
        strings_can_be_null=True,
        include_columns=list(COLUMNS),
    )
    rows: list[Row] = pacsv.read_csv(path, convert_options=options).to_pylist()
    for row in rows:
        row["Tags"] = json.loads(row["Tags"]) if row["Tags"] else {}
        row.update({name: row[name][:10] for name in INSTANTS})
        row.update({n: None if row[n] is None else Decimal(row[n]) for n in (*MONEY, "PricingQuantity")})
    return rows


def _parquet_rows(path: Path) -> list[Row]:
    rows: list[Row] = pq.ParquetFile(path).read(list(COLUMNS)).to_pylist()
    for row in rows:
        tags = row["Tags"]
        row["Tags"] = json.loads(tags) if isinstance(tags, str) else dict(tags or [])
        row.update({name: f"{row[name]:%Y-%m-%d}" for name in INSTANTS})
    return rows
