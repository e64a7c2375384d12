"""Asking a company that tried something, and reading its answer."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from pathlib import Path

from material.tried_company import MONTH, START, Bills, Change, Row, write
from unitcost.analyses.analysis import Request
from unitcost.analyses.experiments import findings as experiments
from unitcost.analyses.experiments import views as experiment_views
from unitcost.analyses.experiments.findings import Examined, examined
from unitcost.analyses.findings import findings as findings_of
from unitcost.analyses.opening import open_company
from unitcost.month.company import Company
from unitcost.numbers.book import Findings

LESS = log(0.7)
PLANTED = Bills((Change(START, "search", "Compute", use=0.7),))


def ask(folder: Path, rows: Sequence[Row], text: str, month: str = MONTH, **more: str) -> Findings:
    """What a company with these rows and experiments publishes of them."""
    return told(open_company(write(folder, rows, text, **more)), month)


def answer(folder: Path, rows: Sequence[Row], text: str, month: str = MONTH, **more: str) -> Findings:
    """The same without all that is published beside it, and without the month before."""
    return experiments.findings(Request(open_company(write(folder, rows, text, **more)), month))


def told(company: Company, month: str = MONTH) -> Findings:
    return {name: one for name, one in findings_of(company, month).items() if name.startswith("experiment.")}


def page(folder: Path, id: str = "try", month: str = MONTH) -> tuple[Company, Examined]:
    """A company that was asked before, and an experiment as its page has it."""
    company = open_company(folder / "report.toml")
    return company, next(one for one in examined(company, month) if one.experiment.id == id)


def notes(folder: Path, id: str = "try") -> str:
    """What the page says below the controls."""
    return "\n".join(experiment_views.weight_notes(*page(folder, id)))


def three(found: Findings, name: str) -> tuple[float, float, float]:
    one = found[name]
    assert one.value is not None and one.low is not None and one.high is not None, one.reason
    return float(one.low), float(one.value), float(one.high)  # type: ignore[arg-type]


def holds(found: Findings, name: str, value: float) -> bool:
    low, _, high = three(found, name)
    return low - 1e-6 <= value <= high + 1e-6  # bills have six digits behind the point


def verdict(found: Findings, id: str = "try") -> tuple[str, str]:
    one = found[f"experiment.{id}.verdict"]
    return str(one.value), str(one.reason)


def since(month: str, rows: Sequence[Row]) -> list[Row]:
    """The bills from a month on, where fewer will do."""
    return [one for one in rows if one["BillingPeriodStart"] >= month]
