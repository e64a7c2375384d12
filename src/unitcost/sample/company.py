"""The sample company "Northwind Notes" as a folder: the same seed always gives the same bytes."""

from __future__ import annotations

import decimal
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from unitcost.errors import EnvironmentProblem, UsageProblem
from unitcost.sample.activity import activity, activity_table, stored_by_line
from unitcost.sample.aws import aws_bill
from unitcost.sample.azure import azure_bill
from unitcost.sample.bill import Bill
from unitcost.sample.chance import STREAMS, stream
from unitcost.sample.focus import csv_bytes, csv_gz_bytes, focus_table
from unitcost.sample.fx import fx_csv
from unitcost.sample.invoices import invoices_csv
from unitcost.sample.members import simulate
from unitcost.sample.months import BURN_IN, PUBLISHED
from unitcost.sample.parquet import parquet_bytes
from unitcost.sample.readme import readme
from unitcost.sample.subscriptions import subscription_csv
from unitcost.sample.usage import drivers
from unitcost.sample.utilisation import utilisation_csv
from unitcost.sample.vendor import vendor_bill

SEED = 20240501
MARKER = ".unitcost-sample"
COPIED = (
    "report.toml",
    "allocation.toml",
    "experiments.toml",
    "plan.csv",
    "scenarios/base.toml",
    "scenarios/commit-first.toml",
)
STALE_SECONDS = 3600
EXACT = decimal.Context(prec=60, traps=[decimal.Inexact, decimal.InvalidOperation])


def generate(folder: Path, *, seed: int = SEED) -> None:
    """Write the whole company into `folder`, which may be missing, empty or an earlier sample company.

    Everything is written beside the folder and moved there in one step, so an interrupted run leaves nothing
    half.
    Raises UsageProblem where the folder holds anything else, EnvironmentProblem where it cannot be written.
    """
    folder = folder.resolve()
    _refuse_foreign(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _staging(folder) as staging:
            # Exact or not at all: an amount that would lose a digit stops the run.
            with decimal.localcontext(EXACT):
                _write(staging, seed)
            _swap(staging, folder)
    except OSError as problem:
        raise EnvironmentProblem(
            "The sample company could not be written.",
            where=str(folder),
            why=problem.strerror or str(problem),
            fix="Check free disk space and permissions, or choose another folder.",
        ) from problem


def is_sample(folder: Path) -> bool:
    """Return whether the folder is a sample company that `generate` wrote, and may replace."""
    return (folder / MARKER).is_file()


def _refuse_foreign(folder: Path) -> None:
    if not folder.exists() or (folder.is_dir() and (is_sample(folder) or not any(folder.iterdir()))):
        return
    raise UsageProblem(
        "The sample company is only written to a new or empty folder.",
        where=str(folder),
        why=f"There is something else at this place (no {MARKER} file in it).",
        fix="Choose another folder, or remove this one yourself.",
    )


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """Give a new folder beside the target; remove it afterwards, and those that killed runs have left."""
    # Not the storage's: the sample knows nobody, and it replaces a company that is there.
    for old in folder.parent.glob(f".{folder.name}.partial-*"):
        if time.time() - old.stat().st_mtime > STALE_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
    staging = folder.parent / f".{folder.name}.partial-{os.getpid()}"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir()
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _swap(staging: Path, folder: Path) -> None:
    """Put the finished company in place; an old one steps aside, because a full folder cannot be replaced."""
    new, old = staging / "new", staging / "old"
    if is_sample(folder):
        folder.rename(old)
    try:
        new.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise


def _write(staging: Path, seed: int) -> None:
    root = staging / "new"
    members = simulate(seed)
    streams = {name: stream(seed, name) for name in STREAMS}
    stored = stored_by_line(members, BURN_IN[-1])
    bills: list[Bill] = []
    for month in PUBLISHED:
        data = activity(members, streams["activity"], month)
        _save(root, f"raw/activity/{month.text}.parquet", parquet_bytes(activity_table(data, members)))
        usage = drivers(data, stored)
        stored = data.stored
        for make, key in ((aws_bill, "aws"), (azure_bill, "azure"), (vendor_bill, "vendor")):
            bill = make(month, usage, streams[key])
            _save(root, *_delivered(bill))
            bill.rows.clear()
            bills.append(bill)
    _save(root, "subscriptions.csv", subscription_csv(members, seed))
    _save(root, "fx.csv", fx_csv())
    _save(root, "invoices.csv", invoices_csv(bills))
    _save(root, "utilisation.csv", utilisation_csv(streams["utilisation"]))
    for name in COPIED:
        _save(root, name, files("unitcost.sample").joinpath("texts", *name.split("/")).read_bytes())
    _save(root, "README.md", readme(seed).encode())
    _save(root, MARKER, f"A sample company, seed {seed}; a new one may replace this folder.\n".encode())


def _delivered(bill: Bill) -> tuple[str, bytes]:
    """Return name and content of the file in which a provider delivers its bill."""
    month = bill.month.text
    if bill.provider.key == "aws":
        return f"raw/focus/aws/focus-{bill.version}/{month}.csv.gz", csv_gz_bytes(bill.rows, bill.version)
    if bill.provider.key == "azure":
        content = parquet_bytes(focus_table(bill.rows, bill.version))
        return f"raw/focus/azure/focus-{bill.version}/billing_month={month}/part-0.parquet", content
    content = csv_bytes(bill.rows, bill.version, instants="blank")
    return f"raw/focus/harborlight/{month}.csv", content


def _save(root: Path, name: str, content: bytes) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
