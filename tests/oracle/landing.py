"""Writing one table twice: as a company would deliver it, and as the plain CSV that the oracle reads."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from .reading import moment

Cells = dict[str, str | None]


@dataclass(frozen=True)
class Table:
    """Rows of canonical text; `kinds` names the Parquet type of columns that are not text."""

    columns: list[str]
    rows: list[Cells]
    kinds: dict[str, str] = field(default_factory=dict)


def plain(folder: Path) -> Path:
    """Where the plain twin of a company folder stands: beside it, never inside."""
    return folder.parent / f"{folder.name}-plain"


def land(table: Table, folder: Path, stem: str, form: str, rng: random.Random) -> Path:
    """Write a table below a company folder as csv, csv.gz or parquet, and its plain twin as csv."""
    path = folder / f"{stem}.{form}"
    path.parent.mkdir(parents=True, exist_ok=True)
    if form == "parquet":
        _write_parquet(table, path)
    else:
        raw = _dressed_csv(table, rng)
        path.write_bytes(gzip.compress(raw, mtime=0) if form == "csv.gz" else raw)
    twin = plain(folder) / f"{stem}.{form}.csv"
    twin.parent.mkdir(parents=True, exist_ok=True)
    twin.write_text(csv_text(table), encoding="utf-8")
    return path


def land_again(path: Path, folder: Path, stem: str, rng: random.Random) -> None:
    """The same canonical content under another name: other line ends, byte order mark or compression."""
    form = path.name.partition(".")[2]
    raw = gzip.decompress(path.read_bytes()) if form == "csv.gz" else path.read_bytes()
    if form != "parquet":
        raw = raw.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
        raw = raw.replace(b"\n", b"\r\n") if rng.random() < 0.5 else raw
        raw = b"\xef\xbb\xbf" + raw if rng.random() < 0.5 else raw
        form = rng.choice(["csv", "csv.gz"])
    copy = folder / f"{stem}.{form}"
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_bytes(gzip.compress(raw, mtime=0) if form == "csv.gz" else raw)
    twin = plain(folder) / f"{stem}.{form}.csv"
    twin.parent.mkdir(parents=True, exist_ok=True)
    twin.write_bytes((plain(folder) / f"{path.relative_to(folder)}.csv").read_bytes())


def csv_text(table: Table) -> str:
    """Plain CSV text of a table."""
    return _csv(table, table.columns, csv.QUOTE_MINIMAL, "")


def _csv(table: Table, header: list[str], quoting: Any, empty: str) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n", quoting=quoting)
    writer.writerow(header)
    for row in table.rows:
        cells = [row.get(column) for column in table.columns]
        writer.writerow([empty if cell is None else cell for cell in cells])
    return out.getvalue()


def _dressed_csv(table: Table, rng: random.Random) -> bytes:
    """CSV with the liberties that exports take: quotes, NULL, byte order mark, CRLF, shouted headers."""
    quoting = rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    empty = rng.choice(["", "", "NULL", "null"]) if quoting == csv.QUOTE_MINIMAL else ""
    header = [rng.choice([column, column, column.lower(), column.upper()]) for column in table.columns]
    text = _csv(table, header if rng.random() < 0.2 else table.columns, quoting, empty)
    if rng.random() < 0.2:
        text = text.replace("\n", "\r\n")
    raw = text.encode("utf-8")
    return b"\xef\xbb\xbf" + raw if rng.random() < 0.2 else raw


_MONEY = pa.decimal128(38, 18)
_TYPES = {
    "text": pa.string(),
    "decimal": _MONEY,
    "double": pa.float64(),
    "int": pa.int64(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "naive": pa.timestamp("us"),
    "date": pa.date32(),
    "bool": pa.bool_(),
    "map": pa.map_(pa.string(), pa.string()),
}


def _typed(cell: str | None, kind: str) -> Any:
    if cell is None:
        return None
    convert: dict[str, Any] = {
        "text": str,
        "decimal": Decimal,
        "double": float,
        "int": int,
        "timestamp": moment,
        "naive": lambda text: moment(text).replace(tzinfo=None),
        "date": date.fromisoformat,
        "bool": lambda text: text == "true",
        "map": lambda text: list(json.loads(text).items()),
    }
    return convert[kind](cell)


def _write_parquet(table: Table, path: Path) -> None:
    arrays = {}
    for column in table.columns:
        kind = table.kinds.get(column, "text")
        arrays[column] = pa.array([_typed(row.get(column), kind) for row in table.rows], type=_TYPES[kind])
    pq.write_table(pa.table(arrays), path)
