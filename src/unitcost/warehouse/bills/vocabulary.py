"""Looking up each distinct odd text of a file once, in Python, and handing SQL the answers as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from unitcost.errors import DataProblem
from unitcost.warehouse.engine import Connection, identifier, literal
from unitcost.warehouse.files import texts
from unitcost.warehouse.files.locate import place
from unitcost.warehouse.files.raw import Raw, refuse_misfit
from unitcost.warehouse.files.sources import SourceFile

Parsed = TypeVar("Parsed")


class _Named(Protocol):
    @property
    def name(self) -> str: ...


def money_table(con: Connection, raw: Raw, column: _Named, written: str, odd: str, *, table: str) -> bool:
    """Make `table` (text, value, cleaned, rounded) of the amounts that are `odd`; tell whether there are any."""
    found = _parse(con, raw, column.name, written, odd, parse=texts.parse_money)
    if found:
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
    return bool(found)


def moment_table(con: Connection, raw: Raw, written: Mapping[str, str]) -> tuple[bool, bool]:
    """Make `moments` (text, at, slashed) of every text in the columns `written` (name → SQL).

    Returns whether any is month/day/year, and whether the engine's own cast reads all of them as we do.
    """
    found: dict[str, texts.Moment] = {}
    for name, sql in written.items():
        found.update(_parse(con, raw, name, sql, f"{sql} is not null", parse=texts.parse_moment))
    put_table(
        con,
        "moments",
        {
            "text": ("string", found),
            "at": ("moment", [moment.at for moment in found.values()]),
            "slashed": ("bool", [moment.slashed for moment in found.values()]),
        },
    )
    other = con.execute(
        "select count(*) from moments where try_cast(text as timestamp) is distinct from moments.at"
    ).fetchall()
    return any(moment.slashed for moment in found.values()), not other[0][0]


def tag_table(con: Connection, raw: Raw, written: str, keys: Sequence[str]) -> bool:
    """Make `tag_texts` (text, value_0 …, valueless) of every distinct Tags text; tell whether any tag has no value.

    Raises DataProblem for a text that is no JSON object and no list of keys and values.
    """
    with raw.reading():
        con.execute(
            f"create or replace temp table tag_texts as select distinct {written} as text"
            f" from {raw.relation} as raw where {written} is not null"
        )
    pairs = "list_transform(json_extract(text, '$[*]'), lambda item: coalesce(json_keys(item), []))"
    is_pairs = (
        f"json_type(text) = 'ARRAY' and len(list_filter({pairs}, lambda k: list_sort(k) <> ['key', 'value'])) = 0"
    )
    wrong = con.execute(
        "select min(text) from tag_texts where not json_valid(text)"
        f" or not (json_type(text) = 'OBJECT' or ({is_pairs}))"
    ).fetchall()[0][0]
    if wrong is not None:
        raise bad_value(con, raw.source, "Tags", wrong, "it is not a JSON object")
    _refuse_contradictions(con, raw)
    values = "".join(f", {_tag_value(key)} as value_{number}" for number, key in enumerate(keys))
    con.execute(
        f"create or replace temp table tag_texts as select text{values}, case when json_type(text) = 'OBJECT'"
        " then list_contains(json_extract_string(text, '$.*'), 'true')"
        " else list_contains(json_extract_string(text, '$[*].value'), 'true') end as valueless from tag_texts"
    )
    return bool(con.execute("select bool_or(valueless) from tag_texts").fetchall()[0][0])


def _refuse_contradictions(con: Connection, raw: Raw) -> None:
    """Raise for tags that say two things about a key: those with a key twice are looked at one by one."""
    keys = "case when json_type(text) = 'OBJECT' then json_keys(text) else json_extract_string(text, '$[*].key') end"
    odd = con.execute(
        f"select text from (select text, {keys} as keys from tag_texts)"
        " where len(keys) <> len(list_distinct(keys)) order by text"
    ).fetchall()
    for (text,) in odd:
        try:
            texts.parse_tags(text)
        except ValueError as error:
            raise bad_value(con, raw.source, "Tags", text, str(error)) from None


def _tag_value(key: str) -> str:
    pointer = literal("/" + key.replace("~", "~0").replace("/", "~1"))
    place_of_key = f"list_position(json_extract_string(text, '$[*].key'), {literal(key)})"
    return (
        f"case when json_type(text) = 'OBJECT' then json_extract_string(text, {pointer})"
        f" else list_extract(json_extract_string(text, '$[*].value'), {place_of_key}) end"
    )


def _parse(
    con: Connection, raw: Raw, column: str, written: str, where: str, *, parse: Callable[[str], Parsed]
) -> dict[str, Parsed]:
    with raw.reading():
        rows = con.execute(f"select distinct {written} from {raw.relation} as raw where {where}").fetchall()
    found = {}
    for (text,) in sorted(rows):
        try:
            found[text] = parse(text)
        except ValueError as error:
            raise bad_value(con, raw.source, column, text, str(error)) from None
    return found


def bad_value(con: Connection, source: SourceFile, column: str, text: str, why: str) -> DataProblem:
    """Return the error for one value, with its row; a row that has slipped is the error itself."""
    if not source.is_parquet:
        refuse_misfit(source)
    shown = text if len(text) <= 60 else text[:60] + "…"
    return DataProblem(
        f"{column} holds '{shown}'",
        where=place(con, source, column, text),
        why=why,
        fix="correct the value in the source and export again",
    )


KINDS = {
    "string": "varchar",
    "money": "decimal(38, 18)",
    "moment": "timestamp",
    "bool": "boolean",
    "whole": "hugeint",
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
    # Amounts, moments and large numbers are handed over as text, which the engine casts exactly.
    if kind in ("money", "moment", "whole"):
        return [None if value is None else str(value) for value in column]
    return list(column)
