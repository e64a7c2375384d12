"""Invented charges add up to the control total however they are written."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Context, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from material.control_bills import put, rates, settings

from unitcost.control import cells as control_cells
from unitcost.control import keys as control_keys
from unitcost.control.totals import ControlTotal, control_totals


@dataclass(frozen=True)
class Charge:
    """One invented charge: what it means, apart from how any file writes it."""

    provider: str
    account: str
    currency: str
    correction: bool
    booked: int
    start: datetime
    end: datetime | None
    billed: Fraction
    effective: Fraction | None


def charges(dice: random.Random, count: int, decimals: int | None) -> list[Charge]:
    """Return invented charges of three months; without `decimals` the amounts are the shortest texts of doubles."""

    def amount() -> Fraction:
        if decimals is None:
            short, noisy = (
                round(dice.uniform(-99, 99), dice.randint(0, 14)),
                dice.random() * 10 ** dice.randint(-24, 18),
            )
            return Fraction(repr(dice.choice((short, noisy))))
        largest = 10 ** dice.randint(1, decimals + 20) - 1
        return Fraction(dice.randint(-largest, largest), 10**decimals)

    def charge() -> Charge:
        start = datetime(2024, dice.randint(4, 6), dice.randint(1, 28), dice.choice((0, 0, 13, 23)), tzinfo=UTC)
        end = start + timedelta(hours=dice.choice((1, 1, 24, 24, 24 * 40, 7)))
        return Charge(
            provider=dice.choice(("AWS", "Google, Inc.")),
            account=dice.choice(("1", "", 'the "big" one')),
            currency=dice.choice(("USD", "USD", "EUR", "CHF")),
            correction=dice.random() < 0.1,
            booked=dice.choice((start.month, start.month, 6)),
            start=start,
            end=dice.choice((end, end, end, None)),
            billed=amount(),
            effective=None if dice.random() < 0.1 else amount(),
        )

    return [charge() for _ in range(count)]


RATES = {
    "EUR": {4: "1.0845", 5: "1.08", 6: "0.912345678912345678"},
    "CHF": {4: "2", 5: "1.1", 6: "0.000000000000000001"},
}


def expected(charges: Iterable[Charge], as_booked: bool) -> dict[str, ControlTotal]:
    """Return the totals in US dollars by whole numbers and fractions, a row and a day at a time."""
    found: dict[str, list[int]] = {}

    def add(month: int, billed: int, effective: int, rows: int) -> None:
        had = found.setdefault(f"2024-{month:02}", [0, 0, 0])
        found[f"2024-{month:02}"] = [had[0] + billed, had[1] + effective, had[2] + rows]

    for charge in charges:
        billed, effective = round(charge.billed * 10**18), round((charge.effective or 0) * 10**18)
        if charge.currency != "USD":
            rate = RATES[charge.currency]
            billed = round(billed * Fraction(rate[charge.booked]))
            effective = round(effective * Fraction(rate[charge.start.month]))
        last = (charge.end - timedelta(microseconds=1)) if charge.end else charge.start
        if charge.correction and as_booked:
            add(charge.booked, billed, effective, 1)
        elif last.month == charge.start.month:
            add(charge.start.month, billed, effective, 1)
        else:
            add(charge.start.month, billed, 0, 1)
            days = last.toordinal() - charge.start.toordinal() + 1
            each, left = divmod(abs(effective), days)
            for day in range(days):
                part = each + (day < left)
                add((charge.start + timedelta(days=day)).month, 0, part if effective > 0 else -part, 0)
    return {
        month: ControlTotal(Decimal(f"{billed}E-18"), Decimal(f"{effective}E-18"), rows)
        for month, (billed, effective, rows) in found.items()
    }


def money_text(dice: random.Random, amount: Fraction | None) -> str:
    """Return an amount in one of the ways people write it."""
    if amount is None:
        return dice.choice(("", "NULL", "null"))
    plain = f"{Decimal(amount.numerator * 10**40 // amount.denominator).scaleb(-40, Context(prec=90)):f}"
    whole, _, fraction = plain.partition(".")
    fraction = fraction.rstrip("0")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return dice.choice(
        (
            f"{whole}.{fraction}",
            f"{whole}.{fraction}",
            f"{whole}.{fraction}",
            f"{whole}.{fraction}00",
            f" {sign}${int(digits):,}.{fraction} ",
            f"{sign}{digits}{fraction}E-{len(fraction)}",
        )
    )


def time_text(dice: random.Random, time: datetime | None) -> str:
    """Return a time in one of the ways people write it."""
    if time is None:
        return dice.choice(("", "NULL", "null"))
    abroad = time.astimezone(timezone(timedelta(hours=dice.choice((-8, 2)), minutes=30)))
    ways = [f"{time:%Y-%m-%dT%H:%M:%SZ}", f"{time:%Y-%m-%d %H:%M:%S}", abroad.isoformat(), f"{time:%m/%d/%y %H:%M}"]
    return dice.choice([*ways, *([f"{time:%Y-%m-%d}"] if not time.hour else [])])


def cells(dice: random.Random, charge: Charge) -> dict[str, str]:
    """Return a charge as the cells of a CSV file."""
    return {
        "ProviderName": charge.provider,
        "BillingAccountId": charge.account or dice.choice(("", "NULL")),
        "BillingCurrency": charge.currency,
        "BillingPeriodStart": time_text(dice, datetime(2024, charge.booked, 1, tzinfo=UTC)),
        "ChargePeriodStart": time_text(dice, charge.start),
        "ChargePeriodEnd": time_text(dice, charge.end),
        "ChargeClass": "Correction" if charge.correction else dice.choice(("", "NULL")),
        "BilledCost": money_text(dice, charge.billed),
        "EffectiveCost": money_text(dice, charge.effective),
        "ServiceName": dice.choice(("EC2", "a,b", "two\nlines", 'say "hi"', "Zürich")),
        "Tags": dice.choice(("", '{"a": "b", "c": "d"}')),
    }


def put_parquet(path: Path, dice: random.Random, charges: Sequence[Charge], money: pa.DataType) -> None:
    """Write charges as a Parquet file, times as timestamps of some unit and zone."""
    rows = [cells(dice, charge) for charge in charges]
    texts = pa.table({name: [row[name] or dice.choice(("", None)) for row in rows] for name in rows[0]})
    columns: dict[str, Any] = {name: texts.column(name) for name in texts.column_names}
    unit, zone = dice.choice(("s", "ms", "us", "ns")), dice.choice((None, "UTC", "Asia/Tokyo"))
    times: dict[str, list[datetime | None]] = {
        "BillingPeriodStart": [datetime(2024, charge.booked, 1, tzinfo=UTC) for charge in charges],
        "ChargePeriodStart": [charge.start for charge in charges],
        "ChargePeriodEnd": [charge.end for charge in charges],
    }
    for name, values in times.items():
        numbers = pa.array(values, pa.timestamp(unit, "UTC")).cast(pa.int64())
        columns[name] = numbers.cast(pa.timestamp(unit, zone))
    for name, amounts in (
        ("BilledCost", [c.billed for c in charges]),
        ("EffectiveCost", [c.effective for c in charges]),
    ):
        if pa.types.is_floating(money):
            columns[name] = pa.array([None if amount is None else float(amount) for amount in amounts], money)
        elif pa.types.is_decimal(money):
            whole = [None if amount is None else Decimal(int(amount * 10**money.scale)) for amount in amounts]
            exact = [None if number is None else number.scaleb(-money.scale, Context(prec=90)) for number in whole]
            columns[name] = pa.array(exact, money)
    pq.write_table(pa.table(columns), path, row_group_size=dice.choice((7, 1000)))


DECIMALS = {12: pa.decimal128(38, 12), 18: pa.decimal128(38, 18), 21: pa.decimal256(60, 21), None: pa.float64()}


@pytest.mark.parametrize("seed", range(24))
def test_random_rows_add_up_however_they_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Shuffled, split over files of every kind and read in batches of any size, the total is that of the charges."""
    dice = random.Random(seed)
    monkeypatch.setattr(control_cells, "_ROWS", dice.choice((10, 64, 1 << 17)))
    monkeypatch.setattr(control_cells, "_BLOCK", dice.choice((1 << 12, 1 << 18)))
    monkeypatch.setattr(control_keys, "_MANY_TEXTS", dice.choice((1, 2_000)))
    (tmp_path / "raw").mkdir()
    every: list[Charge] = []
    for place in range(4):
        decimals = dice.choice(list(DECIMALS))
        some = charges(dice, dice.choice((1, 80, 200)), decimals)
        every += some
        way = dice.choice(("csv", "csv.gz", "parquet", "parquet of texts"))
        if way.startswith("csv"):
            rows = [cells(dice, charge) for charge in some]
            put(tmp_path / "raw" / f"{place}.{way}", *rows, quoting=dice.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)))
        else:
            money = DECIMALS[decimals] if way == "parquet" else pa.string()
            put_parquet(tmp_path / "raw" / f"{place}.parquet", dice, some, money)
    table = [f"2024-{month:02},{currency},{rate}" for currency, of in RATES.items() for month, rate in of.items()]
    corrections = dice.choice(("restated", "as_booked"))
    chosen = settings(tmp_path, fx=rates(tmp_path / "fx.csv", *table), corrections=corrections)
    assert control_totals(chosen) == dict(sorted(expected(every, corrections == "as_booked").items()))
