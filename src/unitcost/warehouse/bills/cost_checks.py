"""What a cost file must not say: rows that cannot be counted, words nobody knows, amounts that do not fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import duckdb

from unitcost.errors import DataProblem
from unitcost.inputs import focus
from unitcost.warehouse.bills.fx import Rates
from unitcost.warehouse.bills.vocabulary import bad_value
from unitcost.warehouse.engine import Connection, literal
from unitcost.warehouse.files import texts
from unitcost.warehouse.files.locate import find_row, place
from unitcost.warehouse.files.raw import Raw

KNOWN = {
    "ChargeCategory": focus.CHARGE_CATEGORIES,
    "ChargeClass": ("Correction",),
    "CommitmentDiscountStatus": ("Used", "Unused"),
}


def check_words(con: Connection, raw: Raw, values: Mapping[str, str]) -> None:
    """Raise for a word that decides how a row counts and is none of those we know, in whatever spelling."""
    for column, known in KNOWN.items():
        value = values[column]
        other = " and ".join(f"{value} <> {literal(word)}" for word in known)
        odd = con.execute(f"select min({value}) from {raw.relation} as raw where {other}").fetchall()[0][0]
        if odd is not None:
            raise bad_value(con, raw.source, column, odd, f"known values: {', '.join(known)}")


@contextmanager
def amounts_fit(con: Connection, raw: Raw) -> Iterator[None]:
    """Raise DataProblem where amounts leave the 20 digits before the point, by themselves or added up."""
    try:
        yield
    except (duckdb.OutOfRangeException, duckdb.ConversionException):
        raise DataProblem(
            "Amounts are too large",
            where=_large_amount(con, raw),
            why="converted and added up they have more than 20 digits before the point",
            fix="correct the amounts in the source and export again",
        ) from None


def _large_amount(con: Connection, raw: Raw) -> str:
    """Return the place of the first amount that is large enough to be the one that does not fit."""
    for column in ("BilledCost", "EffectiveCost", "PricingQuantity", "ListCost", "ContractedCost"):

        def large(cells: Mapping[str, str | None], column: str = column) -> bool:
            text = cells[column]
            return text is not None and abs(texts.parse_money(text).value) >= 10**18

        row = find_row(con, raw.source, (column,), large)
        if row:
            return f"{raw.source.name}, {row}, column {column}"
    return raw.source.name


def check_days(con: Connection, raw: Raw) -> None:
    """Raise for rows that cannot be counted; the days have seen them all."""
    total, *nulls, backwards = con.execute(
        "select coalesce(sum(rows), 0), coalesce(sum(rows - billed_rows), 0),"
        " coalesce(sum(rows) filter (currency is null), 0), coalesce(sum(rows) filter (charge_category is null), 0),"
        " coalesce(sum(rows) filter (day is null), 0), coalesce(sum(rows) filter (billing_start is null), 0),"
        " coalesce(sum(backwards), 0) from cost_days"
    ).fetchall()[0]
    if not total:
        raise DataProblem(
            "The file has a header and no rows", where=raw.source.name, fix="export it again, or remove it"
        )
    for column, count in zip(focus.NEVER_NULL, nulls, strict=True):
        if count:
            raise DataProblem(
                f"{column} is empty in {count} of {total} rows",
                where=place(con, raw.source, column, None),
                why="without it the row cannot be counted",
                fix="correct the export; a null is never read as 0",
            )
    if backwards:
        raise _backwards(con, raw)


def _backwards(con: Connection, raw: Raw) -> DataProblem:
    start, end = con.execute(
        "select charge_start, charge_end from cost_rows where charge_end < charge_start order by all limit 1"
    ).fetchall()[0]

    def wanted(cells: Mapping[str, str | None]) -> bool:
        first, last = cells["ChargePeriodStart"], cells["ChargePeriodEnd"]
        return bool(first and last) and texts.parse_moment(str(last)).at < texts.parse_moment(str(first)).at

    row = find_row(con, raw.source, ("ChargePeriodStart", "ChargePeriodEnd"), wanted)
    return DataProblem(
        "A charge period ends before it starts",
        where=f"{raw.source.name}, {row}, column ChargePeriodEnd" if row else raw.source.name,
        why=f"ChargePeriodEnd {end} is before ChargePeriodStart {start}",
        fix="correct the export",
    )


def check_rates(con: Connection, raw: Raw, reporting: str, rates: Rates) -> None:
    """Make the table `rates` and raise for the first month for which it lacks a currency of the file."""
    rates.install(con)
    missing = con.execute(
        "select currency, strftime(month, '%Y-%m'), sum(rows) from ("
        " select currency, rows, cast(unnest([date_trunc('month', billing_start), date_trunc('month', day)]) as date)"
        " as month from cost_days where currency <> $1) as needed"
        " anti join rates using (currency, month) group by 1, 2 order by 2, 1 limit 1",
        [reporting],
    ).fetchall()
    if missing:
        currency, month, rows = missing[0]
        raise DataProblem(
            f"No rate for {currency} in {month}",
            where=f"{place(con, raw.source, 'BillingCurrency', currency)} ({rows} rows)",
            why=f"amounts in {currency} are never added to {reporting} without one",
            fix=f"add a line to the [fx] table: {month},{currency},<{reporting} per {currency}>",
        )
