"""A month's rows out of the files again, each cut into the pieces that were allocated; for `unitcost export`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from unitcost.inputs import focus
from unitcost.warehouse.bills import columns
from unitcost.warehouse.bills.costs import MOMENTS, NUMBERS, TEXTS, CostSettings, CostView, Given
from unitcost.warehouse.bills.spend import Part, Spend, is_foreign
from unitcost.warehouse.bills.vocabulary import put_table
from unitcost.warehouse.engine import Connection, file_list, identifier, literal, run, sql
from unitcost.warehouse.files.raw import Raw, header, open_raw

PACKAGE = "unitcost.commands.export"
# FOCUS's metrics that add up, and what stands for them in cost_rows; a row's pieces add up to its own amount.
STAGED_SUMS = {
    "EffectiveCost": "effective_given",
    "PricingQuantity": "quantity_given",
    "ListCost": "list_given",
    "ContractedCost": "contracted_given",
}
OTHER_SUMS = ("ConsumedQuantity", "CommitmentDiscountQuantity", "PricingCurrencyEffectiveCost")
PRICES = (
    "ListUnitPrice",
    "ContractedUnitPrice",
    "PricingCurrencyListUnitPrice",
    "PricingCurrencyContractedUnitPrice",
)
PERIODS = {
    "ChargePeriodStart": "charge_start",
    "ChargePeriodEnd": "charge_end",
    "BillingPeriodStart": "billing_start",
    "BillingPeriodEnd": "billing_end",
}
SUMS = ("BilledCost", *STAGED_SUMS, *OTHER_SUMS)
# A provider's own split stays readable beside ours.
SPLITS = (
    "AllocatedMethodId",
    "AllocatedMethodDetails",
    "AllocatedResourceId",
    "AllocatedResourceName",
    "AllocatedTags",
)


@dataclass(frozen=True, slots=True)
class ExportMonth:
    """What to take out: a month, its first day as SQL, the reporting currency and the basis of cost in scope."""

    name: str
    currency: str
    basis: str

    @property
    def first_day(self) -> str:
        """Return the first day as SQL."""
        return f"date {literal(self.name + '-01')}"


@dataclass(frozen=True, slots=True)
class Tables:
    """Small tables by their columns: the keys of rows with the number of their group, the groups, the pieces."""

    keys: Mapping[str, tuple[str, Sequence[object]]]
    groups: Mapping[str, tuple[str, Sequence[object]]]
    pieces: Mapping[str, tuple[str, Sequence[object]]]


def install(con: Connection, settings: CostSettings, tables: Tables) -> None:
    """Put what the queries read into the connection."""
    run(con, "staging/macros")
    # Rows are told apart by their number in the file, which must be the same each time a bill is read.
    con.execute("set preserve_insertion_order = true")
    settings.rates.install(con)
    put_table(con, "row_keys", dict(tables.keys))
    put_table(con, "row_groups", dict(tables.groups))
    put_table(con, "row_pieces", dict(tables.pieces))


def given_columns(con: Connection, parts: Iterable[Part], settings: CostSettings) -> list[str]:
    """Return the FOCUS columns that any of the files has, in the order of the specification's names."""
    there = {name.lower() for name in settings.costs.defaults}
    for part in parts:
        there |= {name.lower() for name in (*header(con, part.source).columns, *(k for k, _ in part.source.hive))}
    return [name for name in focus.COLUMNS if name.lower() in there]


def stage(
    con: Connection,
    part: Part,
    number: int,
    spend: Spend,
    settings: CostSettings,
    *,
    month: ExportMonth,
    names: Sequence[str],
    target: Path,
) -> int:
    """Write what counts in the month of one file to `target`, uncut, and return how many rows that is.

    Raises DataProblem for a number among the columns that are only handed on and that cannot be read.
    """
    heads = header(con, part.source)
    wanted = dict.fromkeys((*TEXTS, *MOMENTS, *NUMBERS, columns.TAGS, *settings.columns, *names))
    raw = _numbered(open_raw(con, part.source, heads, wanted, target.with_suffix(".texts")))
    more, shown = _given(con, raw, names, settings)
    foreign, spread = is_foreign(part), settings.costs.spread == "days"
    CostView.of(con, raw, settings).create(
        con, tags=True, foreign=foreign, spread=spread, settings=settings, given=more
    )
    bills = [bill for bill in part.bills if spend.counted[bill] == part.delivery]
    kinds = {"provider": "string", "billing_account": "string", "billing_start": "moment"}
    put_table(
        con,
        "counted_bills",
        {name: (kind, [bill[i] for bill in bills]) for i, (name, kind) in enumerate(kinds.items())},
    )
    query = sql(
        "month_rows",
        PACKAGE,
        month=month.first_day,
        given="".join(f"{value} as {identifier(name)}, " for name, value in shown.items()),
        cost="case when starts then billed else 0 end" if month.basis == "billed" else _piece("booked"),
        same_key=" and ".join(f"row_keys.{k} is not distinct from pieces.{k}" for k in _key_columns(settings)),
    )
    con.execute(f"copy (select {number} as file, * from ({query})) to {literal(target)} (format parquet)")
    target.with_suffix(".texts").unlink(missing_ok=True)
    return int(con.execute(f"select count(*) from read_parquet({literal(target)})").fetchall()[0][0])


