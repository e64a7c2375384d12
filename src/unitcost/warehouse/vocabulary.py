"""Looking up each distinct odd text of a file once, in Python, and handing SQL the answers as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from unitcost.errors import DataProblem
from unitcost.warehouse import texts
from unitcost.warehouse.engine import Connection, identifier
from unitcost.warehouse.locate import place
from unitcost.warehouse.sources import SourceFile

Parsed = TypeVar("Parsed")


def money_table(con: Connection, source: SourceFile, columns: Sequence[str], table: str) -> None:
    """Make `table` (text, value, cleaned, rounded) of every amount in `raw` that is not plain decimal text."""
    found: dict[str, texts.Money] = {}
    for column in columns:
        odd = f"{identifier(column)} is not null and not is_plain({identifier(column)})"
        found.update(_parse(con, source, column, odd, texts.parse_money))
    put_table(
        con,
        table,
        {
            "text": ("string", found),
            "value": ("money", [money.value for money in found.values()]),
            "cleaned": ("bool", [money.cleaned for money in found.values()]),
            "rounded": ("bool", [money.rounded for money in found.values()]),
        },
    )


def moment_table(con: Connection, source: SourceFile, columns: Sequence[str]) -> None:
    """Make `moments` (text, at, slashed) of every date or time in `raw`."""
    found: dict[str, texts.Moment] = {}
    for column in columns:
        found.update(_parse(con, source, column, f"{identifier(column)} is not null", texts.parse_moment))
    put_table(
        con,
        "moments",
        {
            "text": ("string", found),
            "at": ("moment", [moment.at for moment in found.values()]),
            "slashed": ("bool", [moment.slashed for moment in found.values()]),
        },
    )


def _parse(
    con: Connection, source: SourceFile, column: str, where: str, parse: Callable[[str], Parsed]
) -> dict[str, Parsed]:
    rows = con.execute(f"select distinct {identifier(column)} from raw where {where}").fetchall()
    found = {}
    for (text,) in sorted(rows):
        try:
            found[text] = parse(text)
        except ValueError as error:
            raise bad_value(con, source, column, text, str(error)) from None
    return found


def bad_value(con: Connection, source: SourceFile, column: str, text: str, why: str) -> DataProblem:
    """Return the error for one value, with its row."""
    shown = text if len(text) <= 60 else text[:60] + "…"
    return DataProblem(
        f"{column} holds '{shown}'",
        where=place(con, source, column, text),
        why=why,
        fix="correct the value in the source and export again",
    )


KINDS = {
    "string": "varchar",
    "strings": "varchar[]",
    "money": "decimal(38, 18)",
    "moment": "timestamp",
    "bool": "boolean",
}


def put_table(con: Connection, table: str, columns: dict[str, tuple[str, Iterable[object]]]) -> None:
    """Make a table in the connection, replacing one of that name; kinds are those of KINDS."""
    values = [_bound(kind, column) for kind, column in columns.values()]
    selected = ", ".join(
        f"unnest(cast(${number} as {KINDS[kind]}[])) as {identifier(name)}"
        for number, (name, (kind, _)) in enumerate(columns.items(), start=1)
    )
    con.execute(f"create or replace temp table {identifier(table)} as select {selected}", values)


def _bound(kind: str, column: Iterable[object]) -> list[object]:
    # Amounts and moments are handed over as text, which the engine casts exactly.
    if kind in ("money", "moment"):
        return [None if value is None else str(value) for value in column]
    return list(column)
