"""Cost files → spend by month: each file's parts once, then the months whose parts changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unitcost.storage.digest import digest
from unitcost.storage.whole import whole_folder
from unitcost.warehouse.bills.costs import (
    CELLS,
    COMMITMENTS,
    DAYS,
    FACTS,
    PARTS,
    SERVICE_DAYS,
    CostSettings,
    write_parts,
)
from unitcost.warehouse.bills.vocabulary import put_table
from unitcost.warehouse.engine import Connection, file_list, literal, sql
from unitcost.warehouse.engines import Engine
from unitcost.warehouse.files.sources import SourceFile, Sources

FILES = (PARTS, CELLS, COMMITMENTS, SERVICE_DAYS, DAYS)
Bill = tuple[str, str, str]  # provider, billing account, start of the billing period


@dataclass(frozen=True, slots=True)
class Part:
    """The staged parts of one file in one delivery."""

    source: SourceFile
    folder: Path
    bills: tuple[Bill, ...]
    months: frozenset[str]
    fractions: frozenset[tuple[str, str, str, str]]  # bills and months in which some EffectiveCost has a fraction

    @property
    def delivery(self) -> str:
        """Return the delivery the file came with."""
        return self.source.delivery


@dataclass(frozen=True, slots=True)
class Spend:
    """Folders by month, the parts they are made of, and the delivery that counts for each bill."""

    months: dict[str, Path]
    parts: tuple[Part, ...]
    counted: Mapping[Bill, str]

    @property
    def fractions(self) -> frozenset[tuple[str, str, str, str]]:
        """Return the bills and months, as counted, in which some EffectiveCost has a fraction; purchases apart."""
        return frozenset(key for part in self.parts for key in part.fractions if self.counted[key[:3]] == part.delivery)


def build(
    con: Connection,
    engine: Engine,
    bills: Sources,
    settings: CostSettings,
    store: Path,
    *,
    progress: Callable[[str], None],
    code: str,
) -> Spend:
    """Return the spend of every month, building what is missing. Raises DataProblem naming file and row."""
    parts = _parts(con, engine, bills, settings, store, progress=progress, code=code)
    counted = _counted(parts)
    months = {}
    for month in sorted({month for part in parts for month in part.months}):
        touching = [part for part in parts if month in part.months]
        lost = [sorted(bill for bill in part.bills if counted[bill] != part.delivery) for part in touching]
        key = digest(
            [code, month, *sorted(f"{p.folder.name}{p.delivery}{gone}" for p, gone in zip(touching, lost, strict=True))]
        )
        target = months[month] = store / "spend" / key
        if not target.exists():
            with whole_folder(target) as temporary:
                _write_month(con, engine, month, touching, counted, rules=settings.rule_names, target=temporary)
    return Spend(months, tuple(parts), counted)


def _parts(
    con: Connection,
    engine: Engine,
    bills: Sources,
    settings: CostSettings,
    store: Path,
    *,
    progress: Callable[[str], None],
    code: str,
) -> list[Part]:
    # Rates matter only to files with other currencies, so the others keep their parts when a rate is added.
    keys = [
        tuple(store / "costs" / settings.key(f, code, with_rates) for with_rates in (False, True)) for f in bills.files
    ]
    missing = sum(not any(path.exists() for path in pair) for pair in keys)
    parts, number = [], 0
    for file, (plain, with_rates) in zip(bills.files, keys, strict=True):
        path = plain if plain.exists() else with_rates
        if not path.exists():
            number += 1
            progress(f"reading bill {number} of {missing}: {file.name}")
            with whole_folder(with_rates) as temporary:
                write_parts(con, engine, file, settings, temporary)
        if path == with_rates:
            path = _without_rates(with_rates, plain)
        parts.append(_part(path, file))
    return parts


def _without_rates(with_rates: Path, plain: Path) -> Path:
    """Give the parts of a file the name that no rate changes, if no rate was needed; another run may do the same."""
    try:
        if _facts(with_rates)["foreign"]:
            return with_rates
        return with_rates.rename(plain)
    except OSError:
        if not plain.exists():
            raise
        return plain


def _facts(path: Path) -> dict[str, Any]:
    return dict(json.loads((path / FACTS).read_text("utf-8")))


def parts_of(spend: Spend, month: str) -> list[Part]:
    """Return the files with something that counts in a month."""
    return [p for p in spend.parts if month in p.months and any(spend.counted[b] == p.delivery for b in p.bills)]


def is_foreign(part: Part) -> bool:
    """Tell whether a file has amounts in other currencies."""
    return bool(_facts(part.folder)["foreign"])


def _part(path: Path, file: SourceFile) -> Part:
    facts = _facts(path)
    return Part(
        source=file,
        folder=path,
        bills=tuple((p, a, s) for p, a, s in facts["bills"]),
        months=frozenset(facts["months"]),
        fractions=frozenset((p, a, s, m) for p, a, s, m in facts["fractions"]),
    )


def _counted(parts: Iterable[Part]) -> dict[Bill, str]:
    """Return the delivery that counts for each bill: the latest one that holds it."""
    latest: dict[Bill, str] = {}
    for part in parts:
        for bill in part.bills:
            latest[bill] = max(part.delivery, latest.get(bill, part.delivery))
    return latest


def _write_month(
    con: Connection,
    engine: Engine,
    month: str,
    parts: Sequence[Part],
    counted: Mapping[Bill, str],
    *,
    rules: str,
    target: Path,
) -> None:
    # The same content in two deliveries is staged once and counts in each, so parts are joined, not listed twice.
    put_table(
        con,
        "deliveries",
        {
            "filename": ("string", [str(p.folder / name) for p in parts for name in FILES]),
            "delivery": ("string", [p.delivery for p in parts for _ in FILES]),
        },
    )
    put_table(
        con,
        "bills",
        {
            "provider": ("string", [bill[0] for bill in counted]),
            "billing_account": ("string", [bill[1] for bill in counted]),
            "billing_start": ("moment", [bill[2] for bill in counted]),
            "delivery": ("string", list(counted.values())),
        },
    )
    for table, name, when in (
        ("parts", PARTS, "p.month"),
        ("part_cells", CELLS, "p.month"),
        ("part_commitments", COMMITMENTS, "p.month"),
        ("part_service_days", SERVICE_DAYS, "p.month"),
        ("part_days", DAYS, "date_trunc('month', p.day)"),
    ):
        paths = file_list(sorted({part.folder / name for part in parts}))
        con.execute(
            f"create or replace temp view {table} as select p.* exclude (filename), d.delivery"
            f" from read_parquet({paths}, filename = true, union_by_name = true) as p"
            f" inner join deliveries as d using (filename) where strftime({when}, '%Y-%m') = {literal(month)}"
        )
    made = ("spend", "cells", "commitments", "service_days", "days")
    engine.make(con, {name: sql(f"marts/{name}", rules=rules) for name in made}, kept=made)
    for name in made:
        con.execute(
            f"copy (select * from {name} order by all) to {literal(target / f'{name}.parquet')}"
            " (format parquet, compression zstd)"
        )
