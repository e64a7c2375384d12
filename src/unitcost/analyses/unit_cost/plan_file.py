"""The plan: what was meant to be spent, and for how many users, by month."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from unitcost.errors import DataProblem
from unitcost.month.company import Company
from unitcost.storage.digest import digest
from unitcost.warehouse.files.small_table import read
from unitcost.warehouse.files.sources import Hashes
from unitcost.warehouse.marts import InputContent

COLUMNS = ("month", "scope_cost", "mau")


class Planned(NamedTuple):
    """What was planned for a month: cost in scope, in the reporting currency, and users."""

    month: str
    scope_cost: Decimal
    mau: Decimal


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan by month, oldest first; no rows where none is given."""

    rows: tuple[Planned, ...] = ()


def load_plan(folder: Path, path: str, hashes: Hashes) -> Plan:
    """Return the rows of [plan] by month; an empty path gives none.

    Raises DataProblem for a month that is there twice, and for users or cost that are not above 0.
    """
    found: dict[str, Planned] = {}
    for row in read(folder, path, "plan", COLUMNS, hashes) if path else ():
        planned = Planned(row.month("month"), row.amount("scope_cost"), row.amount("mau"))
        for column, amount in (("scope_cost", planned.scope_cost), ("mau", planned.mau)):
            if amount <= 0:
                raise DataProblem(
                    f"{column} holds '{row.text(column)[:40]}'",
                    where=f"{row.where}, column {column}",
                    why="a plan has cost and users above 0",
                    fix="write what was planned, or leave the month out",
                )
        if found.setdefault(planned.month, planned) is not planned:
            raise DataProblem(f"Two plans for {planned.month}", where=row.where, fix="keep one")
    return Plan(tuple(found[month] for month in sorted(found)))


def plan_inputs(company: Company, month: str) -> list[InputContent]:
    """Return the plan as a source of a report."""
    del month
    rows = [(row.month, row.scope_cost.normalize(), row.mau.normalize()) for row in company.given(Plan).rows]
    return [InputContent("plan", "plan", len(rows), digest(rows))] if rows else []
