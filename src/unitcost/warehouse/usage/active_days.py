"""How many users were active in the 28 days until each day, and what was used each day, by product line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from functools import partial

from unitcost.storage.kept import kept
from unitcost.warehouse.engine import connection, identifier, run, sql
from unitcost.warehouse.usage.user_sets import UserSets
from unitcost.warehouse.usage.users import StagedFile, put_rows

FOLDER = "active_days"
TRAILING = 28  # days
# Product line (None: the whole company) → day → figure
ByDay = dict[str | None, dict[dt.date, float]]
Change = tuple[str | None, dt.date, float]  # product line, day, how many users more or fewer from it on
Amount = tuple[str | None, dt.date, Decimal]  # product line, day, sum of a driver


def active_users(sets: UserSets, months: Sequence[str]) -> ByDay:
    """Return distinct users of the 28 days that end with each day, from the first to the last day with activity.

    Only activity of `months` is known to it, so the first 27 days of theirs count too few.
    """
    there = [month for month in months if month in sets.files]
    if not there:
        return {}
    question = [sets.code, "users", [sets.folders[month].name for month in there]]
    changes = kept(sets.store / FOLDER, question, lambda: _changes(sets, there), list[Change])
    last = max(day for _, day, _ in changes) - dt.timedelta(days=TRAILING)
    steps_of: ByDay = {}
    for line, day, step in changes:
        steps_of.setdefault(line, {})[day] = step
    return {line: _summed(steps, last) for line, steps in steps_of.items()}


def _summed(steps: dict[dt.date, float], last: dt.date) -> dict[dt.date, float]:
    day, running = min(steps), 0.0
    sums = {}
    while day <= last:
        running += steps.get(day, 0)
        sums[day] = running
        day += dt.timedelta(days=1)
    return sums


def _changes(sets: UserSets, months: Sequence[str]) -> list[Change]:
    with connection() as con:
        run(con, "staging/macros")
        relations = []
        for number, month in enumerate(months):
            put_rows(con, month, sets.files[month], [])
            con.execute(
                f"create temp table active_{number} as select distinct date, user_id, product_line from activity_rows"
            )
            relations.append(f"select * from active_{number}")
        rows = con.execute(sql("questions/active_days", activity=" union all ".join(relations))).fetchall()
    return [(line, day, step) for line, day, step in rows]


def used(sets: UserSets, months: Sequence[str], driver: str) -> ByDay | None:
    """Return the sum of a driver of activity by day; None where no activity of the months has it."""
    amounts: ByDay = {}
    there = [month for month in months if month in sets.files]
    if not any(driver in file.staged.drivers for month in there for file in sets.files[month]):
        return None
    for month in there:
        question = [sets.code, "driver", driver, sets.folders[month].name]
        answer = partial(_used, month, sets.files[month], driver)
        rows = kept(sets.store / FOLDER, question, answer, list[Amount])
        for line, day, amount in rows:
            amounts.setdefault(line, {})[day] = float(amount)
    return amounts


def _used(month: str, files: Sequence[StagedFile], driver: str) -> list[Amount]:
    with connection() as con:
        run(con, "staging/macros")
        put_rows(con, month, files, [driver])
        rows = con.execute(
            f"select product_line, date, cast(sum({identifier(driver)}) as varchar) from activity_rows"
            f" group by grouping sets ((product_line, date), (date)) having sum({identifier(driver)}) is not null"
            " order by all"
        ).fetchall()
    return [(line, day, Decimal(amount)) for line, day, amount in rows]
