"""One activity file → typed rows by month, kept beside a hash of what they say."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from unitcost.errors import DataProblem
from unitcost.warehouse import texts
from unitcost.warehouse.engine import Connection, identifier, literal, sql
from unitcost.warehouse.locate import find_row, place
from unitcost.warehouse.raw import header, reading, select_texts
from unitcost.warehouse.small_table import check_columns
from unitcost.warehouse.sources import SourceFile
from unitcost.warehouse.vocabulary import bad_value, moment_table, money_table

REQUIRED = ("date", "user_id", "product_line")
NUMBERS = ("INT", "DECIMAL", "DOUBLE", "FLOAT", "REAL", "HUGEINT")
CONTENT = "content.json"
YES_NO = ("true", "false", "1", "0", "t", "f", "yes", "no")


def write_rows(con: Connection, source: SourceFile, named: Sequence[str], target: Path) -> None:
    """Write one file's rows to the folder `target`, a Hive folder a month.

    `named` are the drivers that allocation.toml asks for; other columns are drivers if they hold only numbers.
    Raises DataProblem with the row of the first flaw.
    """
    columns = header(con, source)
    check_columns(source.name, "activity", [c.lower() for c in columns], REQUIRED)
    own = {*REQUIRED, "is_internal"}
    # Case does not matter in column names, so drivers go by lower case from here on.
    others = {c.lower(): kind for c, kind in columns.items() if c.lower() not in own}
    wanted = {c: c for c in (*REQUIRED, "is_internal", *others)}
    with reading(source):
        con.execute(f"create or replace temp table raw as {select_texts(source, wanted, columns, {})}")
    _check_nulls(con, source)
    _check_internal(con, source)
    moment_table(con, source, ("date",))
    drivers = [c for c, kind in others.items() if c in named or _is_driver(con, c, kind)]
    money_table(con, source, drivers, "driver_texts")
    _insert(con, source, drivers)
    _check_negative(con, source, drivers)
    _write(con, drivers, target)


def _check_nulls(con: Connection, source: SourceFile) -> None:
    for column in REQUIRED:
        if con.execute(f"select count(*) from raw where {identifier(column)} is null").fetchall()[0][0]:
            raise DataProblem(
                "A value is missing",
                where=place(con, source, column, None),
                fix="fill it in, or leave the row out",
            )


def _check_internal(con: Connection, source: SourceFile) -> None:
    known = ", ".join(literal(word) for word in YES_NO)
    odd = con.execute(f"select min(is_internal) from raw where lower(is_internal) not in ({known})").fetchall()[0][0]
    if odd is not None:
        raise bad_value(con, source, "is_internal", odd, "write true or false")


def _is_driver(con: Connection, column: str, kind: str) -> bool:
    if kind.startswith(NUMBERS) or kind.endswith("INT") or kind.endswith("INTEGER"):
        return True
    if kind != "VARCHAR":
        return False
    odd = con.execute(
        f"select distinct {identifier(column)} from raw where not is_plain({identifier(column)}) limit 50"
    ).fetchall()
    for (text,) in odd:
        try:
            texts.parse_money(text)
        except ValueError:
            return False
    return True


def _insert(con: Connection, source: SourceFile, drivers: Sequence[str]) -> None:
    columns = "".join(f", {identifier(d)} decimal(38, 18)" for d in drivers)
    con.execute(
        f"create or replace temp table activity_rows (date date, user_id varchar, product_line varchar{columns})"
    )
    values, joins = [], []
    for number, driver in enumerate(drivers):
        name, alias = f"raw.{identifier(driver)}", f"t{number}"
        values.append(
            f", coalesce(case when is_plain({name}) then cast({name} as decimal(38, 18)) end, {alias}.value)"
            f" as {identifier(driver)}"
        )
        joins.append(f"left join driver_texts as {alias} on {name} = {alias}.text")
    text = sql("staging/activity").format(values=" ".join(values), joins=" ".join(joins))
    with reading(source):
        con.execute(text)


def _check_negative(con: Connection, source: SourceFile, drivers: Sequence[str]) -> None:
    for driver in drivers:
        if con.execute(f"select count(*) from activity_rows where {identifier(driver)} < 0").fetchall()[0][0]:

            def negative(cells: Mapping[str, str | None], column: str = driver) -> bool:
                text = cells[column]
                return text is not None and texts.parse_money(text).value < 0

            row = find_row(con, source, (driver,), negative)
            raise DataProblem(
                f"Driver '{driver}' is negative",
                where=f"{source.name}, {row}, column {driver}",
                why="a driver measures use, and cost follows it",
                fix="correct the row",
            )


def _write(con: Connection, drivers: Sequence[str], target: Path) -> None:
    ordered = sorted(drivers)
    content = ", ".join(f"coalesce(cast({identifier(d)} as varchar), '')" for d in ordered)
    names = literal("|".join(ordered))
    rows = con.execute(
        f"""
        with hashed as (
            select strftime(date, '%Y-%m') as month,
                concat_ws('|', date, user_id, product_line, {names}{", " + content if content else ""}) as content
            from activity_rows
        )
        select month, count(*), sum(md5_number_lower(content))
        from hashed group by month order by month
        """
    ).fetchall()
    target.mkdir(parents=True)
    if rows:
        con.execute(
            "copy (select *, strftime(date, '%Y-%m') as month from activity_rows)"
            f" to {literal(target)} (format parquet, compression zstd, partition_by (month), overwrite_or_ignore true)"
        )
    facts = {month: [count, str(content)] for month, count, content in rows}
    (target / CONTENT).write_text(json.dumps(facts), "utf-8")


def months_of(folder: Path) -> dict[str, tuple[int, int]]:
    """Return (rows, sum of row hashes) by month of a folder that `write_rows` made."""
    facts = json.loads((folder / CONTENT).read_text("utf-8"))
    return {month: (rows, int(content)) for month, (rows, content) in facts.items()}
