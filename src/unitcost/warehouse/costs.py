"""One cost file → its parts by month (`cost_parts`), exact and in the reporting currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from unitcost import focus
from unitcost.config import Costs
from unitcost.errors import DataProblem, nearest
from unitcost.warehouse import texts
from unitcost.warehouse.engine import Connection, identifier, literal, run
from unitcost.warehouse.fx import Rates
from unitcost.warehouse.locate import find_row, place
from unitcost.warehouse.raw import header, reading, select_texts
from unitcost.warehouse.sources import SourceFile, digest
from unitcost.warehouse.vocabulary import bad_value, moment_table, money_table, put_table

TAG = "Tags."
# What staging looks at, whatever the rules say.
READ = (
    *focus.REQUIRED,
    *focus.PROVIDER,
    "BillingAccountId",
    "SubAccountId",
    "SubAccountName",
    "BillingPeriodEnd",
    "ChargeClass",
    "ChargeFrequency",
    "ServiceCategory",
    "CommitmentDiscountStatus",
    "InvoiceId",
    "InvoiceIssuerName",
    "PublisherName",
    "Tags",
)
MOMENTS = ("ChargePeriodStart", "ChargePeriodEnd", "BillingPeriodStart", "BillingPeriodEnd")
MONEY = ("BilledCost", "EffectiveCost")


@dataclass(frozen=True, slots=True)
class CostSettings:
    """What decides how a cost file is read. `rule_columns` are the columns and Tags.<key> that rules look at."""

    costs: Costs
    currency: str
    rates: Rates
    rule_columns: tuple[str, ...]

    def key(self, source: SourceFile, code: str) -> str:
        """Return a name for the parts of this file under these settings and this code."""
        costs = self.costs
        settings = (
            sorted(costs.defaults.items()),
            costs.product_tag,
            costs.environment_tag,
            costs.account_tag,
            costs.corrections,
            costs.spread,
            self.currency,
            self.rates.sha256,
            self.rule_columns,
        )
        return digest([code, source.sha256, source.hive, settings])

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns that rules look at, without tags."""
        return tuple(c for c in self.rule_columns if not c.startswith(TAG))

    @property
    def tags(self) -> tuple[str, ...]:
        """Return the tag keys that rules look at."""
        return tuple(c.removeprefix(TAG) for c in self.rule_columns if c.startswith(TAG))

    @property
    def rule_order(self) -> tuple[str, ...]:
        """Return the names behind the mart's `rule_values`, in their order."""
        return (*self.columns, *(TAG + tag for tag in self.tags))


def write_parts(con: Connection, source: SourceFile, settings: CostSettings, target: Path) -> None:
    """Read one file and write its parts to `target` (Parquet). Raises DataProblem with the row of the first flaw."""
    columns = header(con, source)
    _check_columns(source, columns, settings.costs.defaults)
    wanted = {column: column for column in (*READ, *settings.columns)}
    with reading(source):
        inner = select_texts(source, wanted, columns, settings.costs.defaults)
        rules = ", ".join(identifier(column) for column in settings.columns)
        con.execute(
            f"create or replace temp table raw as select *, cast([{rules}] as varchar[]) as rule_columns from ({inner})"
        )
    _check_nulls(con, source)
    money_table(con, source, MONEY, "money_texts")
    moment_table(con, source, MOMENTS)
    _tag_table(con, source, settings)
    _settings_table(con, settings)
    settings.rates.install(con)
    run(con, "staging/costs")
    _check_rows(con, source, settings)
    run(con, "staging/cost_pieces")
    run(con, "staging/cost_parts")
    con.execute(f"copy cost_parts to {literal(target)} (format parquet, compression zstd)")


def _check_columns(source: SourceFile, columns: Sequence[str] | Mapping[str, str], defaults: Mapping[str, str]) -> None:
    there = {c.lower() for c in columns} | {k.lower() for k, _ in source.hive} | {d.lower() for d in defaults}
    missing = [column for column in focus.REQUIRED if column.lower() not in there]
    if not any(column.lower() in there for column in focus.PROVIDER):
        missing.append("ProviderName")
    if missing:
        found = list(columns)
        many = len(missing) > 1
        raise DataProblem(
            f"Required column{'s' if many else ''} {', '.join(missing)} {'are' if many else 'is'} missing",
            where=source.name,
            why=_what_is_there(found, missing[0]),
            fix=f'export it, or give every row one value: [costs] defaults = {{ {missing[0]} = "…" }}',
        )


