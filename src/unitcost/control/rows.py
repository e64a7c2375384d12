"""What is done to the rows of a cost file for the control total: conversion, spreading, sums.

The sums of a file do not depend on other files: which delivery of a bill counts is decided afterwards, so the
sums are kept by (provider, billing account, billing period). Rows with the same key are one bucket, and what is
done to them is decided once. This module shares no code with the marts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from threading import Event

import numpy as np

from unitcost.control.cache import FileSums, Group, GroupSum
from unitcost.control.cells import RowBatch, Stopped, WantedColumns, Way, explained, wanted_costs, ways
from unitcost.control.files import RawFile
from unitcost.control.keys import Cell, Codes, Key, Moment, cells_of, keys_of
from unitcost.control.money import Amounts, Mask, Rows, amounts_of
from unitcost.control.values import (
    Rates,
    converted,
    day_of,
    filled,
    instant,
    month_of_day,
    month_stretches,
    spread_over_days,
    units,
)
from unitcost.errors import DataProblem

_Problem = tuple[str, str, str]
_RATE_COLUMNS = ("month", "currency", "rate")
_RATES = WantedColumns(_RATE_COLUMNS, required=_RATE_COLUMNS, either=(), constants={}, fix="add the column")
_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Treatment:
    """How rows become money of a month: see `ControlSettings`; `defaults` has lower-case names."""

    defaults: Mapping[str, str]
    currency: str
    as_booked: bool
    spread: bool
    rates: Rates


def read_rates(files: Iterable[RawFile]) -> Rates:
    """Return the rates of all files; DataProblem names the row that cannot be read or says two things."""
    rates: dict[tuple[str, str], int] = {}
    for file in files:
        careful = ways(file, _RATES)[-1]
        with explained(file):
            for batch in careful():
                month, currency, rate = (cells_of(batch.column(name)) for name in _RATE_COLUMNS)
                for number, row in enumerate(zip(month, currency, rate, strict=True), batch.first):
                    where = f"{file.name}, row {number}"
                    key, value = _rate(*row, where)
                    if rates.setdefault(key, value) != value:
                        raise DataProblem(f"two rates of {key[0]} for {key[1]} differ", where=where)
    return rates


def _rate(month_cell: Cell, currency_cell: Cell, rate_cell: Cell, where: str) -> tuple[tuple[str, str], int]:
    currency = filled(currency_cell).strip()
    try:
        month, rate = _rate_month(month_cell), units(filled(rate_cell))
    except ValueError as problem:
        raise DataProblem("a conversion rate cannot be read", where=where, why=str(problem)) from problem
    if not (month and currency and rate and rate > 0):
        why = "it needs a month, a currency and a rate above 0"
        raise DataProblem("a conversion rate is incomplete", where=where, why=why)
    return (currency, month), rate


def _rate_month(cell: Cell) -> str:
    if isinstance(cell, str) and _MONTH.fullmatch(cell.strip()):
        return cell.strip()
    start = instant(cell)
    return "" if start is None else month_of_day(day_of(start))


@dataclass(slots=True)
class _Bucket:
    """The rows of a file that have the same key: what is done to each of them, and their sums.

    The rates, in 1e-18, are those of billed and effective cost, None for no conversion; `days` is 0 where
    effective cost is not spread, else it goes `elsewhere`; `problem` is what forbids to use the rows.
    """

    group: Group
    month: str
    rates: tuple[int | None, int | None]
    stretches: tuple[tuple[str, int, int], ...]
    days: int
    problem: tuple[str, str] | None
    elsewhere: dict[str, int]
    billed: int = 0
    effective: int = 0
    rows: int = 0

    def spread(self, effective: int) -> None:
        """Add the effective cost of one row to the months of its days."""
        if self.rates[1] is not None:
            effective = converted(effective, self.rates[1])
        for month, part in spread_over_days(effective, self.stretches, self.days):
            self.elsewhere[month] += part


def read_sums(file: RawFile, treatment: Treatment, stop: Event) -> FileSums:
    """Return the sums of one file, or raise DataProblem naming file and row, or Stopped once `stop` is set."""
    *quick, careful = ways(file, wanted_costs({**treatment.defaults, **file.folders}, stop))
    for way in quick:
        # A quick way is right for all but odd files; on any trouble the careful one decides.
        try:
            sums = _sums(file, treatment, way, stop)
        except DataProblem:
            continue
        if not any(group.problem for group in sums.values()):
            return sums
    return _sums(file, treatment, careful, stop)


def _sums(file: RawFile, treatment: Treatment, way: Way, stop: Event) -> FileSums:
    tally = _Tally(file, treatment)
    with explained(file):
        for batch in way():
            if stop.is_set():
                raise Stopped
            tally.add(batch)
    return tally.sums()


class _Tally:
    """The rows of one file so far, by key."""

    def __init__(self, file: RawFile, treatment: Treatment) -> None:
        self._file = file
        self._treatment = treatment
        self._buckets: dict[Key, _Bucket] = {}
        self._problems: dict[Group, tuple[str, str, str]] = {}

    def add(self, batch: RowBatch) -> None:
        """Add rows."""
        keys = keys_of(batch)
        buckets: list[_Bucket] = []
        for key, row in zip(keys.values, keys.first_rows().tolist(), strict=True):
            bucket = self._buckets.get(key)
            if bucket is None:
                bucket = self._buckets[key] = self._bucket(key, f"{self._file.name}, row {batch.first + row}")
            buckets.append(bucket)
        billed, effective = (amounts_of(batch.column(name)) for name in ("BilledCost", "EffectiveCost"))
        self._note(batch.first, keys, buckets, billed, effective)
        _add(keys.rows, buckets, billed, effective)

    def sums(self) -> FileSums:
        """Return what was added, by group and month."""
        sums: FileSums = {}
        for bucket in self._buckets.values():
            group = sums.setdefault(bucket.group, GroupSum(problem=self._problems.get(bucket.group)))
            group.add(bucket.month, bucket.billed, bucket.effective, bucket.rows)
            for month, part in bucket.elsewhere.items():
                group.add(month, 0, part, 0)
        return sums

    def _note(self, first: int, keys: Codes, buckets: Sequence[_Bucket], billed: Amounts, effective: Amounts) -> None:
        """Keep the first problem of every group."""
        unreadable = "an amount cannot be read"
        kinds = [
            (billed.wrong, unreadable, "BilledCost", billed.reasons),
            (effective.wrong, unreadable, "EffectiveCost", effective.reasons),
            (billed.missing, "an amount is missing", "BilledCost", None),
        ]
        notes: list[tuple[int, Group, _Problem]] = []
        for rows, what, column, reasons in kinds:
            codes, places = np.unique(keys.rows[rows], return_index=True)
            for code, place in zip(codes.tolist(), places.tolist(), strict=True):
                why = reasons[place] if reasons else "every row needs a billed cost"
                notes.append((int(rows[place]), buckets[code].group, (what, column, why)))
        for row, bucket in zip(keys.first_rows().tolist(), buckets, strict=True):
            if bucket.problem:
                what, why = bucket.problem
                notes.append((row, bucket.group, (what, "BillingCurrency", why)))
        for row, group, (what, column, why) in sorted(notes, key=itemgetter(0)):
            self._problems.setdefault(group, (what, f"row {first + row}, column {column}", why))

    def _bucket(self, key: Key, where: str) -> _Bucket:
        start, end, billing, currency, correction, account, service_provider, provider = key
        first = _needed(start, where, "ChargePeriodStart")
        booked_on = _needed(billing, where, "BillingPeriodStart")
        ended = _readable(end, where, "ChargePeriodEnd")
        last = first if ended is None else max(first, ended)
        booked = _month(day_of(booked_on), where, "BillingPeriodStart")
        charged = _month(first, where, "ChargePeriodStart")
        as_booked = self._treatment.as_booked and correction
        spread = self._treatment.spread and not as_booked
        spread = spread and _month(last, where, "ChargePeriodEnd") != charged
        stretches = month_stretches(first, last) if spread else ()
        rates, problem = self._conversion(currency, booked, charged)
        return _Bucket(
            group=(service_provider or provider, account, booked_on),
            month=booked if as_booked else charged,
            rates=rates,
            stretches=stretches,
            days=last - first + 1 if spread else 0,
            problem=problem,
            elsewhere={month: 0 for month, _, _ in stretches},
        )

    def _conversion(
        self, currency: str, booked: str, charged: str
    ) -> tuple[tuple[int | None, int | None], tuple[str, str] | None]:
        """Return the rates of the billing and the charge month, None for no conversion, and what is wrong."""
        if currency == self._treatment.currency:
            return (None, None), None
        if not currency:
            return (None, None), ("the currency is missing", "every row needs a BillingCurrency")
        rates = [self._treatment.rates.get((currency, month)) for month in (booked, charged)]
        if None in rates:
            absent = booked if rates[0] is None else charged
            return (None, None), ("a conversion rate is missing", f"no rate of {currency} for {absent}")
        return (rates[0], rates[1]), None


def _readable(moment: Moment, where: str, column: str) -> int | None:
    if isinstance(moment, ValueError):
        raise DataProblem("a time cannot be read", where=f"{where}, column {column}", why=str(moment)) from moment
    return moment


def _needed(moment: Moment, where: str, column: str) -> int:
    found = _readable(moment, where, column)
    if found is None:
        raise DataProblem("a time is missing", where=f"{where}, column {column}", why=f"every row needs {column}")
    return found


def _month(day: int, where: str, column: str) -> str:
    try:
        return month_of_day(day)
    except ValueError as problem:
        raise DataProblem("a time cannot be used", where=f"{where}, column {column}", why=str(problem)) from problem


def _add(codes: Rows, buckets: Sequence[_Bucket], billed: Amounts, effective: Amounts) -> None:
    """Add rows to the buckets that their codes name."""
    count = len(buckets)
    for bucket, rows in zip(buckets, np.bincount(codes, minlength=count).tolist(), strict=True):
        bucket.rows += rows
    whole = [code for code, bucket in enumerate(buckets) if not bucket.days]
    for rate, chosen in _by_rate(buckets, range(count), 0).items():
        sums = billed.only(_mask(codes, chosen, count)).sums(codes, count, rate)
        for code in chosen:
            buckets[code].billed += sums[code]
    for rate, chosen in _by_rate(buckets, whole, 1).items():
        sums = effective.only(_mask(codes, chosen, count)).sums(codes, count, rate)
        for code in chosen:
            buckets[code].effective += sums[code]
    spread = [code for code, bucket in enumerate(buckets) if bucket.days]
    if spread:
        for row, amount in effective.only(_mask(codes, spread, count)).single():
            buckets[codes[row]].spread(amount)


def _by_rate(buckets: Sequence[_Bucket], codes: Iterable[int], which: int) -> dict[int | None, list[int]]:
    chosen: dict[int | None, list[int]] = {}
    for code in codes:
        chosen.setdefault(buckets[code].rates[which], []).append(code)
    return chosen


def _mask(codes: Rows, chosen: Sequence[int], count: int) -> Mask | None:
    """Return which rows have one of the chosen codes, None for all of them."""
    if len(chosen) == count:
        return None
    table = np.zeros(count, np.bool_)
    table[chosen] = True
    return table[codes]
