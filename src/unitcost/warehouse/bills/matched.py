"""A month's rows in scope that match a filter, out of the bills again: their hours, and their resources.

Marts know neither; only those who ask for them pay for it, and each answer is kept in the store.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from unitcost.storage.kept import kept
from unitcost.warehouse.bills.bill_rows import Filter, choices, condition, rows_of_month
from unitcost.warehouse.bills.repeats import Repeats
from unitcost.warehouse.bills.spend import parts_of
from unitcost.warehouse.bills.vocabulary import put_table
from unitcost.warehouse.engine import literal, sql

FOLDER = "matched"
ON_DEMAND, SPOT, COMMITTED, OTHER = "on demand", "spot", "committed", "other"


@dataclass(frozen=True, slots=True)
class RowQuery:
    """Which rows are asked for: of a month, on a basis, in scope, and matching every key of `applies_to`.

    A row is out of scope with a category of `excluded`, or where it matches one of `out_of_scope`.
    """

    month: str
    basis: str
    applies_to: Filter
    excluded: Collection[str] = ()
    out_of_scope: Sequence[Filter] = ()

    @property
    def keys(self) -> set[str]:
        """Return the FOCUS columns and Tags.<key> that are looked at."""
        return {key for each in (self.applies_to, *self.out_of_scope) for key in each}

    @property
    def question(self) -> list[object]:
        """Return what names an answer, in JSON."""
        filters = [sorted((k, list(choices(v))) for k, v in f.items()) for f in (self.applies_to, *self.out_of_scope)]
        return [self.month, self.basis, sorted(self.excluded), filters]


class Hour(NamedTuple):
    """Cost of a provider in an hour of the month, by how it is paid; hour None is longer than one or outside."""

    provider: str
    paid: str
    hour: int | None
    cost: Decimal


class OfResource(NamedTuple):
    """Cost of a resource in the month, by how it is paid and the unit it is priced in.

    `resource` is None for all those that nobody asked for by name.
    """

    resource: str | None
    category: str | None
    unit: str | None
    paid: str
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Matched:
    """Answers about single rows of the bills that the marts are made of."""

    bills: Repeats

    def hours(self, asked: RowQuery) -> list[Hour]:
        """Return the matched cost by provider, way to pay and hour; all rows of the answer add up to it."""

        def answer() -> list[Hour]:
            return [Hour(*row) for row in self._ask(asked, ["provider", "paid", "hour"], {})]

        return kept(self.bills.store / FOLDER, self._question("hours", asked, []), answer, list[Hour])

    def resources(self, asked: RowQuery, names: Collection[str]) -> list[OfResource]:
        """Return the matched cost of each resource in `names`, and of all others without a name."""
        listed = sorted(set(names))
        more = {
            "resource": ("ResourceId", "case when {} in (select name from resource_names) then {} end"),
            "unit": ("PricingUnit", "{}"),
        }
        grain = ["resource", "service_category", "unit", "paid"]

        def answer() -> list[OfResource]:
            return [OfResource(*row) for row in self._ask(asked, grain, more, listed)]

        question = self._question("resources", asked, listed)
        return kept(self.bills.store / FOLDER, question, answer, list[OfResource])

    def _question(self, what: str, asked: RowQuery, names: Sequence[str]) -> list[object]:
        parts = parts_of(self.bills.spend, asked.month)
        rests_on = [self.bills.code, self.bills.spend.months[asked.month].name, sorted(p.folder.name for p in parts)]
        return [what, *rests_on, *asked.question, names]

    def _ask(
        self,
        asked: RowQuery,
        grain: Sequence[str],
        more: Mapping[str, tuple[str, str]],
        names: Sequence[str] = (),
    ) -> list[tuple[Any, ...]]:
        """Return the sums by `grain`; `more` are columns of the bills by their names in it, with SQL around them."""
        keys = asked.keys | {column for column, _ in more.values()}
        with rows_of_month(self.bills, asked.month, keys) as (con, places, files):
            shown = {name: form.format(*[places[column]] * form.count("{}")) for name, (column, form) in more.items()}
            put_table(con, "resource_names", {"name": ("string", list(names))})
            query = _query(asked, places, shown)
            parts = []
            for number in files:
                by = ", ".join(grain)
                con.execute(
                    f"create temp table sums_{number} as select {by}, sum(cost) as cost from ({query}) group by all"
                )
                parts.append(f"from sums_{number}")
            if not parts:
                return []
            rows = con.execute(
                f"select {by}, cast(sum(cost) as varchar) from ({' union all '.join(parts)}) group by all"
                f" order by {', '.join(f'{name} nulls first' for name in grain)}"
            ).fetchall()
        return [(*row[:-1], Decimal(row[-1])) for row in rows]


def _query(asked: RowQuery, places: Mapping[str, str], shown: Mapping[str, str]) -> str:
    category, excluded = "service_category", ", ".join(map(literal, sorted(asked.excluded)))
    outside = [f"charge_category in ({excluded})"] if excluded else []
    outside += [condition(each, places) for each in asked.out_of_scope]
    return sql(
        "questions/matched_rows",
        month=f"date {literal(asked.month + '-01')}",
        in_scope=f"not ({' or '.join(outside)})" if outside else "true",
        matches=condition(asked.applies_to, places),
        columns="".join(f"{value} as {name}, " for name, value in {"service_category": category, **shown}.items()),
        cost=asked.basis,
    )