def _what_is_there(found: Sequence[str], wanted: str) -> str:
    """Return what the file has instead of a column, with the likeliest mistake."""
    if len(found) == 1 and any(mark in found[0] for mark in ";\t|"):
        return "the columns are not separated by commas"
    close = nearest(wanted, found, cutoff=0.75)
    if close.startswith("did you mean"):
        return f"the file has {len(found)} columns; {close}"
    return f"found: {', '.join(found)[:160]}"


def _check_nulls(con: Connection, source: SourceFile) -> None:
    counts = ", ".join(f"count(*) - count({identifier(column)})" for column in focus.NEVER_NULL)
    total, *nulls = con.execute(f"select count(*), {counts} from raw").fetchall()[0]
    if not total:
        raise DataProblem("The file has a header and no rows", where=source.name, fix="export it again, or remove it")
    for column, count in zip(focus.NEVER_NULL, nulls, strict=True):
        if count:
            raise DataProblem(
                f"{column} is empty in {count} of {total} rows",
                where=place(con, source, column, None),
                why="without it the row cannot be counted",
                fix="correct the export; a null is never read as 0",
            )


def _tag_table(con: Connection, source: SourceFile, settings: CostSettings) -> None:
    """Make `tag_texts`: what each distinct Tags text says about the keys we look at."""
    costs = settings.costs
    rows = []
    for (text,) in con.execute("select distinct Tags from raw where Tags is not null order by 1").fetchall():
        try:
            tags = texts.parse_tags(text)
        except ValueError as error:
            raise bad_value(con, source, "Tags", text, str(error)) from None
        named = [
            None if key in tags.valueless else (tags.values.get(key) or None)
            for key in (costs.product_tag, costs.environment_tag, costs.account_tag)
        ]
        rows.append((text, *named, [tags.values.get(key) for key in settings.tags], bool(tags.valueless)))
    kinds = ("string", "string", "string", "string", "strings", "bool")
    names = ("text", "product", "environment", "account", "rule_tags", "valueless")
    put_table(
        con,
        "tag_texts",
        {name: (kinds[n], [row[n] for row in rows]) for n, name in enumerate(names)},
    )


def _settings_table(con: Connection, settings: CostSettings) -> None:
    nulls = ", ".join("null" for _ in settings.tags)
    con.execute(
        f"create or replace temp table settings as select {literal(settings.currency)} as currency,"
        f" {settings.costs.corrections == 'as_booked'} as as_booked, {settings.costs.spread == 'days'} as spread,"
        f" cast([{nulls}] as varchar[]) as no_rule_tags"
    )


def _check_rows(con: Connection, source: SourceFile, settings: CostSettings) -> None:
    backwards = con.execute(
        "select charge_start, charge_end from cost_rows where charge_end < charge_start limit 1"
    ).fetchall()
    if backwards:
        raise DataProblem(
            "A charge period ends before it starts",
            where=_row_of_period(con, source) or source.name,
            why=f"ChargePeriodEnd {backwards[0][1]} is before ChargePeriodStart {backwards[0][0]}",
            fix="correct the export",
        )
    missing = con.execute(
        "select currency, case when billed is null then billing_month else charge_month end as month, count(*)"
        " from cost_rows where billed is null or effective is null group by 1, 2 order by 2, 1 limit 1"
    ).fetchall()
    if missing:
        currency, month, rows = missing[0]
        raise DataProblem(
            f"No rate for {currency} in {month}",
            where=f"{place(con, source, 'BillingCurrency', currency)} ({rows} rows)",
            why=f"amounts in {currency} are never added to {settings.currency} without one",
            fix=f"add a line to the [fx] table: {month},{currency},<{settings.currency} per {currency}>",
        )


def _row_of_period(con: Connection, source: SourceFile) -> str | None:
    def backwards(cells: Mapping[str, str | None]) -> bool:
        start, end = cells["ChargePeriodStart"], cells["ChargePeriodEnd"]
        return bool(start and end) and texts.parse_moment(str(end)).at < texts.parse_moment(str(start)).at

    row = find_row(con, source, ("ChargePeriodStart", "ChargePeriodEnd"), backwards)
    return row and f"{source.name}, {row}, column ChargePeriodEnd"
