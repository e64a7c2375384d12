"""Who signed up, converted, paid and left, as known on a month's last day: asked on demand of the subscriptions.

Nothing after that day may be known: later periods are not there, and one that ends later still runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from unitcost.storage.digest import code_of
from unitcost.storage.kept import kept
from unitcost.warehouse.engine import Connection, connection, literal, plain_path, sql
from unitcost.warehouse.usage.users import LIST

if TYPE_CHECKING:
    import numpy as np

PACKAGE = "unitcost.analyses.freemium"
FOLDER = "freemium"


class Price(NamedTuple):
    """A monthly price with the days paid at it in the month, over all users; currency None is the reporting one."""

    currency: str | None
    mrr: Decimal
    days: int


@dataclass(frozen=True, slots=True)
class Sold:
    """What a month's subscriptions come to: every price with its days, and the users who converted in the month."""

    prices: tuple[Price, ...]
    conversions: int


@dataclass(frozen=True)
class Lives:
    """Users at the end of a month as columns of equal length, in a fixed order; see sql/lives.sql.

    `free_use` has a row (cohort's age now in months, age at use, free months) for each cohort and age.
    """

    columns: Mapping[str, np.ndarray[Any, Any]]
    free_use: Sequence[tuple[int, int, float]]


@dataclass(frozen=True)
class Subscribers:
    """Answers about single subscribers. `path` is a Parquet file of periods; `folders` hold lists of active users."""

    path: Path
    folders: Mapping[str, Path]
    store: Path
    code: str

    def sold(self, month: str) -> Sold:
        """Return the prices paid in a month and its conversions."""
        question = [self.code, code_of(PACKAGE), "sold", self.path.parent.name, month]
        return kept(self.store / FOLDER, question, lambda: self._sold(month), Sold)

    def _sold(self, month: str) -> Sold:
        first = _first(month)
        paid = (
            "select currency, cast(mrr as varchar),"
            f" cast(sum(date_diff('day', greatest(started_on, {first}), until)) as bigint)"
            f" from known where tier = 'paid' and until > {first} group by currency, mrr order by all"
        )
        with connection(one_core=True) as con:
            self._know(con, month)
            prices = tuple(Price(currency, Decimal(mrr), days) for currency, mrr, days in con.execute(paid).fetchall())
            count = f"select count(*) from starts where converted_on >= {first}"
            return Sold(prices, int(con.execute(count).fetchall()[0][0]))

    def lives(self, month: str, rates: Mapping[str | None, Decimal]) -> Lives:
        """Return every user known on the month's last day. `rates` has every currency of `sold`."""
        first, after = _first(month), _after(month)
        names = {m: folder for m, folder in self.folders.items() if m <= month}
        lists = " union all ".join(
            f"select user_id, {_first(m)} as month, {_after(m)} as next_month from"
            f" read_parquet({literal(plain_path(folder / f'{LIST}.parquet'))}, hive_partitioning = false)"
            for m, folder in sorted(names.items())
        )
        nobody = f"select null::varchar as user_id, {first} as month, {after} as next_month limit 0"
        pairs = [f"select {_text(c)} as currency, cast({rate} as double) as rate" for c, rate in rates.items()]
        none = "select null::varchar as currency, cast(1 as double) as rate limit 0"
        with connection() as con:
            self._know(con, month)
            con.execute(sql("spells", PACKAGE))
            con.execute(sql("free_use", PACKAGE, lists=lists or nobody))
            text = sql("lives", PACKAGE, rates=" union all ".join(pairs) or none, first_day=first, next_month=after)
            columns: Any = con.execute(f"select * from ({text}) order by all").fetchnumpy()
            use = con.execute(
                f"select date_diff('month', cohort, {first}), age, sum(free_share) from free_use group by all"
                " order by all"
            ).fetchall()
        return Lives(columns, [(int(c), int(a), float(f)) for c, a, f in use])

    def _know(self, con: Connection, month: str) -> None:
        path = literal(plain_path(self.path))
        con.execute(sql("known", PACKAGE, path=path, next_month=_after(month)))
        con.execute(sql("starts", PACKAGE))


def _first(month: str) -> str:
    return f"cast({literal(month + '-01')} as date)"


def _after(month: str) -> str:
    return f"cast({_first(month)} + interval 1 month as date)"


def _text(currency: str | None) -> str:
    return "cast(null as varchar)" if currency is None else literal(currency)
