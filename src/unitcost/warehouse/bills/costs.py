"""One cost file → its parts by month and its days, exact and in the reporting currency."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from unitcost.errors import DataProblem, nearest
from unitcost.inputs import focus
from unitcost.inputs.config import CostsSection
from unitcost.storage.digest import digest
from unitcost.warehouse.bills import columns, cost_checks
from unitcost.warehouse.bills.fx import Rates
from unitcost.warehouse.engine import Connection, literal, run, sql
from unitcost.warehouse.engines import Engine
from unitcost.warehouse.files.raw import Raw, header, open_raw
from unitcost.warehouse.files.small_table import NO_COMMAS, WITH_COMMAS, is_one_column
from unitcost.warehouse.files.sources import SourceFile
from unitcost.warehouse.marks import TOLERANCES, Mark

TAG = "Tags."
TEXTS = (
    "ServiceProviderName",
    "ProviderName",
    "PublisherName",
    "InvoiceIssuerName",
    "BillingAccountId",
    "SubAccountId",
    "SubAccountName",
    "BillingCurrency",
    "ChargeCategory",
    "ChargeClass",
    "ChargeFrequency",
    "ServiceName",
    "ServiceCategory",
    "CommitmentDiscountStatus",
    "CommitmentDiscountId",
    "CommitmentDiscountType",
    "InvoiceId",
    "PricingCategory",
    "PricingUnit",
    "RegionId",
    "SkuId",
    "SkuMeter",
    "ChargeDescription",
)
# What one value may be given for in every row of a file that lacks it.
ONE_VALUE = ("BillingCurrency", "ServiceName", "ProviderName")
MOMENTS = ("ChargePeriodStart", "ChargePeriodEnd", "BillingPeriodStart", "BillingPeriodEnd")
MONEY = {"BilledCost": "billed_texts", "EffectiveCost": "effective_texts"}
# Read as exactly as money. What is odd about them is no mark of the row, because no published sum rests on them alone.
MEASURES = {"PricingQuantity": "quantity_texts", "ListCost": "list_texts", "ContractedCost": "contracted_texts"}
NUMBERS = MONEY | MEASURES
PARTS, CELLS, COMMITMENTS, SERVICE_DAYS, DAYS, FACTS = (
    "parts.parquet",
    "cells.parquet",
    "commitments.parquet",
    "service_days.parquet",
    "days.parquet",
    "facts.json",
)
SUMS = ("cost_parts", "cost_cells", "cost_commitments")


@dataclass(frozen=True, slots=True)
class CostSettings:
    """What decides how a cost file is read. `rule_columns` are the columns and Tags.<key> that rules look at."""

    costs: CostsSection
    currency: str
    rates: Rates
    rule_columns: tuple[str, ...]

    def key(self, source: SourceFile, code: str, with_rates: bool) -> str:
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
            self.rates.sha256 if with_rates else "",
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
        """Return the names behind the mart's columns rule_0, rule_1, …, in their order."""
        return (*self.columns, *(TAG + tag for tag in self.tags))

    @property
    def rule_names(self) -> str:
        """Return the mart's rule columns as they stand in a list of columns."""
        return "".join(f"rule_{number}, " for number in range(len(self.rule_order)))


