"""Columns of one file as SQL expressions: text, exact money, moments in UTC and tags, whatever type they came in.

What is plain is read by the engine; what is odd is looked up once per distinct text in Python (`vocabulary`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from unitcost.errors import DataProblem
from unitcost.warehouse.bills import vocabulary
from unitcost.warehouse.engine import Connection, identifier, literal
from unitcost.warehouse.files.locate import parquet_row
from unitcost.warehouse.files.raw import Raw, as_text
from unitcost.warehouse.files.texts import YEARS

TAGS = "Tags"
NULL = "cast(null as varchar)"
BARE = ("NULL", "null")
WHOLE = re.compile(r"U?(TINY|SMALL|BIG)?INT(EGER)?")
DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
NOTHING = '"NULL"'  # the type of a Parquet column in which nobody ever wrote anything
NESTED = ("STRUCT", "MAP", "UNION", "BLOB", "BIT")


@dataclass(frozen=True, slots=True)
class ColumnSource:
    """Where a column's values come from: SQL, and its DuckDB type. `given` is false for a column that is not there."""

    name: str
    sql: str
    kind: str
    given: bool = True
    from_defaults: bool = False

    @property
    def is_text(self) -> bool:
        """Tell text from typed values."""
        return self.kind == "VARCHAR"


@dataclass(frozen=True, slots=True)
class AmountSql:
    """An amount as SQL: exact, and what is odd about its texts (SQL that is true where it applies, or '')."""

    sql: str
    join: str = ""
    cleaned: str = ""
    rounded: str = ""
    wording: str = ""


def cell(raw: Raw, column: str, defaults: Mapping[str, str]) -> ColumnSource:
    """Return a column of the file, else its Hive folder's value, else its default, else NULL."""
    own = {name.lower(): name for name in raw.columns}.get(column.lower())
    if own is not None:
        kind = raw.columns[own]
        if column != TAGS and (kind.startswith(NESTED) or kind.endswith("]")):
            raise DataProblem(
                f"{column} is of type {kind[:60]}",
                where=raw.source.name,
                why="it holds no plain values",
                fix="write texts",
            )
        return ColumnSource(column, f"raw.{identifier(own)}", kind)
    folder = {key.lower(): value for key, value in raw.source.hive}.get(column.lower())
    if folder is not None:
        return ColumnSource(column, literal(folder), "VARCHAR")
    default = {name.lower(): value for name, value in defaults.items()}.get(column.lower())
    if default is not None:
        return ColumnSource(column, literal(default), "VARCHAR", from_defaults=True)
    return ColumnSource(column, NULL, "VARCHAR", given=False)


@dataclass(frozen=True, slots=True)
class Gaps:
    """Text columns in which nothing is written as something: '' as `empty`, NULL or null as `bare`."""

    empty: frozenset[str]
    bare: frozenset[str]


def gaps(con: Connection, raw: Raw, cells: Iterable[ColumnSource]) -> Gaps:
    """Look for empty texts and written nulls."""
    texts = [c for c in cells if c.given and c.is_text]
    if not texts:
        return Gaps(frozenset(), frozenset())
    # Comparisons are made once per entry of a dictionary; lists of values are not.
    asked = [f"bool_or({c.sql} = ''), bool_or({' or '.join(f'{c.sql} = {literal(n)}' for n in BARE)})" for c in texts]
    with raw.reading():
        found = con.execute(f"select {', '.join(asked)} from {raw.relation} as raw").fetchall()[0]
    return Gaps(
        frozenset(c.name for c, has in zip(texts, found[::2], strict=True) if has),
        frozenset(c.name for c, has in zip(texts, found[1::2], strict=True) if has),
    )


def text(c: ColumnSource, blank: Gaps | None = None) -> str:
    """Return SQL for a column's text, null where it is empty or says NULL; without `blank` both may occur."""
    if not c.given:
        return c.sql
    if not c.is_text:
        return as_text(c.sql, c.kind)
    if blank is None or c.name in blank.bare:
        return f"case when {c.sql} not in ('', {', '.join(map(literal, BARE))}) then {c.sql} end"
    return f"nullif({c.sql}, '')" if c.name in blank.empty else c.sql


# Money


def money(con: Connection, raw: Raw, c: ColumnSource, blank: Gaps, table: str) -> AmountSql:
    """Return an amount. Raises DataProblem for a type that holds none, and for a text that is none, with its row."""
    if not c.given or c.kind == NOTHING:
        return AmountSql("cast(null as decimal(38, 18))")
    decimal = DECIMAL.fullmatch(c.kind)
    if decimal and int(decimal[2]) <= 18:
        if int(decimal[1]) - int(decimal[2]) > 20:
            _check_size(con, raw, c)
        return AmountSql(f"cast({c.sql} as decimal(38, 18))")
    if WHOLE.fullmatch(c.kind):
        return AmountSql(f"cast({c.sql} as decimal(38, 18))")
    known = c.is_text or decimal or c.kind in ("DOUBLE", "FLOAT", "HUGEINT", "UHUGEINT")
    if not known:
        raise DataProblem(
            f"{c.name} is of type {c.kind}", where=raw.source.name, why="it holds no amounts", fix="write decimals"
        )
    written = text(c, blank)
    quick = _quick_double(c.sql) if c.kind == "DOUBLE" else ""
    odd = f"{written} is not null and not is_plain({written})" + (f" and {quick} is null" if quick else "")
    found = vocabulary.money_table(con, raw, c, written, odd, table=table)
    plain = f"cast({written} as decimal(38, 18))"
    if not found:
        return AmountSql(f"coalesce({quick}, {plain})" if quick else plain)
    plain = f"case when {table}.text is null then {plain} else {table}.value end"
    return AmountSql(
        sql=f"coalesce({quick}, {plain})" if quick else plain,
        join=f"left join {table} on {table}.text = {written}",
        cleaned=f"{table}.cleaned" if c.is_text else "",
        rounded=f"{table}.rounded",
        wording=f"case when {table}.text is not null then {literal(c.name + ' was written ')} || {table}.text end",
    )


