"""Who was active, on which tier, using what: monthly tables from single users, or counts somebody else made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from unitcost.errors import DataProblem
from unitcost.storage.digest import digest
from unitcost.storage.whole import whole_folder
from unitcost.warehouse.engine import Connection, identifier, literal, sql
from unitcost.warehouse.engines import Engine
from unitcost.warehouse.files.small_table import Row, read
from unitcost.warehouse.files.sources import Hashes, SourceFile
from unitcost.warehouse.files.texts import parse_money
from unitcost.warehouse.usage.activity import REQUIRED, Staged, rows_of

COUNT_KEYS = ("month", "mau", "tier", "product_line")
# In the order in which they rest on each other: the way, and what is kept.
STEPS = (
    "subscriptions_of_month",
    "dedicated_accounts",
    "dedicated_users",
    "other_tier_periods",
    "other_tier_days",
    "known_days",
    "user_lines",
    "line_users",
    "line_places",
    "active_users",
    "users",
)
# Asked for once, or cheaper to work out again than to keep.
VIEWS = ("subscriptions_of_month", "known_days", "users")
TABLES = ("profiles", "line_sets", "usage")
KEPT = (*TABLES, "line_users", "line_places", "dedicated_accounts")
# The only table by user that is kept, for comparing months: it stays in the store and is never published.
LIST = "active_users"


@dataclass(frozen=True, slots=True)
class UserTableInputs:
    """What the user tables rest on besides activity. `subscriptions` is a Parquet file, None without any."""

    default_tier: str
    subscriptions: Path | None
    subscriptions_key: str
    code: str


@dataclass(frozen=True, slots=True)
class StagedFile:
    """An activity file with the folder that holds what is known of it."""

    source: SourceFile
    folder: Path
    staged: Staged


def build(
    con: Connection,
    engine: Engine,
    files: Sequence[StagedFile],
    wanted: UserTableInputs,
    store: Path,
    *,
    progress: Callable[[str], None],
) -> dict[str, Path]:
    """Return the folder of user tables for every month with activity, building those that are missing."""
    of_month = by_month(files)
    targets = {month: store / "users" / _key(month, wanted, some) for month, some in of_month.items()}
    missing = [month for month, target in targets.items() if not target.exists()]
    if missing:
        _load_subscriptions(con, wanted)
    for month in missing:
        progress(f"counting users of {month}")
        with whole_folder(targets[month]) as temporary:
            _month(con, engine, month, of_month[month], wanted, target=temporary)
    return targets


def by_month(files: Sequence[StagedFile]) -> dict[str, list[StagedFile]]:
    """Return the files that have rows of each month, months in order."""
    months: dict[str, list[StagedFile]] = {}
    for file in files:
        for month in file.staged.months:
            months.setdefault(month, []).append(file)
    return dict(sorted(months.items()))


def _key(month: str, wanted: UserTableInputs, files: Sequence[StagedFile]) -> str:
    names = sorted(file.folder.name for file in files)
    return digest([wanted.code, month, wanted.default_tier, wanted.subscriptions_key, *names])


def _load_subscriptions(con: Connection, wanted: UserTableInputs) -> None:
    columns = "user_id, tier, started_on, ended_on, account_id, tenancy"
    if wanted.subscriptions is not None:
        con.execute(
            f"create or replace temp table subscriptions as select {columns}"
            f" from read_parquet({literal(wanted.subscriptions)})"
        )
    else:
        con.execute(
            "create or replace temp table subscriptions (user_id varchar, tier varchar, started_on date,"
            " ended_on date, account_id varchar, tenancy varchar)"
        )


def _month(
    con: Connection, engine: Engine, month: str, files: Sequence[StagedFile], wanted: UserTableInputs, *, target: Path
) -> None:
    drivers = sorted({driver for file in files for driver in file.staged.drivers})
    put_rows(con, month, files, drivers)
    first = f"cast({literal(month + '-01')} as date)"
    con.execute(
        f"create or replace temp table settings as select {literal(wanted.default_tier)} as default_tier,"
        f" {literal('free' if wanted.default_tier == 'paid' else 'paid')} as other_tier,"
        f" {first} as first_day, cast({first} + interval 1 month as date) as next_month"
    )
    sums = "".join(
        f"cast(sum(coalesce({d}, cast(0 as decimal(38, 18)))) as decimal(38, 18)) as {d},\n    "
        for d in map(identifier, drivers)
    )
    texts = {name: sql(f"marts/{name}", sums=sums) for name in (*STEPS, *TABLES)}
    engine.make(con, texts, kept=(*KEPT, LIST), views=VIEWS)
    queries = {name: f"select * from {name} order by all" for name in KEPT}
    queries[LIST] = f"select user_id from {LIST}"
    for name, query in queries.items():
        con.execute(f"copy ({query}) to {literal(target / f'{name}.parquet')} (format parquet)")


def put_rows(con: Connection, month: str, files: Sequence[StagedFile], drivers: Sequence[str]) -> None:
    """Make the view `activity_rows` of one month over all its files; a driver that a file lacks is null there.

    Files read in place may need the macros of staging.
    """
    parts = []
    for file in files:
        there = set(file.staged.drivers)
        asked = [identifier(d) if d in there else f"cast(null as decimal(38, 18)) as {identifier(d)}" for d in drivers]
        names = ", ".join([*REQUIRED, *asked])
        parts.append(f"select {names} from ({rows_of(file.folder, file.source, file.staged, month)})")
    con.execute(f"create or replace temp view activity_rows as {' union all '.join(parts)}")


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
