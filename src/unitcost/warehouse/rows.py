"""The rows of the marts as analyses read them: a field has the name of its column, so the two must agree."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from unitcost.warehouse.marks import Mark
from unitcost.warehouse.marts import Marts

Row = TypeVar("Row", bound=NamedTuple)
RULE_VALUES = "rule_values"  # the values that allocation rules look at, from the columns rule_0, rule_1, …


class SpendRow(NamedTuple):
    """One row of the spend mart in a month; amounts are exact, in the reporting currency (`billed_own`: the bill's)."""

    billing_start: dt.datetime
    provider: str
    seller: str | None
    publisher: str | None
    issuer: str | None
    billing_account: str
    sub_account: str | None
    sub_account_name: str | None
    currency: str
    charge_category: str
    service: str
    service_category: str | None
    commitment_status: str | None
    product_tag: str | None
    environment_tag: str | None
    account_tag: str | None
    marks: int
    billed: Decimal
    booked: Decimal
    effective: Decimal
    billed_own: Decimal
    rows: int
    example: str | None
    rule_values: tuple[str | None, ...]

    @property
    def billing_month(self) -> str:
        """Return the month in which the billing period starts."""
        return f"{self.billing_start:%Y-%m}"

    def has(self, mark: Mark) -> bool:
        """Tell whether the row's marks include one of `mark`."""
        return bool(self.marks & mark)


class CellRow(NamedTuple):
    """One row of the cells mart in a month; amounts are exact, `…_own` in the currency of the bill."""

    provider: str
    sku: str | None
    pricing_unit: str | None
    region: str | None
    currency: str
    charge_category: str
    commitment_status: str | None
    service: str
    service_category: str | None
    product_tag: str | None
    is_measured: bool  # the quantities are above 0
    description: str | None  # of one of its charges
    billed: Decimal
    effective: Decimal
    billed_own: Decimal
    effective_own: Decimal
    quantity: Decimal  # what the effective cost is for
    quantity_booked: Decimal  # what the billed cost is for, which is never spread over months
    rows: int
    rule_values: tuple[str | None, ...]


class CommitmentRow(NamedTuple):
    """One row of the commitments mart in a month; amounts are exact, in the reporting currency, None where unknown."""

    provider: str
    service: str
    commitment_id: str | None
    commitment_status: str | None
    charge_category: str
    pricing_category: str | None
    correction: bool
    list_known: bool
    contracted_known: bool
    billed: Decimal
    effective: Decimal
    list: Decimal | None
    contracted: Decimal | None
    rows: int
    term_end: dt.datetime | None


def spend_rows(marts: Marts, month: str) -> list[SpendRow]:
    """Return the spend mart of a month."""
    return [SpendRow._make(row) for row in _rows(marts, "spend", month, SpendRow._fields)]


def cell_rows(marts: Marts, month: str) -> list[CellRow]:
    """Return the cells mart of a month."""
    return [CellRow._make(row) for row in _rows(marts, "cells", month, CellRow._fields)]


def commitment_rows(marts: Marts, month: str) -> list[CommitmentRow]:
    """Return the commitments mart of a month."""
    return [CommitmentRow._make(row) for row in _rows(marts, "commitments", month, CommitmentRow._fields)]


def ruled_rows(marts: Marts, table: str, month: str, fields: Sequence[str]) -> Iterator[list[Any]]:
    """Yield the rows of any mart: the columns `fields`, then the values that rules look at."""
    yield from _rows(marts, table, month, (*fields, RULE_VALUES))


def _rows(marts: Marts, table: str, month: str, fields: Sequence[str]) -> Iterator[list[Any]]:
    names, rows = marts.table(table, month)
    if not rows:
        return
    places = [names.index(field) for field in fields if field != RULE_VALUES]
    has_rules = RULE_VALUES in fields
    rules = [names.index(f"rule_{number}") for number in range(len(marts.rule_order) if has_rules else 0)]
    for row in rows:
        values = [row[place] for place in places]
        yield [*values, tuple(row[place] for place in rules)] if has_rules else values
