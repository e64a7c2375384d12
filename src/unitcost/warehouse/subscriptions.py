"""Subscription files → one checked table of periods."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from unitcost.errors import DataProblem
from unitcost.warehouse.engine import Connection, identifier, run
from unitcost.warehouse.locate import find_row
from unitcost.warehouse.raw import header, reading, select_texts
from unitcost.warehouse.small_table import check_columns
from unitcost.warehouse.sources import SourceFile, digest
from unitcost.warehouse.texts import parse_moment, parse_money
from unitcost.warehouse.vocabulary import bad_value, moment_table, money_table

REQUIRED = ("user_id", "tier", "started_on", "ended_on", "mrr")
OPTIONAL = ("plan", "account_id", "signed_up_on", "tenancy", "currency")
NEVER_NULL = ("user_id", "tier", "started_on")
FACTS = "facts.json"
ALLOWED = {"tier": ("free", "paid"), "tenancy": ("shared", "dedicated")}


def load_subscriptions(con: Connection, files: Sequence[SourceFile]) -> None:
    """Make `subscriptions` from all files. Raises DataProblem with the row of the first flaw."""
    tables = []
    for number, source in enumerate(files):
        columns = header(con, source)
        check_columns(source.name, "subscriptions", [c.lower() for c in columns], REQUIRED)
        wanted = {column: column for column in (*REQUIRED, *OPTIONAL)}
        with reading(source):
            con.execute(f"create or replace temp table raw as {select_texts(source, wanted, columns, {})}")
        _check(con, source)
        moment_table(con, source, ("started_on", "ended_on", "signed_up_on"))
        money_table(con, source, ("mrr",), "money_texts")
        _check_mrr(con, source)
        run(con, "staging/subscriptions")
        con.execute(f"create or replace temp table subscriptions_{number} as select * from subscriptions")
        tables.append(f"select * from subscriptions_{number}")
    con.execute(f"create or replace temp table subscriptions as {' union all '.join(tables)}")
    _check_periods(con, files)


def _check(con: Connection, source: SourceFile) -> None:
    for column in NEVER_NULL:
        if con.execute(f"select count(*) from raw where {identifier(column)} is null").fetchall()[0][0]:
            row = find_row(con, source, (column,), lambda cells, c=column: cells[c] is None)  # type: ignore[misc]
            raise DataProblem("A value is missing", where=f"{source.name}, {row}, column {column}", fix="fill it in")
    for column, allowed in ALLOWED.items():
        choices = ", ".join(f"'{choice}'" for choice in allowed)
        wrong = con.execute(f"select min({column}) from raw where {column} not in ({choices})").fetchall()[0][0]
        if wrong is not None:
            raise bad_value(con, source, column, wrong, f"known values: {', '.join(allowed)}")


def _check_mrr(con: Connection, source: SourceFile) -> None:
    """Raise for a price that contradicts the tier: paid without one, free with one, or below 0."""
    odd = con.execute(
        "select distinct tier, mrr from raw where (tier = 'paid' and mrr is null)"
        " or (mrr is not null and not regexp_full_match(mrr, case when tier = 'free' then '0' else '[0-9.]+' end))"
        " order by all"
    ).fetchall()
    for tier, text in odd:
        price = None if text is None else parse_money(text).value
        why = _price_problem(tier, price)
        if why is not None:
            row = find_row(con, source, ("tier", "mrr"), lambda c, t=tier, m=text: (c["tier"], c["mrr"]) == (t, m))  # type: ignore[misc]
            raise DataProblem(
                "A value is missing" if text is None else f"mrr holds '{text[:40]}'",
                where=f"{source.name}, {row}, column mrr",
                why=why,
                fix="write the monthly price; 0 if nothing is paid",
            )


def _price_problem(tier: str, price: Decimal | None) -> str | None:
    if price is None:
        return "a paid period has a price"
    if price < 0:
        return "a price is not negative"
    return "a free period costs nothing" if tier == "free" and price != 0 else None


def _check_periods(con: Connection, files: Sequence[SourceFile]) -> None:
    backwards = con.execute(
        "select user_id, started_on, ended_on from subscriptions where ended_on < started_on order by all limit 1"
    ).fetchall()
    if backwards:
        user, start, end = backwards[0]
        raise DataProblem(
            "A subscription ends before it starts",
            where=" and ".join(_rows(con, files, user, {str(start)})),
            why=f"it starts on {start} and ends on {end}",
            fix="correct the dates; ended_on is the first day it no longer runs",
        )
    overlap = con.execute(
        """
        select a.user_id, a.started_on, a.ended_on, b.started_on
        from (
            select *, row_number() over (partition by user_id order by started_on, ended_on nulls last) as number
            from subscriptions where ended_on is distinct from started_on
        ) as a
        inner join (
            select *, row_number() over (partition by user_id order by started_on, ended_on nulls last) as number
            from subscriptions where ended_on is distinct from started_on
        ) as b on a.user_id = b.user_id and b.number = a.number + 1
        where a.ended_on is null or b.started_on < a.ended_on
        order by all
        limit 1
        """
    ).fetchall()
    if overlap:
        user, first, end, second = overlap[0]
        raise DataProblem(
            "Two subscriptions of one user overlap",
            where=" and ".join(_rows(con, files, user, {str(first), str(second)})),
            why=f"one runs from {first} to {end or 'today'}, the next one starts on {second}",
            fix="end the first one on the day the second starts",
        )


def _rows(con: Connection, files: Sequence[SourceFile], user: str, starts: set[str]) -> list[str]:
    """Return the places of a user's periods, by the day they start."""

    def wanted(cells: Mapping[str, str | None]) -> bool:
        text = cells["started_on"]
        return cells["user_id"] == user and text is not None and str(parse_moment(text).at.date()) in starts

    found = []
    for source in files:
        for nth in (1, 2):
            row = find_row(con, source, ("user_id", "started_on"), wanted, nth)
            if row:
                found.append(f"{source.name}, {row}")
    return found[:2]


def write_facts(con: Connection, folder: Path) -> None:
    """Keep the number of periods, a hash of their content and the number of zero-length ones."""
    rows, content, zero = con.execute(
        """
        with hashed as (
            select *, concat_ws('|', user_id, tier, started_on, coalesce(cast(ended_on as varchar), ''), units_of(mrr),
                coalesce(plan, ''), coalesce(account_id, ''), coalesce(cast(signed_up_on as varchar), ''), tenancy,
                coalesce(currency, '')) as content
            from subscriptions
        )
        select count(*), coalesce(sum(md5_number_lower(content)), 0),
            count(*) filter (where ended_on = started_on)
        from hashed
        """
    ).fetchall()[0]
    facts = {"rows": rows, "sha256": digest([rows, content]), "zero_length": zero}
    (folder / FACTS).write_text(json.dumps(facts), "utf-8")


def read_facts(folder: Path) -> tuple[int, str, int]:
    """Return (periods, sha256 of the content, zero-length periods) of a folder that `write_facts` filled."""
    facts = json.loads((folder / FACTS).read_text("utf-8"))
    return facts["rows"], facts["sha256"], facts["zero_length"]