def _quick_double(sql: str) -> str:
    """Return SQL for a double whose decimal is sure: null where its text must be looked at.

    n = round(x·10^k) below 10^15 with n ÷ 10^k = x has at most 15 digits, and every decimal of at most 15 digits
    survives the way into a double and back, so the shortest text of x is n·10^-k.
    """
    scaled = f"round({sql} * 1e9)"
    return (
        f"case when abs({sql}) < 1e6 and {scaled} / 1e9 = {sql}"
        f" then cast(try_cast({scaled} as bigint) * cast(0.000000001 as decimal(9, 9)) as decimal(38, 18)) end"
    )


def _check_size(con: Connection, raw: Raw, c: ColumnSource) -> None:
    with raw.reading():
        ends = con.execute(f"select min({c.sql}), max({c.sql}) from {raw.relation} as raw").fetchall()[0]
    for end in ends:
        if end is not None and abs(int(end)) >= 10**20:
            raise _bad_typed(
                con, raw, c, f"{c.sql} = {end}", shown=str(end), why="more than 20 digits before the point"
            )


def _bad_typed(con: Connection, raw: Raw, c: ColumnSource, condition: str, *, shown: str, why: str) -> DataProblem:
    return DataProblem(
        f"{c.name} holds '{shown}'",
        where=f"{raw.source.name}, row {parquet_row(con, raw.source, condition)}, column {c.name}",
        why=why,
        fix="correct the value in the source and export again",
    )


# Moments


def moments(
    con: Connection, raw: Raw, cells: Sequence[ColumnSource], blank: Gaps
) -> tuple[dict[str, str], list[str], str]:
    """Return SQL for each column as a UTC timestamp, the joins it needs, and SQL that is true for month/day/year."""
    texts = [c for c in cells if c.given and c.is_text]
    written = {c.name: text(c, blank) for c in texts}
    slashed, engine_agrees = vocabulary.moment_table(con, raw, written)
    found, joins, odd = {}, [], []
    for number, c in enumerate(cells):
        alias = f"m{number}"
        if not c.given:
            found[c.name] = "cast(null as timestamp)"
        elif not c.is_text:
            found[c.name] = _typed_moment(con, raw, c)
        elif engine_agrees:
            found[c.name] = f"cast({written[c.name]} as timestamp)"
        else:
            found[c.name] = f"{alias}.at"
            joins.append(f"left join moments as {alias} on {alias}.text = {written[c.name]}")
            odd.append(f"coalesce({alias}.slashed, false)")
    return found, joins, " or ".join(odd) if slashed else ""


def _typed_moment(con: Connection, raw: Raw, c: ColumnSource) -> str:
    if c.kind in ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS"):
        sql = f"cast({c.sql} at time zone 'UTC' as timestamp)"
    elif c.kind == "DATE" or c.kind.startswith("TIMESTAMP"):
        sql = f"cast({c.sql} as timestamp)"
    else:
        raise DataProblem(
            f"{c.name} is of type {c.kind}",
            where=raw.source.name,
            why="it holds no dates or times",
            fix="write dates, timestamps or ISO texts",
        )
    with raw.reading():
        years = con.execute(f"select year(min({sql})), year(max({sql})) from {raw.relation} as raw").fetchall()[0]
    for year in years:
        if year is not None and year not in YEARS:
            why = f"the year {year} is outside {YEARS.start} to {YEARS.stop - 1}"
            outside = f"year({sql}) not between {YEARS.start} and {YEARS.stop - 1}"
            raise _bad_typed(con, raw, c, outside, shown=f"a moment of the year {year}", why=why)
    return sql


# Tags


def tags(con: Connection, raw: Raw, c: ColumnSource, blank: Gaps, keys: Sequence[str]) -> tuple[list[str], str, str]:
    """Return SQL for the value of each tag key, the join it needs, and SQL that is true where a tag has no value."""
    if not c.given:
        return [NULL for _ in keys], "", ""
    if c.kind.startswith("MAP(VARCHAR, VARCHAR"):
        twice = f"cardinality({c.sql}) <> len(list_distinct(map_keys({c.sql})))"
        with raw.reading():
            found = con.execute(f"select count(*) from {raw.relation} as raw where {twice}").fetchall()[0][0]
        if found:
            raise _bad_typed(con, raw, c, twice, shown="a map", why="a key is in it twice")
        valueless = f"list_contains(map_values({c.sql}), 'true')"
        return [f"{c.sql}[{literal(key)}]" for key in keys], "", valueless
    written = text(c, blank)
    valueless_found = vocabulary.tag_table(con, raw, written, keys)
    values = [f"tag_texts.value_{number}" for number in range(len(keys))]
    join = f"left join tag_texts on tag_texts.text = {written}"
    return values, join, "coalesce(tag_texts.valueless, false)" if valueless_found else ""
