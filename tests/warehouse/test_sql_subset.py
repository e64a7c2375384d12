"""Marts are one SQL text for several engines: what they may use, and what becomes of them elsewhere."""

from __future__ import annotations

import random
import re

import duckdb
import pytest
import sqlglot
from material.places import ROOT
from material.sql_subset import MARTS, SNAPSHOTS, flaws, mart, snapshot

from unitcost.warehouse.engine import sql
from unitcost.warehouse.engines import dialects

PLANTED = {
    "select cast(approx_count_distinct(a) as bigint) as a from t": "ApproxDistinct",
    "select cast(approx_quantile(a, 0.5) as bigint) as a from t": "not in the subset",
    "select cast(count(distinct a) as bigint) as a from t": "distinct is for whole rows",
    "select cast(hash(a) as bigint) as a from t": "no function that every engine has",
    "select cast(random() as bigint) as a from t": "Rand",
    "select cast(now() as date) as a from t": "no function that every engine has",
    "select cast(today() as date) as a from t": "CurrentDate",
    "select list(a) as a from t": "not in the subset",
    "select cast(list(a order by b)[1] as bigint) as a from t": "depends on order",
    "select cast(first(a order by b) as bigint) as a from t": "First",
    "select cast(any_value(a) as bigint) as a from t": "AnyValue",
    "select string_agg(a, ',') as a from t": "GroupConcat",
    "select arg_max(a, b) as a from t": "ArgMax",
    "select struct_pack(x := a) as a from t": "Struct",
    "select cast(unnest(a) as bigint) as a from t": "not in the subset",
    "select a, cast(count(*) as bigint) as n from t group by all": "groups are columns",
    "select a, cast(count(*) as bigint) as n from t group by 1": "groups are columns",
    "select a from read_parquet('x.parquet')": "reads tables",
    "select a from 'x.parquet'": "reads tables",
    "select a from t order by a": "Order",
    "select a from t limit 1": "Limit",
    "select a from t using sample 10": "not in the subset",
    "select a from t qualify row_number() over (order by a) = cast(1 as bigint)": "Qualify",
    "select * from t": "an output is named",
    "select a from (select * exclude (b) from t) as s": "star without exceptions",
    "select a from t semi join u using (b)": "a join says ON",
    "select a from t inner join u using (b)": "a join says ON",
    "select a from t asof join u on t.b >= u.b": "inner and left joins",
    "select a from t full join u on t.b = u.b": "inner and left joins",
    "select a from t, u": "a join says ON",
    "select sum(a) as a from t": "an output needs a type",
    "select count(*) as a from t": "an output needs a type",
    "select a + b as a from t": "an output needs a type",
    "select date_trunc('month', a) as a from t": "an output needs a type",
    "select case when a is null then b else c end as a from t": "an output needs a type",
    "select cast(a // b as bigint) as a from t": "IntDiv",
    "select cast(a / b as decimal(38, 18)) as a from t": "Div",
    "select cast(a * b as decimal(38, 18)) as a from t": "Mul",
    "select cast(a % b as bigint) as a from t": "Mod",
    "select cast(avg(a) as decimal(38, 18)) as a from t": "Avg",
    "select cast(round(a, 2) as decimal(38, 18)) as a from t": "Round",
    "select cast(sign(a) as bigint) as a from t": "Sign",
    "select cast(a as decimal) as a from t": "38 digits",
    "select cast(a as decimal(18, 3)) as a from t": "38 digits",
    "select cast(a as hugeint) as a from t": "casts are to",
    "select cast(a as double) as a from t": "casts are to",
    "select cast(a as timestamp) as a from t": "casts are to",
    "select try_cast(a as bigint) as a from t": "TryCast",
    "select cast('2024-05' as date) as a from t": "read texts differently",
    "select cast(sum(case when a then b else 0 end) as bigint) as a from t": "a number needs a type",
    "select cast(sum(coalesce(a, 0)) as decimal(38, 18)) as a from t": "a number needs a type",
    "select cast(count(*) filter (where a > b) as bigint) as a from t": "use CASE instead",
    "select cast(a & b - c as bigint) as a from t": "bits stand in parentheses",
    "select cast(bit_count(a) as bigint) as a from t": "no function that every engine has",
    "select cast(strftime(a, '%Y') as bigint) as a from t": "TimeToStr",
    "select cast(a->>'$.b' as bigint) as a from t": "JSONExtractScalar",
    "select a from t union all select a from u": "one SELECT",
    "create table u as select a from t": "one SELECT",
}


