"""Which rows of a month do filters match? Asked of the raw files, with the amounts that the marts are made of."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from unitcost.warehouse import columns
from unitcost.warehouse.costs import MOMENTS, NUMBERS, TEXTS, CostSettings, CostView
from unitcost.warehouse.engine import Connection, connection, literal, run, sql
from unitcost.warehouse.export_rows import parts_of
from unitcost.warehouse.raw import header, open_raw
from unitcost.warehouse.repeats import Repeats
from unitcost.warehouse.spend import Part, is_foreign
from unitcost.warehouse.vocabulary import put_table

Filter = Mapping[str, Sequence[str]]  # FOCUS column or Tags.<key> → patterns, any of which matches


class MatchedRow(NamedTuple):
    """Rows of the bills that look the same to owners and filters, with the sum of their cost on the basis.

    `matched` has the places of the filters that match, `rule_values` what allocation rules look at.
    """

    charge_category: str
    commitment_status: str | None
    product_tag: str | None
    environment_tag: str | None
    service_category: str | None
    is_committed: bool
    rule_values: tuple[str | None, ...]
    matched: tuple[int, ...]
    amount: Decimal


def matched_rows(
    repeats: Repeats, month: str, filters: Sequence[Filter], basis: str, rule_order: Sequence[str]
) -> list[MatchedRow]:
    """Return everything charged in a month, in the reporting currency, by what matches it.

    The sum over all rows is that of the marts. Raises DataProblem for a file that cannot be read any more.
    """
    named = {column for one in filters for column in one}
    settings = replace(repeats.settings, rule_columns=tuple(sorted({*repeats.settings.rule_columns, *named})))
    folder = repeats.store / f".matched.{os.getpid()}"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with connection() as con:
            run(con, "staging/macros")
            settings.rates.install(con)
            con.execute(
                "create temp table matched_rows (charge_category varchar, commitment_status varchar,"
                " product_tag varchar, environment_tag varchar, service_category varchar, is_committed boolean,"
                " rule_values varchar[], matched boolean[], amount decimal(38, 18))"
            )
            place = {name: f"rule_{number}" for number, name in enumerate(settings.rule_order)}
            expressions = {
                "month": f"date {literal(month + '-01')}",
                "amount": "billed" if basis == "billed" else "effective",
                "rules": ", ".join(place[name] for name in rule_order) or "cast(null as varchar)",
                "matched": ", ".join(_condition(one, place) for one in filters) or "false",
            }
            for number, part in enumerate(parts_of(repeats.spend, month)):
                _open(con, part, repeats, settings, folder / str(number))
                con.execute(sql("levers/matched_rows", **expressions))
            found = con.execute(
                "select * exclude (amount), sum(amount) from matched_rows group by all order by all"
            ).fetchall()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return [_row(row, bool(rule_order)) for row in found]


def _row(row: tuple[Any, ...], has_rules: bool) -> MatchedRow:
    charge, status, product, environment, category, is_committed, rules, matched, amount = row
    places = tuple(number for number, hit in enumerate(matched) if hit)
    values = tuple(rules) if has_rules else ()
    return MatchedRow(charge, status, product, environment, category, is_committed, values, places, amount)


def _condition(wanted: Filter, place: Mapping[str, str]) -> str:
    """Return a filter as SQL that is never null: every column matches one of its patterns, a trailing * is a prefix."""
    columns = []
    for column, patterns in sorted(wanted.items()):
        value = place[column]
        choices = [
            f"starts_with({value}, {literal(p[:-1])})" if p.endswith("*") else f"{value} = {literal(p)}"
            for p in patterns
        ]
        columns.append(f"coalesce({' or '.join(choices)}, false)")
    return " and ".join(columns)


def _open(con: Connection, part: Part, repeats: Repeats, settings: CostSettings, texts: Path) -> None:
    """Make the views of one file, with the bills of it that count."""
    wanted = dict.fromkeys((*TEXTS, *MOMENTS, *NUMBERS, columns.TAGS, *settings.columns))
    raw = open_raw(con, part.source, header(con, part.source), wanted, texts)
    CostView.of(con, raw, settings).create(
        con, tags=True, foreign=is_foreign(part), spread=settings.costs.spread == "days", settings=settings
    )
    run(con, "staging/cost_pieces")
    counted = repeats.spend.counted
    bills = [bill for bill in part.bills if counted[bill] == part.delivery]
    kinds = {"provider": "string", "billing_account": "string", "billing_start": "moment"}
    put_table(
        con,
        "counted_bills",
        {name: (kind, [bill[i] for bill in bills]) for i, (name, kind) in enumerate(kinds.items())},
    )
