"""One activity file → typed rows, where they are or copied by month, with a hash of what they say."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from unitcost.errors import DataProblem
from unitcost.warehouse.bills import columns
from unitcost.warehouse.bills.columns import ColumnSource
from unitcost.warehouse.bills.vocabulary import bad_value
from unitcost.warehouse.engine import Connection, identifier, literal, plain_path, sql
from unitcost.warehouse.files import texts
from unitcost.warehouse.files.locate import find_row
from unitcost.warehouse.files.raw import Raw, header, open_raw
from unitcost.warehouse.files.small_table import check_columns
from unitcost.warehouse.files.sources import SourceFile

REQUIRED = ("date", "user_id", "product_line")
INTERNAL = "is_internal"
YES, NO = ("true", "1", "t", "yes"), ("false", "0", "f", "no")
FACTS = "facts.json"
# A file of more months is copied by month, so that counting a month reads no other.
MONTHS_IN_PLACE = 4


@dataclass(frozen=True, slots=True)
class Staged:
    """What is known of an activity file: rows and sum of row hashes by month, its drivers, and SQL to read a month."""

    months: Mapping[str, tuple[int, int]]
    drivers: tuple[str, ...]
    relation: str  # with {month} where the file was copied by month


def stage(con: Connection, source: SourceFile, named: Sequence[str], target: Path) -> None:
    """Check one file and put what is known of it into the folder `target`.

    `named` are the drivers that allocation.toml asks for; other columns are drivers if they hold only numbers.
    Raises DataProblem with the row of the first flaw.
    """
    found = header(con, source)
    check_columns(source.name, "activity", [c.lower() for c in found.columns], REQUIRED)
    raw = open_raw(con, source, found, found.columns, target / "texts.parquet")
    relation, looked_up = _view(con, raw, named)
    names = [str(row[0]) for row in con.execute("describe activity_file").fetchall()]
    drivers = tuple(sorted(name for name in names if name not in REQUIRED))
    months = _survey(con, raw, drivers)
    selected = ", ".join(map(identifier, (*REQUIRED, *drivers)))
    if not source.is_parquet or looked_up or len(months) > MONTHS_IN_PLACE:
        rows = target / "rows"
        con.execute(
            f"copy (select {selected}, strftime(date, '%Y-%m') as month from activity_file) to {literal(rows)}"
            " (format parquet, compression zstd, partition_by (month))"
        )
        relation = ""
    facts = {"months": {m: [n, str(h)] for m, (n, h) in months.items()}, "drivers": drivers, "relation": relation}
    (target / FACTS).write_text(json.dumps(facts), "utf-8")
    (target / "texts.parquet").unlink(missing_ok=True)


def read_facts(folder: Path) -> Staged:
    """Return what `stage` has put into a folder."""
    facts = json.loads((folder / FACTS).read_text("utf-8"))
    months = {month: (rows, int(content)) for month, (rows, content) in facts["months"].items()}
    return Staged(months, tuple(facts["drivers"]), facts["relation"])


def rows_of(folder: Path, source: SourceFile, staged: Staged, month: str) -> str:
    """Return SQL for the rows of one month: date, user_id, product_line and every driver."""
    if staged.relation:
        path = literal(plain_path(source.path))
        inner = staged.relation.replace("{path}", path)
        first = f"cast({literal(month + '-01')} as date)"
        return f"select * from ({inner}) where date >= {first} and date < cast({first} + interval 1 month as date)"
    files = literal(plain_path(folder / "rows" / f"month={month}") + "/*.parquet")
    return f"select * from read_parquet({files}, hive_partitioning = false)"


def _view(con: Connection, raw: Raw, named: Sequence[str]) -> tuple[str, bool]:
    """Make the view `activity_file`; return its SQL for the file at {path}, and whether it needs lookup tables."""
    cells = {c.lower(): columns.cell(raw, c, {}) for c in raw.columns}
    # A user or a product line called NULL is missing like an empty one, and no row may lack either.
    blank = columns.gaps(con, raw, [c for name, c in cells.items() if name not in REQUIRED[1:]])
    written = {name: columns.text(cells[name]) for name in REQUIRED[1:]}
    _check_days(con, raw, cells["date"], blank)
    moments, joins, _ = columns.moments(con, raw, [cells["date"]], blank)
    counted = "true"
    if INTERNAL in cells:
        counted = _counted(con, raw, columns.text(cells[INTERNAL], blank))
    amounts: dict[str, columns.AmountSql] = {}
    for name in sorted(set(cells) - {*REQUIRED, INTERNAL}):
        c = cells[name]
        if name in named or _is_driver(con, raw, c, blank):
            amounts[name] = columns.money(con, raw, c, blank, f"texts_{len(amounts)}")
    joins += [a.join for a in amounts.values() if a.join]
    text = sql(
        "staging/activity",
        date=next(iter(moments.values())),
        **written,
        drivers="".join(f", {a.sql} as {identifier(name)}" for name, a in amounts.items()),
        relation="{relation}",
        joins="\n".join(joins),
        counted=counted,
    )
    with raw.reading():
        con.execute(text.replace("{relation}", raw.relation))
    # The survey refuses empty names, so whoever reads the rows later need not look for them again.
    for name in REQUIRED[1:]:
        text = text.replace(written[name], cells[name].sql)
    body = text[text.index("select") :].rstrip().rstrip(";")
    return body.replace("{relation}", "read_parquet({path}, hive_partitioning = false)"), bool(joins)


def _check_days(con: Connection, raw: Raw, date: ColumnSource, blank: columns.Gaps) -> None:
    """Raise for a time with an offset: it is the company's day that counts, and nobody can tell which that is."""
    if date.is_text:
        written = columns.text(date, blank)
        offset = "regexp_matches({}, '[0-9][+-][0-9][0-9]:?[0-9]*$') and not regexp_matches({}, '[+-]00:?(00)?$')"
        with raw.reading():
            odd = con.execute(
                f"select min({written}) from {raw.relation} as raw"
                f" where length({written}) > 10 and {offset.format(written, written)}"
            ).fetchall()[0][0]
        if odd is not None:
            raise bad_value(
                con, raw.source, "date", odd, "a day of the company's own calendar is wanted, without a zone"
            )


