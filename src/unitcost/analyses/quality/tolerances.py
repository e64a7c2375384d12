"""What was accepted in the bills although it is not quite as the contract has it: how often, how much, one example."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from unitcost.analyses.quality.bill_days import BillDay
from unitcost.numbers.units import to_money, to_units
from unitcost.warehouse.marks import Mark
from unitcost.warehouse.rows import SpendRow


@dataclass(frozen=True, slots=True)
class Accepted:
    """One tolerance in use.

    `sum` is BilledCost (or what `what` says) in the reporting currency, None where it is not about money.
    """

    what: str
    count: int
    sum: Decimal | None = None
    example: str | None = None


ROWS_WITHOUT_EFFECTIVE = "Rows without EffectiveCost, which count 0"
MARKS = {
    Mark.NO_EFFECTIVE: ROWS_WITHOUT_EFFECTIVE,
    Mark.NEGATIVE_BILLED | Mark.NEGATIVE_EFFECTIVE: "Rows with a negative amount",
    Mark.SPREAD: "Rows whose charge period spans months, spread over its days; the sum is EffectiveCost",
    Mark.UNPLACEABLE: "Corrections whose charge period is their billing period, so that the month corrected is unknown",
    Mark.CLEANED: "Rows with an amount written with a currency sign, commas or blanks",
    Mark.ROUNDED: "Rows with an amount of more than 18 decimals, rounded half-even",
    Mark.SLASHED: "Rows with a date written month/day/year",
    Mark.BARE_NULL: "Rows with a cell that says NULL, read as empty",
    Mark.VALUELESS: "Rows with a tag that has no value",
    Mark.USAGE_BASED: "Rows that spell Usage-Based as Usage-based",
}


def accepted_rows(spend: Sequence[SpendRow], defaults: Mapping[str, str]) -> list[Accepted]:
    """Return the tolerances that rows tell of by their marks; `defaults` are those of [costs]."""
    found = [_of_mark(mark, what, spend) for mark, what in MARKS.items()]
    values = ", ".join(f"{name} = {value}" for name, value in sorted(defaults.items()))
    lacking = _of_mark(Mark.DEFAULTED, "Rows of files that lack a column which has a default", spend)
    if lacking:
        found.append(Accepted(lacking.what, lacking.count, lacking.sum, f"[costs] defaults: {values}"))
    return [entry for entry in found if entry]


def _of_mark(mark: Mark, what: str, spend: Iterable[SpendRow]) -> Accepted | None:
    # A row that is spread leaves pieces in other months; they add cost there, and no row.
    rows = [row for row in spend if row.has(mark) and row.rows]
    if not rows:
        return None
    examples = [row.example for row in rows if row.example is not None]
    return Accepted(
        what,
        sum(row.rows for row in rows),
        to_money(sum(to_units(row.booked if mark is Mark.SPREAD else row.billed) for row in rows)),
        min(examples, key=str.encode, default=None),
    )


def mixed_spans(days: Iterable[BillDay], in_reporting: Callable[[str, str, Decimal], Decimal]) -> list[Accepted]:
    """Return how many rows are for a day among rows for an hour, or the other way round; the fewer kind.

    `in_reporting` takes currency, billing month and amount.
    """
    rows: dict[str, dict[str, int]] = {"hour": {}, "day": {}}
    money = {"hour": 0, "day": 0}
    for row in days:
        if row.span in rows:
            by_provider = rows[row.span]
            by_provider[row.provider] = by_provider.get(row.provider, 0) + row.rows
            money[row.span] += to_units(in_reporting(row.currency, f"{row.billing_start:%Y-%m}", row.billed))
    totals = {span: sum(by_provider.values()) for span, by_provider in rows.items()}
    if not all(totals.values()):
        return []
    fewer, other = ("hour", "day") if totals["hour"] < totals["day"] else ("day", "hour")
    what = f"Rows for {_A[fewer]} among {totals[other]} for {_A[other]}"
    provider = max(rows[fewer], key=lambda name: (rows[fewer][name], name))
    example = f"{provider}: {rows[fewer][provider]} for {_A[fewer]}"
    if provider in rows[other]:
        example += f", {rows[other][provider]} for {_A[other]}"
    return [Accepted(what, totals[fewer], to_money(money[fewer]), example)]


_A = {"hour": "an hour", "day": "a day"}
