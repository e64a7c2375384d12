"""Numbers that look random and are the same every time: a hash of a row number, whatever the number of threads."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

# 53 bits of a hash: a number from 0 up to, not including, 1. `stream` keeps the columns of a row apart.
_CHANCE = "create macro chance(number, stream) as (hash(number, stream, {seed}) >> 11)::double / 9007199254740992.0"
_PICK = "create macro pick(list, number) as list[1 + floor(number * len(list))::bigint]"


@contextmanager
def generator(seed: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database with `chance(number, stream)` (0 to 1) and `pick(list, chance)`."""
    con = duckdb.connect()
    try:
        con.execute("set TimeZone = 'UTC'")
        con.execute("set enable_progress_bar = false")
        con.execute(_CHANCE.format(seed=seed))
        con.execute(_PICK)
        yield con
    finally:
        con.close()


def text(value: object) -> str:
    """Return a SQL text literal."""
    return "'" + str(value).replace("'", "''") + "'"


def texts(values: Sequence[str]) -> str:
    """Return a SQL list of texts."""
    return "[" + ", ".join(text(value) for value in values) + "]"


def months(last: str, count: int) -> tuple[str, ...]:
    """Return `count` months `YYYY-MM` up to `last`, oldest first."""
    end = int(last[:4]) * 12 + int(last[5:]) - 1
    return tuple(f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(end - count + 1, end + 1))


def days_of(month: str) -> int:
    """Return the number of days of a month `YYYY-MM`."""
    return calendar.monthrange(int(month[:4]), int(month[5:]))[1]


def number_of(month: str) -> int:
    """Return a number that is a month's own, to keep its random numbers apart from other months'."""
    return int(month[:4]) * 12 + int(month[5:])


def copy_parquet(con: duckdb.DuckDBPyConnection, query: str, target: Path) -> None:
    """Write a query's rows as Parquet, never all in memory."""
    con.execute(f"copy ({query}) to {text(target)} (format parquet, compression zstd)")


def copy_csv(con: duckdb.DuckDBPyConnection, query: str, target: Path) -> None:
    """Write a query's rows as CSV; gzipped if the name ends so."""
    compression = "gzip" if target.suffix == ".gz" else "none"
    con.execute(f"copy ({query}) to {text(target)} (format csv, header, compression {compression})")