def write_parts(con: Connection, engine: Engine, source: SourceFile, settings: CostSettings, target: Path) -> None:
    """Read one file into the folder `target`: its parts, its days, facts. Raises DataProblem with the first flaw."""
    found = header(con, source)
    _check_columns(source, found.columns, settings.costs.defaults)
    wanted = (*TEXTS, *MOMENTS, *NUMBERS, columns.TAGS, *settings.columns)
    raw = open_raw(con, source, found, wanted, target / "texts.parquet")
    view = CostView.of(con, raw, settings)
    view.create(con, tags=False)
    cost_checks.check_words(con, raw, view.values)
    with cost_checks.amounts_fit(con, raw):
        engine.make(con, {"cost_days": sql("marts/cost_days")}, kept=("cost_days",))
    cost_checks.check_days(con, raw)
    cost_checks.check_rates(con, raw, settings.currency, settings.rates)
    foreign = _foreign(con, settings.currency)
    fractions = _fractions(con)
    spread = _has_spread(con) and settings.costs.spread == "days"
    view.create(con, tags=True, foreign=bool(foreign), spread=spread, settings=settings)
    sums = {name: sql(f"marts/{name}", rules=settings.rule_names) for name in SUMS}
    with cost_checks.amounts_fit(con, raw):
        # Days hold what is charged by the day or the hour, so nothing of it is spread over months.
        by_day = {"cost_service_days": sql("marts/cost_service_days", rules=settings.rule_names)}
        engine.make(con, sums | by_day, kept=(*SUMS, *by_day))
    if spread:
        run(con, "staging/cost_pieces")
        pieces = {
            f"{name}_of_pieces": text.replace("from cost_rows", "from cost_pieces") for name, text in sums.items()
        }
        engine.make(con, pieces, kept=tuple(pieces))
        for name in sums:
            con.execute(f"insert into {name} from {name}_of_pieces")
    tables = {"cost_parts": PARTS, "cost_cells": CELLS, "cost_commitments": COMMITMENTS, "cost_days": DAYS}
    tables["cost_service_days"] = SERVICE_DAYS
    for table, name in tables.items():
        con.execute(f"copy {table} to {literal(target / name)} (format parquet, compression zstd)")
    (target / FACTS).write_text(json.dumps(_facts(con, foreign, fractions)), "utf-8")
    (target / "texts.parquet").unlink(missing_ok=True)


def _check_columns(source: SourceFile, found: Sequence[str] | Mapping[str, str], defaults: Mapping[str, str]) -> None:
    there = {c.lower() for c in found} | {k.lower() for k, _ in source.hive} | {d.lower() for d in defaults}
    missing = [column for column in focus.REQUIRED if column.lower() not in there]
    if not any(column.lower() in there for column in focus.PROVIDER):
        missing.append("ProviderName")
    if missing:
        many = len(missing) > 1
        raise DataProblem(
            f"Required column{'s' if many else ''} {', '.join(missing)} {'are' if many else 'is'} missing",
            where=source.name,
            why=_what_is_there(list(found), missing[0]),
            fix=WITH_COMMAS if is_one_column(found) else _how_to_add(missing),
        )


def _how_to_add(missing: Sequence[str]) -> str:
    """Return the remedy for missing columns. One value for all rows is never offered for money, days or categories."""
    if any(column not in ONE_VALUE for column in missing):
        return "export the bill in the FOCUS format, with these columns"
    values = ", ".join(f'{column} = "…"' for column in missing)
    return f"export it, or give every row one value: [costs] defaults = {{ {values} }}"


def _what_is_there(found: Sequence[str], wanted: str) -> str:
    """Return what the file has instead of a column, with the likeliest mistake."""
    if is_one_column(found):
        return NO_COMMAS
    close = nearest(wanted, found, cutoff=0.75)
    if close.startswith("did you mean"):
        return f"the file has {len(found)} columns; {close}"
    return f"found: {', '.join(found)[:160]}"


