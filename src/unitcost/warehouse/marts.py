"""The marts of one company: monthly tables as Parquet, read by name and month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from unitcost.errors import UsageProblem, nearest
from unitcost.warehouse.engine import literal
from unitcost.warehouse.small_table import Row

if TYPE_CHECKING:
    import pandas as pd

TABLES = ("spend", "usage", "profiles", "line_users", "dedicated_accounts", "facts")


@dataclass(frozen=True, slots=True)
class Input:
    """What one input says, apart from files: its kind, name, rows and a sha256 of its content."""

    name: str
    kind: str
    rows: int
    sha256: str


@dataclass(frozen=True)
class Marts:
    """Tables by month. `spend` is keyed by month; the user tables exist where activity is given by user."""

    spend_folder: Path
    user_folders: dict[str, Path]  # month → folder with usage, profiles, line_users, facts
    activity_content: dict[str, tuple[int, int]]  # month → rows and the sum of their hashes
    aggregate: dict[str, list[Row]]  # month → counts, where they are given instead
    rule_order: tuple[str, ...]  # names behind `rule_values`
    subscriptions: Input | None
    subscriptions_path: Path | None
    fx: tuple[tuple[str, str, Any], ...]
    invoices: tuple[Row, ...]
    repeated: tuple[tuple[str, str], ...]
    zero_length: int
    _con: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect, repr=False)

    def cost_months(self) -> list[str]:
        """Return the months that have cost rows, sorted."""
        return sorted(
            str(row[0]) for row in self.rows("select month from {spend} group by month having sum(rows) > 0 order by 1")
        )

    def months(self) -> list[str]:
        """Return the months that have cost rows and activity, sorted."""
        users = set(self.user_folders) | set(self.aggregate)
        return [month for month in self.cost_months() if month in users]

    def rows(self, query: str, parameters: Iterable[object] = ()) -> list[tuple[Any, ...]]:
        """Run a query in which {spend} stands for the spend mart of all months."""
        source = f"read_parquet({literal(self.spend_folder / '*' / '*.parquet')}, hive_partitioning = false)"
        return self._con.execute(query.replace("{spend}", source), list(parameters)).fetchall()

    def registered_users(self, month: str) -> int | None:
        """Return the users with a subscription covering the month's last day, None without subscriptions."""
        if self.subscriptions_path is None:
            return None
        return int(
            self._con.execute(
                "select count(distinct user_id) from read_parquet($path) where started_on < $first + interval 1 month"
                " and (ended_on is null or ended_on >= $first + interval 1 month)",
                {"path": str(self.subscriptions_path), "first": dt.date.fromisoformat(f"{month}-01")},
            ).fetchall()[0][0]
        )

    def table(self, name: str, month: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return (column names, rows) of a mart in a month; a table without data there has no rows."""
        path = self._path(name, month)
        if path is None:
            return [], []
        cursor = self._con.execute(
            f"select * from read_parquet({literal(path)}, hive_partitioning = false) order by all"
        )
        names = [str(column[0]) for column in cursor.description or ()]
        return names, cursor.fetchall()

    def frame(self, name: str, month: str) -> pd.DataFrame:
        """Return a mart of a month as a DataFrame; money stays exact (Decimal)."""
        import pandas as pd

        names, rows = self.table(name, month)
        return pd.DataFrame(rows, columns=names)

    def _path(self, name: str, month: str) -> Path | None:
        if name not in TABLES:
            raise UsageProblem(f"There is no mart '{name}'", fix=nearest(name, TABLES))
        if name == "spend":
            folder = self.spend_folder / f"month={month}"
            return folder / "data.parquet" if folder.exists() else None
        user_folder = self.user_folders.get(month)
        return user_folder / f"{name}.parquet" if user_folder else None
