"""The marts of one company: monthly tables as Parquet, read by name and month."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from unitcost.errors import UsageProblem, nearest
from unitcost.numbers.months import first_day
from unitcost.warehouse.bills.repeats import Repeats
from unitcost.warehouse.engine import file_list, literal
from unitcost.warehouse.files.small_table import Row
from unitcost.warehouse.usage.usage_metrics import UsageMetrics
from unitcost.warehouse.usage.user_sets import UserSets

if TYPE_CHECKING:
    import pandas as pd

SPEND_TABLES = ("spend", "cells", "commitments", "service_days", "days")
USER_TABLES = ("usage", "profiles", "line_users", "line_places", "line_sets", "dedicated_accounts")


@dataclass(frozen=True, slots=True)
class InputContent:
    """What one input says, apart from files: its kind, name, rows and a sha256 of its content."""

    name: str
    kind: str
    rows: int
    sha256: str


@dataclass(frozen=True)
class Marts:
    """Tables by month; the user tables exist where activity is given by user."""

    spend_folders: dict[str, Path]  # month → folder with the tables of SPEND_TABLES
    repeats: Repeats  # whether a bill holds the rows of a day twice
    fractions: frozenset[tuple[str, str, str, str]]  # bills and months in which some EffectiveCost has a fraction
    user_folders: dict[str, Path]  # month → folder with the tables of USER_TABLES
    user_sets: UserSets  # single users over months
    activity_content: dict[str, tuple[int, int]]  # month → rows and the sum of their hashes
    aggregate: dict[str, list[Row]]  # month → counts, where they are given instead
    rule_order: tuple[str, ...]  # names behind rule_0, rule_1, …
    subscriptions: InputContent | None
    subscriptions_path: Path | None
    fx: tuple[tuple[str, str, Any], ...]
    invoices: tuple[Row, ...]
    usage_metrics: UsageMetrics
    repeated: tuple[tuple[str, str], ...]
    zero_length: int
    _con: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect, repr=False)

    @cached_property
    def totals(self) -> dict[str, tuple[Decimal, Decimal, int]]:
        """Return billed, effective (in the reporting currency) and rows of every month that has any."""
        query = "select month, sum(billed), sum(effective), sum(rows) from {spend} group by month order by month"
        return {str(m): (billed, effective, int(rows)) for m, billed, effective, rows in self.rows(query)}

    @cached_property
    def product_tags(self) -> list[str]:
        """Return the product lines that rows of the bills name, sorted."""
        query = "select distinct product_tag from {spend} where product_tag is not null and rows > 0 order by 1"
        return [str(row[0]) for row in self.rows(query)]

    def active_lines(self) -> set[str]:
        """Return the product lines that have activity in any month."""
        counted = {row.cells.get("product_line") for rows in self.aggregate.values() for row in rows}
        by_user = {str(line) for month in self.user_folders for line, *_ in self.table("line_users", month)[1]}
        return by_user | {line for line in counted if line is not None}

    def cost_months(self) -> list[str]:
        """Return the months that have cost rows, sorted."""
        return [month for month, (_, _, rows) in self.totals.items() if rows]

    def months(self) -> list[str]:
        """Return the months that have cost rows and activity, sorted."""
        users = set(self.user_folders) | set(self.aggregate)
        return [month for month in self.cost_months() if month in users]

    def rows(self, query: str, parameters: Iterable[object] = ()) -> list[tuple[Any, ...]]:
        """Run a query in which {spend} stands for the spend mart of all months, with a column `month`."""
        paths = {month: folder / "spend.parquet" for month, folder in self.spend_folders.items()}
        months = ", ".join(f"({literal(path)}, {literal(month)})" for month, path in paths.items())
        source = (
            f"(select s.* exclude (filename), m.month from read_parquet({file_list(list(paths.values()))},"
            f" filename = true, hive_partitioning = false) as s"
            f" inner join (values {months}) as m (filename, month) using (filename))"
        )
        return self._con.execute(query.replace("{spend}", source), list(parameters)).fetchall()

    def registered_users(self, month: str) -> int | None:
        """Return the users with a subscription covering the month's last day, None without subscriptions."""
        # Periods of one user never overlap, so nobody is counted twice.
        if self.subscriptions_path is None:
            return None
        return int(
            self._con.execute(
                "select count(*) from read_parquet($path) where started_on < $first + interval 1 month"
                " and (ended_on is null or ended_on >= $first + interval 1 month)",
                {"path": str(self.subscriptions_path), "first": first_day(month)},
            ).fetchall()[0][0]
        )

    def table(self, name: str, month: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return (column names, rows) of a mart in a month; a table without data there has no rows."""
        path = self._path(name, month)
        if path is None:
            return [], []
        cursor = self._con.execute(f"select * from read_parquet({literal(path)}, hive_partitioning = false)")
        names = [str(column[0]) for column in cursor.description or ()]
        return names, cursor.fetchall()

    def frame(self, name: str, month: str) -> pd.DataFrame:
        """Return a mart of a month as a DataFrame; money stays exact (Decimal)."""
        import pandas as pd

        names, rows = self.table(name, month)
        return pd.DataFrame(rows, columns=names)

    def _path(self, name: str, month: str) -> Path | None:
        for tables, folders in ((SPEND_TABLES, self.spend_folders), (USER_TABLES, self.user_folders)):
            if name in tables:
                folder = folders.get(month)
                return folder / f"{name}.parquet" if folder else None
        raise UsageProblem(f"There is no mart '{name}'", fix=nearest(name, (*SPEND_TABLES, *USER_TABLES)))
