"""What a company knows to happen: a contract that begins, a price that changes, by the month from which it holds."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from unitcost.errors import DataProblem
from unitcost.month.company import Company
from unitcost.numbers.months import year_after
from unitcost.storage.digest import digest
from unitcost.warehouse.files.small_table import Row, read
from unitcost.warehouse.files.sources import Hashes
from unitcost.warehouse.marts import InputContent

COLUMNS = ("month", "what")
CHANGES = ("fixed_change", "price_change")


class GivenEvent(NamedTuple):
    """From `month` on: money a month that is added, in the reporting currency, and by which share use gets dearer."""

    month: str
    what: str
    fixed_change: Decimal
    price_change: Decimal


@dataclass(frozen=True, slots=True)
class Events:
    """What is known to happen, by month; no rows where nothing is given."""

    rows: tuple[GivenEvent, ...] = ()


def load_events(folder: Path, path: str, hashes: Hashes) -> Events:
    """Return the rows of [outlook] events by month and what they are; an empty path gives none.

    Raises DataProblem for an event that changes nothing, that is there twice, or whose price is not a share.
    """
    found: dict[tuple[str, str], GivenEvent] = {}
    for row in read(folder, path, "outlook", COLUMNS, hashes, nullable=CHANGES) if path else ():
        event = GivenEvent(row.month("month"), row.text("what"), _change(row, CHANGES[0]), _change(row, CHANGES[1]))
        if not event.fixed_change and not event.price_change:
            raise DataProblem(
                f"The event '{event.what[:40]}' changes nothing",
                where=row.where,
                why="fixed_change and price_change are both empty or 0",
                fix="write money a month into fixed_change, or a share such as 0.05 into price_change",
            )
        if not -1 < event.price_change <= 1:
            raise DataProblem(
                f"price_change holds '{row.text('price_change')[:40]}'",
                where=f"{row.where}, column price_change",
                why="it is a share by which use gets dearer: above -1, at most 1",
                fix="write 5 % as 0.05, and more than twice the price as money into fixed_change",
            )
        if found.setdefault((event.month, event.what), event) is not event:
            raise DataProblem(
                f"The event '{event.what[:40]}' of {event.month} is there twice",
                where=row.where,
                fix="keep one, or say in 'what' how they differ",
            )
    return Events(tuple(found[key] for key in sorted(found)))


def _change(row: Row, column: str) -> Decimal:
    """Return a cell as a decimal, 0 where it is empty."""
    return row.amount(column) if row.cells[column] is not None else Decimal(0)


def event_inputs(company: Company, month: str) -> list[InputContent]:
    """Return as a source what the forecast of a month, or of the one before (its previous value), may count."""
    rows = [
        (event.month, event.what, event.fixed_change.normalize(), event.price_change.normalize())
        for event in company.given(Events).rows
        if month <= event.month <= year_after(month)
    ]
    return [InputContent("known events", "outlook", len(rows), digest(rows))] if rows else []
