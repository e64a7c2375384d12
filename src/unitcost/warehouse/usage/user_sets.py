"""Single users over months: who came, stayed, returned and left, and how much the heaviest use.

Asked only for the months that are shown. Each answer is kept in the store, under a name made of what it rests on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from unitcost.storage.kept import kept
from unitcost.warehouse.engine import Connection, connection, file_list, identifier, run
from unitcost.warehouse.usage.users import LIST, StagedFile, put_rows

FOLDER = "user_sets"
USER_DAYS = ""  # no column of activity has this name


class UserSetSizes(NamedTuple):
    """Users of a month by what they were in another, earlier one: sizes of disjoint sets."""

    new: int  # never seen before this month
    retained: int  # active in both
    resurrected: int  # not active in the earlier month, but seen before this one
    lost: int  # active in the earlier month, not in this one


class Heaviest(NamedTuple):
    """What all users of a month use, and what the heaviest so many of them do, by count."""

    whole: Decimal
    of_first: Mapping[int, Decimal]


@dataclass(frozen=True)
class UserSets:
    """Answers about single users, from the lists of active users and from activity itself."""

    folders: Mapping[str, Path]  # month → folder with its list of active users
    files: Mapping[str, Sequence[StagedFile]]  # month → activity files with rows of it
    store: Path
    code: str

    def first_month(self) -> str | None:
        """Return the first month of the data, None without single users."""
        return min(self.folders, default=None)

    def compare(self, month: str, earlier: str) -> UserSetSizes:
        """Return how the users of a month relate to those of an earlier one. Raises KeyError for an unknown month."""
        until = {m: folder for m, folder in self.folders.items() if m <= month}
        named = sorted((m, folder.name) for m, folder in until.items())
        seen = [folder for m, folder in until.items() if m not in (month, earlier)]
        question = [self.code, "compare", month, earlier, named]
        return kept(self.store / FOLDER, question, lambda: _compare(until[month], until[earlier], seen), UserSetSizes)

    def heaviest(self, month: str, driver: str, counts: Iterable[int]) -> Heaviest | None:
        """Return what the users who use most of a driver use of it; `driver` may be USER_DAYS.

        A user-day is a day of activity in one product line. None where no activity of the month has the driver.
        """
        files, wanted = self.files[month], sorted(set(counts))
        if driver != USER_DAYS and not any(driver in file.staged.drivers for file in files):
            return None
        question = [self.code, "heaviest", self.folders[month].name, driver, wanted]
        amounts = kept(self.store / FOLDER, question, lambda: _heaviest(month, files, driver, wanted), list[Decimal])
        whole, *sums = amounts
        return Heaviest(whole, dict(zip(wanted, sums, strict=True)))


def _compare(month: Path, earlier: Path, seen: Sequence[Path]) -> UserSetSizes:
    now, before = _list([month]), _list([earlier])
    with connection() as con:
        active, base = _count(con, now), _count(con, before)
        con.execute(f"create temp table others as select user_id from {now} anti join {before} using (user_id)")
        others = _count(con, "others")
        # The lists of all other months are read as they go by; only the users in question are held.
        back = _count(con, f"others semi join {_list(seen)} using (user_id)") if seen else 0
    # A list has each user once, so sizes tell the rest.
    retained = active - others
    return UserSetSizes(others - back, retained, back, base - retained)


def _list(folders: Sequence[Path]) -> str:
    paths = [folder / f"{LIST}.parquet" for folder in folders]
    return f"(select user_id from read_parquet({file_list(paths)}, hive_partitioning = false))"


def _count(con: Connection, source: str) -> int:
    return int(con.execute(f"select count(*) from {source}").fetchall()[0][0])


def _heaviest(month: str, files: Sequence[StagedFile], driver: str, counts: Sequence[int]) -> list[Decimal]:
    """Return the sum over all users and over the first so many, those who use most first."""
    drivers = [] if driver == USER_DAYS else [driver]
    with connection() as con:
        run(con, "staging/macros")
        put_rows(con, month, files, drivers)
        source, amount = "activity_rows", f"coalesce(sum({identifier(driver)}), 0)"
        if driver == USER_DAYS:
            source, amount = "(select distinct user_id, product_line, date from activity_rows)", "count(*)"
        con.execute(f"create temp table by_user as select {amount} as used from {source} group by user_id")
        # Users who use alike are alike here, so it does not matter which of them is among the first.
        first = "(select used from {} order by used desc limit {})"
        con.execute(f"create temp table heaviest as select * from {first.format('by_user', max(counts))}")
        sums = [f"(select sum(used) from {first.format('heaviest', count)})" for count in counts]
        return [
            Decimal(amount)
            for amount in con.execute(f"select (select sum(used) from by_user), {', '.join(sums)}").fetchall()[0]
        ]
