"""One raw cost file summed from its raw text, row by row, for the control total.

The sums of a file do not depend on other files: which delivery of a bill counts is decided afterwards, so the
sums are kept by (provider, billing account, billing period). This module shares no code with the marts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from unitcost.errors import DataProblem
from unitcost.warehouse.control_cells import Batch, Cell, batches
from unitcost.warehouse.control_files import RawFile
from unitcost.warehouse.control_values import (
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

Group = tuple[str, str, int]
"""Provider, billing account or '', start of the billing period in nanoseconds."""


@dataclass(frozen=True, slots=True)
class Treatment:
    """How rows become money of a month: see `ControlSettings`; `defaults` has lower-case names."""

    defaults: Mapping[str, str]
    currency: str
    as_booked: bool
    spread: bool
    rates: Rates


@dataclass(slots=True)
class GroupSum:
    """Sums of one group: month → [billed, effective, rows], money in 1e-18 units.

    `problem` is the first unusable amount of the group as (what, row and column, why). It matters only if
    the group's delivery counts: a later delivery may have put it right.
    """

    months: dict[str, list[int]] = field(default_factory=dict)
    problem: tuple[str, str, str] | None = None

    def add(self, month: str, billed: int, effective: int, rows: int) -> None:
        """Add money and rows to a month."""
        total = self.months.setdefault(month, [0, 0, 0])
        for place, amount in enumerate((billed, effective, rows)):
            total[place] += amount


FileSums = dict[Group, GroupSum]


@dataclass(slots=True)
class _Bucket:
    """The rows of a file that agree in all key columns: what is done to each of them, and their sums."""

    group: Group
    month: str
    rates: tuple[int, int] | None
    stretches: tuple[tuple[str, int, int], ...]
    days: int
    problem: tuple[str, str] | None
    billed: int = 0
    effective: int = 0
    rows: int = 0
    elsewhere: dict[str, int] = field(default_factory=dict)

    @property
    def plain(self) -> bool:
        """Whether its rows are added as they are."""
        return self.rates is None and not self.days and self.problem is None

    def add(self, billed: int, effective: int) -> None:
        """Add one row that is converted or spread, rounding it by itself."""
        if self.rates is not None:
            billed, effective = converted(billed, self.rates[0]), converted(effective, self.rates[1])
        self.billed += billed
        if not self.days:
            self.effective += effective
            return
        for month, part in spread_over_days(effective, self.stretches, self.days):
            self.elsewhere[month] = self.elsewhere.get(month, 0) + part


def read_sums(file: RawFile, treatment: Treatment) -> FileSums:
    """Return the sums of one file; DataProblem naming file and row when it cannot be read."""
    ways = batches(file, {**treatment.defaults, **file.folders})
    for way in ways[:-1]:
        # The first ways are quicker, and right for all but odd files; on any trouble the last one decides.
        tally = _Tally(file, treatment)
        try:
            for batch in way():
                tally.add(batch)
        except DataProblem:
            continue
        sums = tally.sums()
        if not any(group.problem for group in sums.values()):
            return sums
    tally = _Tally(file, treatment)
    for batch in ways[-1]():
        tally.add(batch)
    return tally.sums()


class _Tally:
    """The rows of one file so far, by the raw cells of their key columns."""

    def __init__(self, file: RawFile, treatment: Treatment) -> None:
        self._file = file
        self._treatment = treatment
        self._row = 0
        self._buckets: dict[tuple[Cell, ...], tuple[_Bucket, bool]] = {}
        self._problems: dict[Group, tuple[str, str, str]] = {}

    def add(self, batch: Batch) -> None:
        """Add rows; this loop is the hot path of the control reader."""
        buckets = self._buckets
        for row, key, billed_text, effective_text in batch.rows(self._row + 1):
            self._row = row
            known = buckets.get(key)
            if known is None:
                bucket = self._bucket(batch.whole(key))
                known = buckets[key] = bucket, bucket.plain
            bucket, plain = known
            try:
                billed = units(billed_text)
                effective = billed if effective_text == billed_text else units(effective_text)
            except ValueError as problem:
                self._note(bucket, "an amount cannot be read", _culprit(billed_text), str(problem))
                continue
            if billed is None:
                self._note(bucket, "an amount is missing", "BilledCost", "every row needs a billed cost")
                continue
            bucket.rows += 1
            if plain:
                bucket.billed += billed
                bucket.effective += effective or 0
            elif bucket.problem:
                self._note(bucket, bucket.problem[0], "BillingCurrency", bucket.problem[1])
            else:
                bucket.add(billed, effective or 0)

    def sums(self) -> FileSums:
        """Return what was added, by group and month."""
        sums: FileSums = {}
        for bucket, _ in self._buckets.values():
            group = sums.setdefault(bucket.group, GroupSum(problem=self._problems.get(bucket.group)))
            group.add(bucket.month, bucket.billed, bucket.effective, bucket.rows)
            for month, part in bucket.elsewhere.items():
                group.add(month, 0, part, 0)
        return sums

    def _note(self, bucket: _Bucket, what: str, column: str, why: str) -> None:
        self._problems.setdefault(bucket.group, (what, f"row {self._row}, column {column}", why))

    def _bucket(self, key: tuple[Cell, ...]) -> _Bucket:
        start, end, billing, currency, charge_class, account, service_provider, provider = key
        started = self._needed(start, "ChargePeriodStart")
        booked_on = self._needed(billing, "BillingPeriodStart")
        ended = self._instant(end, "ChargePeriodEnd")
        first, booked_day = day_of(started), day_of(booked_on)
        last = first if ended is None else max(first, day_of(ended - 1))
        months = self._month(booked_day, "BillingPeriodStart"), self._month(first, "ChargePeriodStart")
        as_booked = self._treatment.as_booked and charge_class == "Correction"
        spread = self._treatment.spread and not as_booked
        spread = spread and self._month(last, "ChargePeriodEnd") != months[1]
        rates, problem = self._conversion(filled(currency).strip(), months)
        return _Bucket(
            group=(filled(service_provider) or filled(provider), filled(account), booked_on),
            month=months[0] if as_booked else months[1],
            rates=rates,
            stretches=month_stretches(first, last) if spread else (),
            days=last - first + 1 if spread else 0,
            problem=problem,
        )

    def _conversion(
        self, currency: str, months: tuple[str, str]
    ) -> tuple[tuple[int, int] | None, tuple[str, str] | None]:
        """Return the rates of the billing and the charge month, None for no conversion, and what is wrong."""
        if currency == self._treatment.currency:
            return None, None
        if not currency:
            return None, ("the currency is missing", "every row needs a BillingCurrency")
        known = [self._treatment.rates.get((currency, month)) for month in months]
        if known[0] is None or known[1] is None:
            absent = months[0] if known[0] is None else months[1]
            return None, ("a conversion rate is missing", f"no rate of {currency} for {absent}")
        return (known[0], known[1]), None

    def _instant(self, value: Cell, column: str) -> int | None:
        try:
            return instant(value)
        except ValueError as problem:
            where = self._where(column)
            raise DataProblem("a time cannot be read", where=where, why=str(problem)) from problem

    def _needed(self, value: Cell, column: str) -> int:
        found = self._instant(value, column)
        if found is None:
            raise DataProblem("a time is missing", where=self._where(column), why=f"every row needs {column}")
        return found

    def _month(self, day: int, column: str) -> str:
        try:
            return month_of_day(day)
        except ValueError as problem:
            where = self._where(column)
            raise DataProblem("a time cannot be used", where=where, why=str(problem)) from problem

    def _where(self, column: str) -> str:
        return f"{self._file.name}, row {self._row}, column {column}"


def _culprit(billed_text: str) -> str:
    try:
        units(billed_text)
    except ValueError:
        return "BilledCost"
    return "EffectiveCost"