@dataclass(frozen=True, slots=True)
class Given:
    """More columns that a view of a file is to have: SQL by name, and the joins they need."""

    columns: Mapping[str, str]
    joins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CostView:
    """The expressions that make `cost_rows` of one file."""

    raw: Raw
    values: dict[str, str]
    rule_values: tuple[str, ...]
    joins: tuple[str, ...]
    marks: tuple[tuple[Mark, str], ...]
    tag_values: tuple[str, ...]
    tag_join: str
    valueless: str
    wordings: tuple[str, ...]

    @classmethod
    def of(cls, con: Connection, raw: Raw, settings: CostSettings) -> CostView:
        """Look at a file's columns and their odd values. Raises DataProblem for a value that cannot be read."""
        costs = settings.costs
        cells = {
            name: columns.cell(raw, name, costs.defaults)
            for name in (*TEXTS, *MOMENTS, *NUMBERS, columns.TAGS, *settings.columns)
        }
        blank = columns.gaps(con, raw, cells.values())
        plain = {name: columns.text(cells[name], blank) for name in (*TEXTS, *settings.columns)}
        values = {name: plain[name] for name in TEXTS}
        moments, joins, slashed = columns.moments(con, raw, [cells[name] for name in MOMENTS], blank)
        numbers = {n: columns.money(con, raw, cells[n], blank, table) for n, table in NUMBERS.items()}
        amounts = [numbers[n] for n in MONEY]
        keys = (costs.product_tag, costs.environment_tag, costs.account_tag, *settings.tags)
        tag_values, tag_join, valueless = columns.tags(con, raw, cells[columns.TAGS], blank, keys)
        odd = {
            Mark.NO_INVOICE: f"{plain['InvoiceId']} is null",
            Mark.DEFAULTED: "true" if any(c.from_defaults for c in cells.values()) else "",
            Mark.USAGE_BASED: f"{plain['ChargeFrequency']} = 'Usage-based'" if cells["ChargeFrequency"].given else "",
            Mark.SLASHED: slashed,
            Mark.CLEANED: _any(f"coalesce({a.cleaned}, false)" for a in amounts if a.cleaned),
            Mark.ROUNDED: _any(f"coalesce({a.rounded}, false)" for a in amounts if a.rounded),
            Mark.BARE_NULL: _any(
                f"coalesce({cells[name].sql} in {columns.BARE}, false)" for name in sorted(blank.bare)
            ),
        }
        return cls(
            raw=raw,
            values=values | moments | {name: number.sql for name, number in numbers.items()},
            rule_values=tuple(plain[name] for name in settings.columns),
            joins=(*joins, *(number.join for number in numbers.values() if number.join)),
            marks=tuple((mark, condition) for mark, condition in odd.items() if condition),
            tag_values=tuple(tag_values),
            tag_join=tag_join,
            valueless=valueless,
            wordings=tuple(a.wording for a in amounts if a.wording),
        )

    def create(
        self,
        con: Connection,
        *,
        tags: bool,
        foreign: bool = False,
        spread: bool = False,
        settings: CostSettings | None = None,
        given: Given | None = None,
    ) -> None:
        """Make the view; without `tags` no text of tags is looked up, for queries that need none.

        `given` are more columns of the file, by their names in the view.
        """
        more = given or Given({}, ())
        marks = [*self.marks, *([(Mark.VALUELESS, self.valueless)] if tags and self.valueless else [])]
        tag_values = self.tag_values if tags else tuple(columns.NULL for _ in self.tag_values)
        named = [f"nullif(nullif({value}, ''), 'true')" for value in tag_values[:3]]
        rules = (*self.rule_values, *tag_values[3:])
        as_booked = settings is not None and settings.costs.corrections == "as_booked"
        amounts = _converted(settings.currency) if foreign and settings else _OWN
        typed = sql(
            "staging/typed_costs",
            **self.values,
            product=named[0],
            environment=named[1],
            account=named[2],
            rules="".join(f"{value} as rule_{number}, " for number, value in enumerate(rules))
            + "".join(f"{value} as {name}, " for name, value in more.columns.items()),
            marks=" + ".join([f"case when {when} then {int(mark)} else 0 end" for mark, when in marks]) or "0",
            wordings=f"concat_ws(', ', {', '.join(self.wordings)})" if self.wordings else columns.NULL,
            relation=self.raw.relation,
            joins="\n    ".join((*self.joins, *more.joins, *([self.tag_join] if tags and self.tag_join else []))),
        )
        placed = sql(
            "staging/costs",
            correction="coalesce(is_correction, false)",
            spread=_spans_months(as_booked) if spread else "false",
            as_booked=str(as_booked).lower(),
            **{f"counted_{name}": _counted(amounts.get(value, value), spread) for name, value in _SPREAD.items()},
            TOLERANCES=int(TOLERANCES),
            **amounts,
            **{mark.name: int(mark) for mark in Mark if mark.name},
        )
        con.execute(typed)
        con.execute(placed)


def _any(conditions: object) -> str:
    return " or ".join(conditions)  # type: ignore[arg-type]


def _counted(value: str, spread: bool) -> str:
    """Return what a row itself counts: what is spread is counted in its pieces, what is not known stays unknown."""
    nothing = "cast(0 as decimal(38, 18))"
    return f"case when spread and {value} is not null then {nothing} else {value} end" if spread else value


