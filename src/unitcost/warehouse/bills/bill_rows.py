"""Single rows of the bills that the marts are made of, opened again for questions the marts do not answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from unitcost.storage.whole import passing_folder
from unitcost.warehouse.bills import columns
from unitcost.warehouse.bills.costs import MOMENTS, NUMBERS, TEXTS, CostSettings, CostView
from unitcost.warehouse.bills.repeats import Repeats
from unitcost.warehouse.bills.spend import Part, is_foreign, parts_of
from unitcost.warehouse.bills.vocabulary import put_table
from unitcost.warehouse.engine import Connection, connection, literal, run
from unitcost.warehouse.files.raw import header, open_raw

# FOCUS column or Tags.<key> → a pattern, or several of which any matches
Filter = Mapping[str, str | Sequence[str]]


def open_rows(con: Connection, part: Part, repeats: Repeats, settings: CostSettings, texts: Path) -> None:
    """Make `counted_rows`: one file's typed rows of the bills that count, and the pieces of those that span months.

    `texts` is a file to put its texts in. The macros and the rates are installed before. Raises DataProblem for a
    file that cannot be read any more.
    """
    wanted = dict.fromkeys((*TEXTS, *MOMENTS, *NUMBERS, columns.TAGS, *settings.columns))
    raw = open_raw(con, part.source, header(con, part.source), wanted, texts)
    CostView.of(con, raw, settings).create(
        con, tags=True, foreign=is_foreign(part), spread=settings.costs.spread == "days", settings=settings
    )
    counted = repeats.spend.counted
    bills = [bill for bill in part.bills if counted[bill] == part.delivery]
    kinds = {"provider": "string", "billing_account": "string", "billing_start": "moment"}
    put_table(
        con,
        "counted_bills",
        {name: (kind, [bill[i] for bill in bills]) for i, (name, kind) in enumerate(kinds.items())},
    )
    run(con, "staging/cost_pieces")
    run(con, "staging/counted_rows")


@contextmanager
def rows_of_month(
    repeats: Repeats, month: str, keys: Iterable[str]
) -> Iterator[tuple[Connection, dict[str, str], Iterator[int]]]:
    """Give a database, the SQL column of every key, and the month's files by number: `counted_rows` is that of each.

    `keys` are FOCUS columns and Tags.<key>. Raises DataProblem for a file that cannot be read any more.
    """
    settings = replace(repeats.settings, rule_columns=tuple(sorted(set(keys))))
    places = {name: f"rule_{number}" for number, name in enumerate(settings.rule_order)}
    with connection() as con, passing_folder(repeats.store, "rows") as folder:
        run(con, "staging/macros")
        settings.rates.install(con)

        def each() -> Iterator[int]:
            for number, part in enumerate(parts_of(repeats.spend, month)):
                open_rows(con, part, repeats, settings, folder / f"{number}.parquet")
                yield number

        yield con, places, each()


def condition(given: Filter, places: Mapping[str, str]) -> str:
    """Return SQL that is true where every key matches and never null: a trailing * is a prefix, null never matches.

    `places` has the SQL column of every key.
    """
    every = [
        f"({' or '.join(_choice(places[key], c) for c in choices(values))})" for key, values in sorted(given.items())
    ]
    return f"({' and '.join(every)})" if every else "true"


def choices(values: str | Sequence[str]) -> Sequence[str]:
    """Return the patterns of a key as a list."""
    return [values] if isinstance(values, str) else list(values)


def _choice(column: str, choice: str) -> str:
    test = f"starts_with({column}, {literal(choice[:-1])})" if choice.endswith("*") else f"{column} = {literal(choice)}"
    return f"coalesce({test}, false)"
