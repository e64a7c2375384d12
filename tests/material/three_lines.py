"""The smallest company: one bill of one row and a count of users. Tests bend it."""

from __future__ import annotations

import contextlib
import io
import sys
from pathlib import Path
from unittest import mock

from unitcost import cli

HEADER = (
    "BilledCost,EffectiveCost,BillingCurrency,BillingPeriodStart,ChargePeriodStart,ChargePeriodEnd,"
    "ChargeCategory,ServiceName,ProviderName\n"
)
ROW = "52200,52200,USD,2024-05-01T00:00:00Z,2024-05-01T00:00:00Z,2024-06-01T00:00:00Z,Usage,EC2,AWS\n"
REPORT = """\
[report]
company = "Three Lines"
[costs]
paths = ["bill.csv"]
[activity]
aggregate = "mau.csv"
"""


def write(folder: Path, **files: str | bytes) -> Path:
    """Write the company into `folder`; `files` (bill.csv as bill_csv …) replace or add to it. Return report.toml."""
    texts: dict[str, str | bytes] = {
        "bill_csv": HEADER + ROW,
        "mau_csv": "month,mau\n2024-04,9900\n2024-05,10000\n",
        "report_toml": REPORT,
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {**texts, **files}.items():
        path = folder / name.replace("_", ".")
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder / "report.toml"


def call(*arguments: str | Path) -> tuple[int, str, str]:
    """Run the command line in this process and return (exit code, standard output, standard error)."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "argv", ["unitcost", *map(str, arguments)]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = cli._run()
    return code, out.getvalue(), err.getvalue()