def _counted(con: Connection, raw: Raw, internal: str) -> str:
    known = ", ".join(literal(word) for word in (*YES, *NO))
    odd = con.execute(
        f"select min({internal}) from {raw.relation} as raw where lower({internal}) not in ({known})"
    ).fetchall()[0][0]
    if odd is not None:
        raise bad_value(con, raw.source, INTERNAL, odd, "write true or false")
    return f"lower(coalesce({internal}, 'false')) not in ({', '.join(literal(word) for word in YES)})"


def _is_driver(con: Connection, raw: Raw, c: ColumnSource, blank: columns.Gaps) -> bool:
    if columns.WHOLE.fullmatch(c.kind) or c.kind.startswith(("DECIMAL", "DOUBLE", "FLOAT", "HUGEINT", "UHUGEINT")):
        return True
    if not c.is_text:
        return False
    written = columns.text(c, blank)
    odd = con.execute(
        f"select distinct {written} from {raw.relation} as raw where not is_plain({written}) limit 50"
    ).fetchall()
    for (text,) in odd:
        try:
            texts.parse_money(text)
        except ValueError:
            return False
    return True


def _survey(con: Connection, raw: Raw, drivers: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return (rows, sum of row hashes) by month, in one pass. Raises DataProblem for nulls and negative drivers.

    The hash knows what the drivers are called; a driver that is null counts 0 in sums, yet is another content.
    """
    hashed = ", ".join(map(identifier, (*REQUIRED, *drivers)))
    # A text that is only blanks sorts before the first sign that can be seen.
    shown = {name: f"case when {name} >= '!' or trim({name}) <> '' then 1 end" for name in REQUIRED[1:]}
    asked = [f"count(*) - count({shown.get(name, name)})" for name in REQUIRED]
    asked += [f"min({identifier(d)})" for d in drivers]
    rows = con.execute(
        f"select strftime(month, '%Y-%m'), * exclude (month) from (select date_trunc('month', date) as month, count(*),"
        f" sum(hash({hashed}, {literal('|'.join(drivers))})), {', '.join(asked)} from activity_file group by month)"
        " order by month nulls first"
    ).fetchall()
    for row in rows:
        for name, nulls in zip(REQUIRED, row[3:6], strict=True):
            if nulls:
                raise DataProblem(
                    f"{name} is empty in {nulls} {'row' if nulls == 1 else 'rows'}",
                    where=_empty(con, raw, name),
                    fix="fill it in, or leave the row out",
                )
        for driver, least in zip(drivers, row[6:], strict=True):
            if least is not None and least < 0:
                raise _negative(con, raw, driver)
    return {str(month): (int(count), int(content)) for month, count, content, *_ in rows}


def _empty(con: Connection, raw: Raw, name: str) -> str:
    row = find_row(con, raw.source, (name,), lambda cells: not (cells[name] or "").strip())
    return f"{raw.source.name}, {row}, column {name}"


def _negative(con: Connection, raw: Raw, driver: str) -> DataProblem:
    def negative(cells: Mapping[str, str | None]) -> bool:
        text = cells[driver]
        return text is not None and texts.parse_money(text).value < 0

    row = find_row(con, raw.source, (driver,), negative)
    return DataProblem(
        f"Driver '{driver}' is negative",
        where=f"{raw.source.name}, {row}, column {driver}",
        why="a driver measures use, and cost follows it",
        fix="correct the row",
    )
