"""Who was active, on which tier, using what: monthly tables from single users, or counts somebody else made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from unitcost.errors import DataProblem
from unitcost.warehouse.activity import months_of
from unitcost.warehouse.engine import Connection, connection, identifier, literal, run, sql
from unitcost.warehouse.small_table import Row, read
from unitcost.warehouse.sources import Hashes, digest
from unitcost.warehouse.texts import parse_money

KEYS = ("date", "user_id", "product_line", "month")
COUNT_KEYS = ("month", "mau", "tier", "product_line")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user tables rest on besides activity."""

    default_tier: str
    has_subscriptions: bool
    subscriptions_key: str
    code: str


def build(
    staged: Sequence[Path],
    wanted: Wanted,
    store: Path,
    progress: Callable[[str], None],
    folder: Callable[[Path], AbstractContextManager[Path]],
) -> dict[str, Path]:
    """Return the folder of user tables for every month with activity, building those that are missing."""
    by_month: dict[str, list[Path]] = {}
    for path in staged:
        for month in months_of(path):
            by_month.setdefault(month, []).append(path)
    targets = {}
    for month, paths in sorted(by_month.items()):
        names = sorted(path.parent.name for path in paths)
        targets[month] = (
            store / "users" / digest([wanted.code, month, wanted.default_tier, wanted.subscriptions_key, *names])
        )
    missing = [month for month, target in targets.items() if not target.exists()]
    if missing:
        with connection() as con:
            run(con, "staging/macros")
            _load_subscriptions(con, wanted, store)
            for month in missing:
                progress(f"counting users of {month}")
                with folder(targets[month]) as temporary:
                    _month(con, month, by_month[month], wanted, temporary)
    return targets


def _load_subscriptions(con: Connection, wanted: Wanted, store: Path) -> None:
    if wanted.has_subscriptions:
        path = store / "subscriptions" / wanted.subscriptions_key / "data.parquet"
        con.execute(f"create temp table subscriptions as select * from read_parquet({literal(path)})")
    else:
        con.execute(
            "create temp table subscriptions (user_id varchar, tier varchar, started_on date, ended_on date,"
            " account_id varchar, tenancy varchar)"
        )


def _month(con: Connection, month: str, paths: Sequence[Path], wanted: Wanted, target: Path) -> None:
    globs = ", ".join(literal(path / f"month={month}" / "*.parquet") for path in paths)
    con.execute(
        "create or replace temp table activity_rows as"
        f" select * from read_parquet([{globs}], union_by_name = true, hive_partitioning = false)"
    )
    first = f"cast({literal(month + '-01')} as date)"
    con.execute(
        f"create or replace temp table settings as select {literal(wanted.default_tier)} as default_tier,"
        f" {first} as first_day, cast({first} + interval 1 month as date) as next_month"
    )
    for name in ("user_days", "dedicated_users", "profiles"):
        run(con, f"marts/{name}")
    columns = [str(row[0]) for row in con.execute("describe activity_rows").fetchall()]
    sums = "".join(
        f", cast(sum(coalesce({identifier(c)}, 0)) as decimal(38, 18)) as {identifier(c)}"
        for c in columns
        if c not in KEYS
    )
    con.execute(sql("marts/usage").replace("{sums}", sums))
    run(con, "marts/facts")
    for name in ("usage", "profiles", "line_users", "dedicated_accounts", "facts"):
        con.execute(
            f"copy (select * from {name} order by all) to {literal(target / f'{name}.parquet')} (format parquet)"
        )


def load_aggregate(folder: Path, path: str, hashes: Hashes) -> dict[str, list[Row]]:
    """Return ready-made counts by month. Raises DataProblem for a count that is none or that is there twice."""
    months: dict[str, list[Row]] = {}
    seen: dict[tuple[str, str | None, str | None], str] = {}
    rows = read(folder, path, "activity", ("month", "mau"), hashes)
    for row in rows:
        month = row.month("month")
        count = row.amount("mau")
        if count < 0 or count != count.to_integral_value():
            raise _bad(row, "mau", "a count is a whole number")
        tier = row.cells.get("tier")
        if tier not in (None, "free", "paid"):
            raise _bad(row, "tier", "write free, paid or nothing (all)")
        key = (month, tier, row.cells.get("product_line"))
        if key in seen:
            raise DataProblem(
                "A count is given twice",
                where=f"{seen[key]} and {row.where}",
                why=f"both are for {' and '.join(part for part in key if part)}",
                fix="keep one",
            )
        seen[key] = row.where
        months.setdefault(month, []).append(row)
    _check_drivers(rows)
    return months


def _check_drivers(rows: Sequence[Row]) -> None:
    """Raise for a negative driver, or one that is a number here and a word there. Columns of words are no drivers."""
    numbers = {column for row in rows for column, text in row.cells.items() if text is not None and _is_number(text)}
    for row in rows:
        for column in sorted(numbers & row.cells.keys() - {*COUNT_KEYS}):
            if row.cells[column] is not None and row.amount(column) < 0:
                raise _bad(row, column, "a driver measures use, so it is not negative")


def _is_number(text: str) -> bool:
    try:
        parse_money(text)
    except ValueError:
        return False
    return True


def _bad(row: Row, column: str, fix: str) -> DataProblem:
    return DataProblem(f"{column} holds '{row.text(column)[:40]}'", where=f"{row.where}, column {column}", fix=fix)
