"""Bills for the second reader: rows as text and files, its settings, and plain sums beside its own."""

from __future__ import annotations

import csv
import gzip
import io
import random
from collections.abc import Iterable, Mapping
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

from unitcost.control.totals import ControlSettings, ControlTotal, control_totals

ROW = {
    "ProviderName": "AWS",
    "BillingAccountId": "1",
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2024-05-01T00:00:00Z",
    "ChargePeriodStart": "2024-05-03T00:00:00Z",
    "ChargePeriodEnd": "2024-05-04T00:00:00Z",
    "ChargeClass": "",
    "BilledCost": "1",
    "EffectiveCost": "1",
    "ServiceName": "Amazon EC2",
    "Tags": "",
}


def csv_text(rows: Iterable[Mapping[str, str]], **dialect: Any) -> str:
    """Return rows as CSV text; cells left out are those of ROW, a cell given as `-` drops its column."""
    full = [{**ROW, **row} for row in rows]
    names = [name for name in full[0] if full[0][name] != "-"]
    stream = io.StringIO()
    writer = csv.DictWriter(stream, names, extrasaction="ignore", **{"lineterminator": "\n", **dialect})
    writer.writeheader()
    writer.writerows(full)
    return stream.getvalue()


def put(path: Path, *rows: Mapping[str, str], **dialect: Any) -> Path:
    """Write rows as a CSV file, gzipped where the name says so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = csv_text(rows, **dialect).encode()
    path.write_bytes(gzip.compress(content) if path.name.endswith(".gz") else content)
    return path


def settings(folder: Path, *paths: str, **changes: Any) -> ControlSettings:
    """Return the settings of a company in US dollars that has all its bills below `raw`."""
    given: dict[str, Any] = {
        "defaults": {}, "currency": "USD", "corrections": "restated", "spread": "days", "fx": None, **changes
    }  # fmt: skip
    return ControlSettings(folder=folder, paths=paths or ("raw/**/*",), **given)


def total(billed: str, effective: str, rows: int) -> ControlTotal:
    """Return an expected total from decimal texts."""
    return ControlTotal(Decimal(billed), Decimal(effective), rows)


def may(folder: Path, *rows: Mapping[str, str], **dialect: Any) -> ControlTotal:
    """Return the total of May 2024 of one CSV file with these rows."""
    put(folder / "raw" / "bill.csv", *rows, **dialect)
    return control_totals(settings(folder))["2024-05"]


def no_reading(*_: object, **__: object) -> None:
    """Stand in for whatever reads files."""
    raise AssertionError("a file was read")


YEAR = {"ChargePeriodStart": "2025-01-01T00:00:00Z", "ChargePeriodEnd": "2026-01-01T00:00:00Z"}


def rates(path: Path, *rows: str) -> Path:
    """Write a table of conversion rates."""
    path.write_text("\n".join(("Month,Currency,Rate", *rows)) + "\n")
    return path


def table_rows(count: int, line_end: str) -> list[dict[str, str]]:
    """Return random rows with names that need quoting: commas, quotes, line breaks."""
    dice = random.Random(5)
    odd = ("", "plain", "a,b", 'say "hi"', f"two{line_end}lines", '{"k":"v,w"}', "é€", '"', '""', ",")
    return [
        {
            "ServiceName": dice.choice(odd),
            "Tags": dice.choice(odd),
            "BillingAccountId": dice.choice(("1", "x,y", 'q"r')),
            "ChargePeriodStart": f"2024-0{dice.randint(4, 6)}-{dice.randint(1, 28):02}",
            "ChargePeriodEnd": "NULL",
            "BilledCost": f"{dice.randint(-(10**9), 10**9)}.{dice.randint(0, 10**18)}"[:30],
            "EffectiveCost": f"{dice.randint(-99, 99)}.{dice.randint(0, 99)}",
        }
        for _ in range(count)
    ]


def plain_sums(rows: Iterable[Mapping[str, str]]) -> dict[str, ControlTotal]:
    """Return the totals of rows in one currency, unspread, in the plainest way."""
    found: dict[str, ControlTotal] = {}
    with localcontext(prec=80):
        for row in rows:
            month = row["ChargePeriodStart"][:7]
            had = found.get(month, total("0", "0", 0))
            billed, effective = Decimal(row["BilledCost"]), Decimal(row["EffectiveCost"])
            found[month] = ControlTotal(had.billed + billed, had.effective + effective, had.rows + 1)
    return found
