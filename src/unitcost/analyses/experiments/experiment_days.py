"""What experiments' filters match in the bills of a month, day by day; asked of the files, and kept in the store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from unitcost.storage.digest import code_of
from unitcost.storage.kept import kept
from unitcost.warehouse.bills.bill_rows import Filter, choices, condition, rows_of_month
from unitcost.warehouse.bills.repeats import Repeats
from unitcost.warehouse.bills.spend import parts_of
from unitcost.warehouse.engine import literal, sql

PACKAGE = "unitcost.analyses.experiments"
FOLDER = "experiments"
FREQUENCY = "ChargeFrequency"
COLUMNS = (
    "left_out varchar, day date, service varchar, region varchar, charge_category varchar, commitment_status varchar,"
    " product_tag varchar, rule_values varchar[], commitment varchar, filters boolean[], cost decimal(38, 18),"
    " list decimal(38, 18), rows bigint"
)


class ExperimentDayRow(NamedTuple):
    """Cost of a day that looks the same to owners and filters, in the reporting currency on the basis.

    `left_out` says why it tells nothing about a day; then `day` is None. `list` is the cost at list prices, None
    where a row has none. `commitment` is the id of what covers it, '' without an id, None if nothing does.
    `matched` has the places of the filters that match.
    """

    left_out: str | None
    day: dt.date | None
    service: str
    region: str | None
    charge_category: str
    commitment_status: str | None
    product_tag: str | None
    rule_values: tuple[str | None, ...]
    commitment: str | None
    matched: tuple[int, ...]
    cost: Decimal
    list: Decimal | None
    rows: int


def experiment_days(
    bills: Repeats, month: str, filters: Sequence[Filter], basis: str, rule_order: Sequence[str]
) -> list[ExperimentDayRow]:
    """Return the rows of a month that any of the filters matches. Raises DataProblem for a file that is gone."""
    parts = parts_of(bills.spend, month)
    if not parts:
        return []
    question = [
        bills.code,
        code_of(PACKAGE),
        month,
        basis,
        bills.spend.months[month].name,
        sorted(part.folder.name for part in parts),
        [sorted((key, list(choices(value))) for key, value in given.items()) for given in filters],
        list(rule_order),
    ]
    answer = partial(_ask, bills, month, filters, basis, rule_order)
    return kept(bills.store / FOLDER, question, answer, list[ExperimentDayRow])


def _ask(
    bills: Repeats, month: str, filters: Sequence[Filter], basis: str, rule_order: Sequence[str]
) -> list[ExperimentDayRow]:
    keys = [*rule_order, FREQUENCY, *(key for given in filters for key in given)]
    with rows_of_month(bills, month, keys) as (con, places, parts):
        con.execute(f"create temp table day_rows ({COLUMNS})")
        text = sql(
            "day_rows",
            PACKAGE,
            month=f"date {literal(month + '-01')}",
            cost=basis,
            frequency=places[FREQUENCY],
            rules=", ".join(places[name] for name in rule_order) or "cast(null as varchar)",
            matched=", ".join(condition(given, places) for given in filters),
        )
        for _ in parts:
            con.execute(text)
        rows = con.execute(
            "select * exclude (cost, list, rows) replace (cast(day as varchar) as day), cast(sum(cost) as varchar),"
            " case when count(list) = count(*) then cast(sum(list) as varchar) end, sum(rows)::bigint"
            " from day_rows group by all order by all"
        ).fetchall()
    return [_row(row, bool(rule_order)) for row in rows]


def _row(row: Sequence[object], has_rules: bool) -> ExperimentDayRow:
    left_out, day, service, region, category, status, product, rules, commitment, filters, cost, listed, rows = row
    return ExperimentDayRow(
        _text(left_out),
        None if day is None else dt.date.fromisoformat(str(day)),
        str(service),
        _text(region),
        str(category),
        _text(status),
        _text(product),
        tuple(rules) if has_rules else (),  # type: ignore[arg-type]
        _text(commitment),
        tuple(place for place, hit in enumerate(filters) if hit),  # type: ignore[arg-type, var-annotated]
        Decimal(str(cost)),
        None if listed is None else Decimal(str(listed)),
        int(str(rows)),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
