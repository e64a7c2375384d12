"""Which rows of a month do filters match? Asked of the raw files, with the amounts that the marts are made of."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from unitcost.warehouse.bills.bill_rows import Filter, condition, rows_of_month
from unitcost.warehouse.bills.repeats import Repeats
from unitcost.warehouse.engine import literal, sql

PACKAGE = "unitcost.analyses.levers"


class MatchedRow(NamedTuple):
    """Rows of the bills that look the same to owners and filters, with the sum of their cost on the basis.

    `matched` has the places of the filters that match, `rule_values` what allocation rules look at.
    """

    provider: str
    charge_category: str
    commitment_status: str | None
    product_tag: str | None
    environment_tag: str | None
    service_category: str | None
    is_committed: bool
    is_spot: bool
    rule_values: tuple[str | None, ...]
    matched: tuple[int, ...]
    amount: Decimal


def spend_by_filters(
    repeats: Repeats, month: str, filters: Sequence[Filter], basis: str, rule_order: Sequence[str]
) -> list[MatchedRow]:
    """Return everything charged in a month, in the reporting currency, by what matches it.

    The sum over all rows is that of the marts. Raises DataProblem for a file that cannot be read any more.
    """
    named = {column for keys_of in filters for column in keys_of}
    keys = [*repeats.settings.rule_columns, *named]
    with rows_of_month(repeats, month, keys) as (con, place, parts):
        con.execute(
            "create temp table matched_rows (provider varchar, charge_category varchar, commitment_status varchar,"
            " product_tag varchar, environment_tag varchar, service_category varchar, is_committed boolean,"
            " is_spot boolean,"
            " rule_values varchar[], matched boolean[], amount decimal(38, 18))"
        )
        expressions = {
            "month": f"date {literal(month + '-01')}",
            "amount": basis,
            "rules": ", ".join(place[name] for name in rule_order) or "cast(null as varchar)",
            "matched": ", ".join(condition(given, place) for given in filters) or "false",
        }
        for _ in parts:
            con.execute(sql("spend_by_filters", PACKAGE, **expressions))
        rows = con.execute(
            "select * exclude (amount), sum(amount) from matched_rows group by all order by all"
        ).fetchall()
    return [_row(row, bool(rule_order)) for row in rows]


def _row(row: tuple[Any, ...], has_rules: bool) -> MatchedRow:
    *properties, rules, matched, amount = row
    places = tuple(number for number, hit in enumerate(matched) if hit)
    return MatchedRow._make([*properties, tuple(rules) if has_rules else (), places, amount])