@pytest.mark.parametrize("name", MARTS)
def test_marts_keep_to_the_portable_subset(name: str) -> None:
    """What a mart uses means the same on every engine."""
    assert flaws(mart(name)) == []


@pytest.mark.parametrize("text", PLANTED)
def test_what_is_not_portable_is_found(text: str) -> None:
    """Each of these gave other numbers, other types or an error on another engine, or may."""
    assert any(PLANTED[text] in flaw for flaw in flaws(text)), flaws(text)


@pytest.mark.parametrize("name", MARTS)
def test_a_mart_says_what_it_reads(name: str) -> None:
    """The tables of the query are those of its comment, whose first words tell question, grain, inputs and output."""
    path = ROOT / "src" / "unitcost" / "warehouse" / "sql" / "marts" / f"{name}.sql"
    comment = [line for line in path.read_text().splitlines() if line.startswith("--")]
    assert [line.split(":")[0] for line in comment[:4]] == ["-- question", "-- grain", "-- inputs", "-- output"]
    listed = re.sub(r"\([^)]*\)", "", comment[2].split(":", 1)[1])
    assert {one.strip() for one in listed.split(",")} == set(dialects.inputs(mart(name)))


@pytest.mark.parametrize("dialect", dialects.DIALECTS)
@pytest.mark.parametrize("name", MARTS)
def test_marts_can_be_said_in_every_dialect(name: str, dialect: str) -> None:
    """Nothing is unsupported there, the text is SQL of that dialect, and no macro of ours is left in it."""
    said = dialects.carry(mart(name), dialect)
    tree = sqlglot.parse_one(said, read=dialect)
    left = {call.name.lower() for call in tree.find_all(sqlglot.exp.Anonymous)}
    assert not left & set(dialects.MACROS)
    names = sqlglot.parse_one(mart(name), read="duckdb").named_selects
    assert tree.named_selects == names


def test_the_texts_for_spark_are_the_reviewed_ones() -> None:
    """A new sqlglot or a changed mart shows as a difference; `python tests/material/sql_subset.py` writes them anew."""
    assert sorted(path.stem for path in SNAPSHOTS.glob("*.sql")) == MARTS
    changed = [name for name in MARTS if (SNAPSHOTS / f"{name}.sql").read_text() != snapshot(name)]
    assert changed == []


def test_unsupported_sql_is_an_error() -> None:
    """A reader of files has no form elsewhere, and is not dropped with a warning."""
    with pytest.raises(sqlglot.errors.UnsupportedError):
        dialects.carry("select a from read_parquet('x', hive_partitioning = true)", "spark")


def test_days_are_counted_alike_by_every_form() -> None:
    """DuckDB's own function and Snowflake's arithmetic, run here with that engine's names, count the bits."""
    chance = random.Random(3)
    months = [0, 1, 1 << 30, (1 << 31) - 1, *(chance.getrandbits(31) for _ in range(10_000))]
    with duckdb.connect() as con:
        con.execute(sql("staging/macros"))
        con.execute("create macro bitand(a, b) as (a & b); create macro bitshiftright(a, b) as (a >> b)")
        con.execute("create table t as select cast(unnest($1) as bigint) as days", [months])
        said = sqlglot.parse_one(dialects.carry("select days_in(days) as n from t", "snowflake"), read="snowflake")
        arithmetic = said.selects[0].unalias().sql("snowflake")
        found = con.execute(f"select days, days_in(days), {arithmetic} from t").fetchall()
    assert [(own, other) for _, own, other in found] == [(days.bit_count(), days.bit_count()) for days, *_ in found]


def test_an_input_is_asked_for_the_columns_it_may_need() -> None:
    """A star means all of a table; a table of a WITH is none; count(*) asks for nothing."""
    text = "with w as (select t.*, u.a from t inner join u on t.b = u.b) select cast(count(*) as bigint) as n from w"
    assert dialects.inputs(text) == {"t": None, "u": None}
    assert dialects.inputs("select cast(count(*) as bigint) as n, a from v group by a") == {"v": frozenset({"a"})}
