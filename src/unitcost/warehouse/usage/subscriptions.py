"""Subscription files → one checked table of periods."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from unitcost.errors import DataProblem
from unitcost.storage.digest import digest
from unitcost.warehouse.bills import columns
from unitcost.warehouse.bills.vocabulary import bad_value
from unitcost.warehouse.engine import Connection, sql
from unitcost.warehouse.files.locate import find_row, place
from unitcost.warehouse.files.raw import Raw, header, open_raw
from unitcost.warehouse.files.small_table import check_columns
from unitcost.warehouse.files.sources import SourceFile
from unitcost.warehouse.files.texts import parse_moment, parse_money

REQUIRED = ("user_id", "tier", "started_on", "ended_on", "mrr")
OPTIONAL = ("plan", "account_id", "signed_up_on", "tenancy", "currency")
DATES = ("started_on", "ended_on", "signed_up_on")
NEVER_NULL = ("user_id", "tier", "started_on")
FACTS = "facts.json"
_ADD = "insert into all_periods select * from subscriptions"
ALLOWED = {"tier": ("free", "paid"), "tenancy": ("shared", "dedicated")}


def load_subscriptions(con: Connection, files: Sequence[SourceFile], folder: Path) -> None:
    """Make `subscriptions` from all files; `folder` is for what lies between. Raises DataProblem with the row."""
    con.execute("drop table if exists all_periods")
    for number, source in enumerate(files):
        found = header(con, source)
        check_columns(source.name, "subscriptions", [c.lower() for c in found.columns], REQUIRED)
        raw = open_raw(con, source, found, (*REQUIRED, *OPTIONAL), folder / "texts.parquet")
        _load(con, raw)
        # The first file's table takes the rows of all others.
        con.execute("alter table subscriptions rename to all_periods" if not number else _ADD)
        (folder / "texts.parquet").unlink(missing_ok=True)
    con.execute("drop table if exists subscriptions")
    con.execute("alter table all_periods rename to subscriptions")
    _check_periods(con, files)


def _load(con: Connection, raw: Raw) -> None:
    cells = {name: columns.cell(raw, name, {}) for name in (*REQUIRED, *OPTIONAL)}
    blank = columns.gaps(con, raw, cells.values())
    written = {name: columns.text(c, blank) for name, c in cells.items()}
    _check(con, raw, written)
    dates, joins, _ = columns.moments(con, raw, [cells[name] for name in DATES], blank)
    mrr = columns.money(con, raw, cells["mrr"], blank, "mrr_texts")
    _check_prices(con, raw, written["tier"], mrr)
    text = sql(
        "staging/subscriptions",
        **{**written, **dates, "mrr": mrr.sql},
        relation=raw.relation,
        joins="\n".join((*joins, mrr.join)),
    )
    with raw.reading():
        con.execute(text)


def _check(con: Connection, raw: Raw, written: Mapping[str, str]) -> None:
    source = f"from {raw.relation} as raw"
    for column in NEVER_NULL:
        if con.execute(f"select count(*) {source} where {written[column]} is null").fetchall()[0][0]:
            raise DataProblem(
                f"{column} is empty in a row", where=place(con, raw.source, column, None), fix="fill it in"
            )
    for column, allowed in ALLOWED.items():
        choices = ", ".join(f"'{choice}'" for choice in allowed)
        wrong = con.execute(f"select min({written[column]}) {source} where {written[column]} not in ({choices})")
        odd = wrong.fetchall()[0][0]
        if odd is not None:
            raise bad_value(con, raw.source, column, odd, f"known values: {', '.join(allowed)}")


def _check_prices(con: Connection, raw: Raw, tier: str, mrr: columns.AmountSql) -> None:
    """Raise for a price that contradicts the tier: paid without one, free with one, or below 0."""
    price = f"select {tier} as tier, {mrr.sql} as mrr from {raw.relation} as raw {mrr.join}"
    odd = "mrr < 0 or (tier = 'paid' and mrr is null) or (tier = 'free' and mrr <> 0)"
    if not con.execute(f"select count(*) from ({price}) where {odd}").fetchall()[0][0]:
        return
    why = ""

    def wanted(cells: Mapping[str, str | None]) -> bool:
        nonlocal why
        text = cells["mrr"]
        why = _price_problem(cells["tier"], None if text is None else parse_money(text).value)
        return bool(why)

    row = find_row(con, raw.source, ("tier", "mrr"), wanted)
    raise DataProblem(
        "A price does not fit its tier",
        where=f"{raw.source.name}, {row}, column mrr",
        why=why,
        fix="write the monthly price; 0 if nothing is paid",
    )


def _price_problem(tier: str | None, price: Decimal | None) -> str:
    if price is None:
        return "a paid period has a price" if tier == "paid" else ""
    if price < 0:
        return "a price is not negative"
    return "a free period costs nothing" if tier == "free" and price != 0 else ""


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
        select count(*), coalesce(sum(hash(content)), 0),
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
