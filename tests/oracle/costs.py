"""Cost rows of a company: latest deliveries, conversion, and the months that each row falls into."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from .exact import amount, convert, over_days
from .reading import (
    Config,
    Record,
    content,
    delivery_of,
    files,
    moment,
    month_of,
    records,
    table,
    tags_of,
)

NO_SERVICE = "(no service)"


@dataclass(frozen=True)
class Row:
    """One cost row as delivered; money in units of 1e-18 of its own currency."""

    record: Record
    provider: str
    start: datetime
    end: datetime | None
    billing_start: datetime
    currency: str
    billed: int
    effective: int
    quantity: int
    tags: dict[str, str]

    @property
    def category(self) -> str:
        return self.record["chargecategory"] or ""

    @property
    def service(self) -> str:
        return self.record["servicename"] or NO_SERVICE

    @property
    def service_category(self) -> str | None:
        return self.record.get("servicecategory")

    @property
    def commitment(self) -> str | None:
        return self.record.get("commitmentdiscountstatus")

    @property
    def is_correction(self) -> bool:
        return self.record.get("chargeclass") == "Correction"


@dataclass(frozen=True)
class Piece:
    """The part of a row that falls into one month, in the reporting currency."""

    row: Row
    month: str
    billed: int
    effective: int
    own_billed: int = 0
    own_effective: int = 0
    quantity_billed: int = 0
    quantity_effective: int = 0


def pieces(config: Config) -> dict[str, list[Piece]]:
    """All rows that count, converted and placed, by month."""
    rates = _rates(config)
    placed: dict[str, list[Piece]] = defaultdict(list)
    for row in _current(config):
        for piece in _place(row, config, rates):
            placed[piece.month].append(piece)
    return dict(placed)


def _current(config: Config) -> Iterator[Row]:
    """Rows of the latest delivery of each provider, billing account and billing period."""
    held: dict[tuple[str, str, datetime], dict[datetime, list[Row]]] = defaultdict(lambda: defaultdict(list))
    read: set[tuple[datetime, str]] = set()
    for pattern in config.costs["paths"]:
        for path in files(config.folder, pattern):
            delivery, text = delivery_of(path, config.folder), content(path)
            if (delivery, text) in read:
                continue
            read.add((delivery, text))
            for record in records(text):
                row = _row(record, config.costs["defaults"])
                key = row.provider, row.record.get("billingaccountid") or "", row.billing_start
                held[key][delivery].append(row)
    for deliveries in held.values():
        yield from deliveries[max(deliveries)]


def _row(record: Record, defaults: dict[str, Any]) -> Row:
    absent = {key.lower(): str(value) for key, value in defaults.items() if key.lower() not in record}
    record = {**record, **absent}

    def needed(column: str) -> str:
        value = record[column]
        if value is None:
            raise ValueError(f"{column} is empty")
        return value

    end, effective = record["chargeperiodend"], record["effectivecost"]
    return Row(
        record=record,
        provider=record.get("serviceprovidername") or record.get("providername") or "",
        start=moment(needed("chargeperiodstart")),
        end=moment(end) if end else None,
        billing_start=moment(needed("billingperiodstart")),
        currency=needed("billingcurrency"),
        billed=amount(needed("billedcost")),
        effective=amount(effective) if effective else 0,
        quantity=amount(record.get("pricingquantity") or "0"),
        tags=tags_of(record.get("tags")),
    )


def _rates(config: Config) -> dict[tuple[str, str], int]:
    rows = table(config.folder, config.tables["fx"])
    return {(row["month"] or "", row["currency"] or ""): amount(row["rate"] or "") for row in rows}


def _place(row: Row, config: Config, rates: dict[tuple[str, str], int]) -> Iterator[Piece]:
    """A row converts once; then its effective cost is spread over days, its billed cost never."""
    charge_month, billing_month = month_of(row.start), month_of(row.billing_start)
    billed, effective = row.billed, row.effective
    if row.currency != config.currency:
        billed = convert(billed, rates[billing_month, row.currency])
        effective = convert(effective, rates[charge_month, row.currency])
    whole = (billed, effective, row.billed, row.effective, row.quantity, row.quantity)
    if row.is_correction and config.costs["corrections"] == "as_booked":
        yield Piece(row, billing_month, *whole)
        return
    days = touched_days(row.start, row.end) if row.end else []
    months = sorted({month_of(each) for each in days})
    if config.costs["spread"] != "days" or row.effective == 0 or len(months) < 2:
        yield Piece(row, charge_month, *whole)
        return
    spread = [_by_month(total, days) for total in (effective, row.effective, row.quantity)]
    for month in months:
        booked = (billed, row.billed, row.quantity) if month == charge_month else (0, 0, 0)
        parts = [by_month[month] for by_month in spread]
        yield Piece(row, month, booked[0], parts[0], booked[1], parts[1], booked[2], parts[2])


def _by_month(total: int, days: list[date]) -> dict[str, int]:
    by_month: dict[str, int] = defaultdict(int)
    for each, part in zip(days, over_days(total, len(days)), strict=True):
        by_month[month_of(each)] += part
    return by_month


def touched_days(start: datetime, end: datetime) -> list[date]:
    """UTC days from the start's day to the last one that the period, end exclusive, touches."""
    first, last = start.date(), (end - timedelta(microseconds=1)).date()
    return [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