_SPREAD = {
    "effective": "effective",
    "own": "effective_own",
    "quantity": "quantity_given",
    "list": "list",
    "contracted": "contracted",
    "list_own": "list_given",
    "contracted_own": "contracted_given",
}
_OWN = {
    "billed": "billed_own",
    "effective": "effective_own",
    "list": "list_given",
    "contracted": "contracted_given",
    "rates": "",
}


def _converted(currency: str) -> dict[str, str]:
    """Return amounts in a file with other currencies: billed at its billing month's rate, effective at its charge's."""

    def into(amount: str, rate: str) -> str:
        own = f"marked.currency = {literal(currency)}"
        return f"case when {own} then {amount} else converted({amount}, {rate}.digits, {rate}.power) end"

    return {
        "billed": into("billed_own", "br"),
        "effective": into("effective_own", "er"),
        "list": into("list_given", "er"),
        "contracted": into("contracted_given", "er"),
        "rates": "left join rates as br on br.currency = marked.currency and br.month = billing_month\n"
        "left join rates as er on er.currency = marked.currency and er.month = charge_month",
    }


def _spans_months(as_booked: bool) -> str:
    condition = (
        "coalesce(effective_given, 0) <> 0 and charge_end is not null and date_trunc('month',"
        " charge_end - interval 1 microsecond) > date_trunc('month', charge_start)"
    )
    return f"{condition} and not coalesce(is_correction, false)" if as_booked else condition


def _foreign(con: Connection, currency: str) -> list[str]:
    rows = con.execute("select distinct currency from cost_days where currency <> $1 order by 1", [currency]).fetchall()
    return [str(row[0]) for row in rows]


def _has_spread(con: Connection) -> bool:
    """Tell whether a charge period may span months."""
    return bool(
        con.execute(
            "select bool_or(date_trunc('month', last_end - interval 1 microsecond) > date_trunc('month', day))"
            " from cost_days"
        ).fetchall()[0][0]
    )


# Facts


def _facts(con: Connection, foreign: Sequence[str], fractions: list[list[str]]) -> dict[str, object]:
    """Return what later steps want to know of a file without opening it."""
    bills = con.execute(
        "select distinct provider, billing_account, cast(billing_start as varchar) from cost_days order by all"
    ).fetchall()
    months = con.execute("select distinct strftime(month, '%Y-%m') from cost_parts order by 1").fetchall()
    days = con.execute("select distinct strftime(day, '%Y-%m') from cost_days order by 1").fetchall()
    return {
        "bills": [list(bill) for bill in bills],
        "months": sorted({month for (month,) in (*months, *days)}),
        "foreign": list(foreign),
        "fractions": fractions,
    }


def _fractions(con: Connection) -> list[list[str]]:
    """Return (provider, billing account, billing period, month) in which some EffectiveCost has a fraction.

    Purchases do not count: what is bought for later costs 0 in whole numbers, and rightly so.
    """
    bill = "provider, billing_account, billing_start, date_trunc('month', {}) as month"
    by_day, by_row = bill.format("day"), bill.format("charge_start")
    sums = (
        f"select {by_day}, bool_or(coalesce(effective, 0) % 1 <> 0) as broken"
        " from cost_days where charge_category <> 'Purchase' group by all"
    )
    named = "provider, billing_account, cast(billing_start as varchar), strftime(month, '%Y-%m')"
    found = con.execute(f"select {named}, broken from ({sums}) order by all").fetchall()
    broken = {row[:4] for row in found if row[4]}
    if len(broken) < len(found):
        # Fractions may cancel each other in a sum, so the rows of these bills are asked one by one.
        rows = f"select {by_row}, effective_given from cost_rows where charge_category <> 'Purchase'"
        broken |= set(
            con.execute(
                f"select distinct {named} from ({rows}) as own"
                f" semi join (select * from ({sums}) where not broken) as whole"
                " using (provider, billing_account, billing_start, month) where effective_given % 1 <> 0"
            ).fetchall()
        )
    return [list(row) for row in sorted(broken)]
