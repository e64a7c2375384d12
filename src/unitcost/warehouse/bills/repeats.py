"""Does a bill hold the rows of a day twice? Asked of the raw files, and only where the days look like it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from unitcost.inputs import focus
from unitcost.storage.kept import kept
from unitcost.storage.whole import passing_folder
from unitcost.warehouse.bills import columns
from unitcost.warehouse.bills.costs import DAYS, CostSettings
from unitcost.warehouse.bills.spend import Bill, Part, Spend
from unitcost.warehouse.engine import Connection, connection, file_list, literal, run, sql
from unitcost.warehouse.files.raw import header, open_raw

FOLDER = "repeats"
KEYS = ("ServiceProviderName", "ProviderName", "BillingAccountId", "ChargeCategory")
MOMENTS = ("BillingPeriodStart", "ChargePeriodStart", "ChargePeriodEnd")
# Amounts differ between two exports of a day, invoice numbers come late, and cells of several values may be
# written in several ways.
LEFT_OUT = ("Cost", "UnitPrice", "Quantity", "InvoiceId", "InvoiceDetailId", "Tags", "Details", "ContractApplied")
DESCRIPTIVE = tuple(name for name in focus.COLUMNS if not name.endswith(LEFT_OUT) and name not in MOMENTS)


class RepeatedRows(NamedTuple):
    """Usage rows of a day: how many there are, and how many of them say what twice as many rows say as usual."""

    rows: int
    twice: int


@dataclass(frozen=True)
class Repeats:
    """Answers by bill and day; each is kept in the store, under a name made of the files it rests on."""

    spend: Spend
    settings: CostSettings
    store: Path
    code: str

    def of(self, bill: Bill, day: dt.date, others: Sequence[dt.date]) -> RepeatedRows:
        """Return how the rows of a bill's day compare with those of its `others`, whatever files they are in."""
        parts = [p for p in self.spend.parts if bill in p.bills and self.spend.counted[bill] == p.delivery]
        question = [self.code, *sorted(p.folder.name for p in parts), *bill, day, *others]
        return kept(self.store / FOLDER, question, lambda: self._ask(bill, day, others, parts), RepeatedRows)

    def _ask(self, bill: Bill, day: dt.date, others: Sequence[dt.date], parts: Sequence[Part]) -> RepeatedRows:
        where = {
            "provider": literal(bill[0]),
            "account": literal(bill[1]),
            "period": literal(bill[2]),
            "days": ", ".join(f"date {literal(d)}" for d in (day, *others)),
        }
        with connection() as con, passing_folder(self.store, "repeats") as folder:
            run(con, "staging/macros")
            con.execute("create temp table described (day date, said ubigint, rows bigint)")
            for part in parts:
                if _holds(con, part, where):
                    _describe(con, part, self.settings, where, folder)
            con.execute("create temp table asked as select cast($1 as date) as day", [day])
            rows, twice = con.execute(sql("staging/repeated_day")).fetchall()[0]
        return RepeatedRows(int(rows), int(twice))


def _holds(con: Connection, part: Part, where: Mapping[str, str]) -> bool:
    rows = con.execute(
        f"select count(*) from read_parquet({file_list([part.folder / DAYS])}) where provider = {where['provider']}"
        f" and billing_account = {where['account']} and billing_start = cast({where['period']} as timestamp)"
        f" and day in ({where['days']})"
    ).fetchall()
    return bool(rows[0][0])


def _describe(con: Connection, part: Part, settings: CostSettings, where: Mapping[str, str], folder: Path) -> None:
    """Add a file's usage rows of the bill and the days to `described`, counted by all that they say in words."""
    source, defaults = part.source, settings.costs.defaults
    wanted = dict.fromkeys((*KEYS, *MOMENTS, *DESCRIPTIVE))
    raw = open_raw(con, source, header(con, source), wanted, folder / "texts.parquet")
    cells = {name: columns.cell(raw, name, defaults) for name in wanted}
    blank = columns.gaps(con, raw, cells.values())
    moments, joins, _ = columns.moments(con, raw, [cells[name] for name in MOMENTS], blank)
    texts = {name: columns.text(cells[name], blank) for name in wanted if name not in MOMENTS}
    query = sql(
        "staging/described_rows",
        **moments,
        **{name: texts[name] for name in KEYS},
        words=", ".join(texts[name] for name in DESCRIPTIVE),
        relation=raw.relation,
        joins=" ".join(joins),
        **where,
    )
    con.execute(f"insert into described {query}")