def _put_rows(con: Connection, table: str, rows: Collection[Sequence[object]], kinds: Mapping[str, str]) -> None:
    put_table(con, table, {name: (kind, [row[i] for row in rows]) for i, (name, kind) in enumerate(kinds.items())})


def _key_columns(settings: CostSettings) -> list[str]:
    rules = [f"rule_{number}" for number in range(len(settings.rule_order))]
    return ["charge_category", "commitment_status", "product_tag", "service_category", *rules]


def _numbered(raw: Raw) -> Raw:
    """Return a file whose rows carry their number."""
    option = "hive_partitioning = false)"
    return replace(raw, relation=raw.relation.replace(option, f"file_row_number = true, {option}"))


def _piece(amount: str) -> str:
    return f"case when spread then piece_of({amount}, n, from_day, to_day) else {amount} end"


def _units(amount: str) -> str:
    return f"cast(units_of({amount}) as decimal(38, 0))"


def _given(con: Connection, raw: Raw, names: Sequence[str], settings: CostSettings) -> tuple[Given, dict[str, str]]:
    """Return what the view must carry for the columns `names`, and SQL for each of them."""
    cells = {name: _cell(raw, name, settings.costs.defaults) for name in names}
    blank = columns.gaps(con, raw, cells.values())
    carried, joins = {"file_row_number": "raw.file_row_number"}, []
    shown: dict[str, str] = {}
    for name, cell in cells.items():
        column = f"given_{name.lower()}"
        if name in PERIODS:
            shown[name] = PERIODS[name]
        elif name == "BilledCost":
            shown[name] = _units("case when starts then billed_own else 0 end")
        elif name in STAGED_SUMS:
            shown[name] = _units(_piece(STAGED_SUMS[name]))
        elif name in OTHER_SUMS or name in PRICES:
            number = columns.money(con, raw, cell, blank, f"{column}_texts")
            carried[column] = number.sql
            joins += [number.join] if number.join else []
            shown[name] = column if name in PRICES else _units(_piece(column))
        else:
            carried[column] = columns.text(cell, blank)
            shown[name] = column
    return Given(carried, tuple(joins)), shown


def _cell(raw: Raw, name: str, defaults: Mapping[str, str]) -> columns.ColumnSource:
    """Return a column of the file, of whatever type: what is nested is handed on as JSON."""
    for column, kind in raw.columns.items():
        if column.lower() == name.lower():
            return columns.ColumnSource(name, f"raw.{identifier(column)}", kind)
    return columns.cell(raw, name, defaults)


def piece_sums(con: Connection, staged: Sequence[Path]) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Return (group, product line, tier, units) of all pieces, and (group, size, file, row) of the largest rows."""
    con.execute(f"create or replace temp view month_rows as select * from read_parquet({file_list(staged)})")
    sums = con.execute(sql("piece_sums", PACKAGE)).fetchall()
    largest = con.execute(
        f"select group_number, size, place.file, place.row from ({sql('largest_rows', PACKAGE)})"
    ).fetchall()
    return sums, largest


def write(
    con: Connection,
    staged: Path,
    corrections: Collection[tuple[int, str | None, str | None, int]],
    target: Path,
    *,
    month: ExportMonth,
    names: Sequence[str],
) -> None:
    """Write one file of the export; `corrections` are (row, product line, tier, units) of its rows."""
    kinds = {"row": "whole", "line": "string", "tier": "string", "units": "whole"}
    _put_rows(con, "row_corrections", corrections, kinds)
    con.execute(f"create or replace temp view month_rows as select * from read_parquet({file_list([staged])})")
    query = sql(
        "allocated_rows",
        PACKAGE,
        columns="".join(f"{_written(name, month.basis)} as {identifier(_name(name))}, " for name in names),
        currency=literal(month.currency),
        cost=f"{_part('cost')} + correction",
        billed=_part("billed") + (" + correction" if month.basis == "billed" else ""),
        effective=_part("effective") + (" + correction" if month.basis == "effective" else ""),
    )
    con.execute(f"copy ({query}) to {literal(target)} (format parquet, compression zstd)")


def _part(column: str) -> str:
    units = f"cast({column} as hugeint)"
    return f"below({units}, high) - below({units}, low)"


def _written(name: str, basis: str) -> str:
    if name not in SUMS:
        return identifier(name)
    # In the reporting currency a bill's own amounts add up to the findings as well.
    extra = " + own_correction" if name == ("BilledCost" if basis == "billed" else "EffectiveCost") else ""
    return f"amount_of({_part(identifier(name))}{extra})"


def _name(name: str) -> str:
    return f"x_Given{name}" if name in SPLITS else name


def totals(con: Connection, folder: Path) -> list[tuple[Any, ...]]:
    """Return (class of cost, product line, tier, allocated, billed, effective) of what was written, added up."""
    return con.execute(
        "select x_CostClass, x_AllocatedProductLine, x_AllocatedTier, sum(x_AllocatedCost), sum(x_BilledCost),"
        f" sum(x_EffectiveCost) from read_parquet({file_list(sorted(folder.glob('*.parquet')))}) group by all"
    ).fetchall()
