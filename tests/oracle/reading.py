"""Files and text of a company folder: tables, timestamps, tags, report.toml and allocation.toml."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote

Record = dict[str, str | None]
"""One row of a table: lower-case column name to text; an empty cell or a bare NULL is None."""

_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2})")


@dataclass(frozen=True)
class Config:
    """report.toml with the defaults filled in; `tables` holds the file patterns by section."""

    folder: Path
    currency: str
    min_users: int
    costs: dict[str, Any]
    tables: dict[str, str]
    default_tier: str
    unused_commitment: str
    allocation: dict[str, Any]


_COSTS: dict[str, Any] = {
    "paths": ["raw/focus/**/*"],
    "defaults": {},
    "basis": "effective",
    "exclude_categories": ["Tax", "Credit"],
    "product_tag": "product",
    "environment_tag": "env",
    "account_tag": "account_id",
    "corrections": "restated",
    "spread": "days",
}


def load_config(folder: Path) -> Config:
    """Read report.toml of a folder, and the allocation.toml it names."""
    given = _toml(folder / "report.toml")
    report, activity = given.get("report", {}), given.get("activity", {})
    allocation = given.get("allocation", {})
    rules = allocation.get("path", "")
    aggregate = activity.get("aggregate", "")
    return Config(
        folder=folder,
        currency=report.get("currency", "USD"),
        min_users=report.get("min_users", 20),
        costs={**_COSTS, **given.get("costs", {})},
        tables={
            "fx": given.get("fx", {}).get("path", ""),
            "aggregate": aggregate,
            "activity": "" if aggregate else activity.get("path", "raw/activity/**/*"),
            "subscriptions": given.get("subscriptions", {}).get("path", ""),
        },
        default_tier=given.get("subscriptions", {}).get("default_tier", "free"),
        unused_commitment=allocation.get("unused_commitment", "split"),
        allocation=_toml(folder / rules) if rules else {},
    )


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


def files(folder: Path, pattern: str) -> list[Path]:
    """The files that a path of report.toml names: one file, a folder or a glob."""
    if not pattern:
        return []
    place = folder / pattern
    if place.is_file():
        return [place]
    found = place.rglob("*") if place.is_dir() else folder.glob(pattern)
    return sorted(path for path in found if path.is_file())


def content(path: Path) -> str:
    """Text of a CSV or CSV.gz without byte order mark and with one kind of line end."""
    raw = path.read_bytes()
    if path.suffix == ".gz":
        raw = gzip.decompress(raw)
    return raw.decode("utf-8-sig").replace("\r\n", "\n").rstrip("\n")


def records(text: str) -> Iterator[Record]:
    """Rows of CSV text."""
    rows = csv.reader(io.StringIO(text + "\n", newline=""))
    header = [name.strip().lower() for name in next(rows, [])]
    for row in rows:
        if row:
            yield {name: _cell(cell) for name, cell in zip(header, row, strict=True)}


def table(folder: Path, pattern: str) -> list[Record]:
    """All rows of all files of a path."""
    return [record for path in files(folder, pattern) for record in records(content(path))]


def _cell(text: str) -> str | None:
    return None if text.strip() in ("", "NULL", "null") else text


def moment(text: str) -> datetime:
    """RFC 3339, `2024-09-01 00:00:00` or `5/1/25` (month/day/20yy); without a zone it is UTC."""
    american = _AMERICAN.fullmatch(text.strip())
    if american:
        month, day, year = map(int, american.groups())
        return datetime(2000 + year, month, day, tzinfo=UTC)
    when = datetime.fromisoformat(text.strip())
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def day(text: str) -> date:
    """A calendar day, with or without a time behind it."""
    return date.fromisoformat(text.strip()[:10])


def month_of(when: date) -> str:
    """`2024-05` of a date or a UTC moment."""
    return f"{when.year:04d}-{when.month:02d}"


def delivery_of(path: Path, folder: Path) -> datetime:
    """Timestamp of the `delivery=` folder above a file; files outside any are the oldest delivery."""
    for part in path.relative_to(folder).parts[:-1]:
        if part.startswith("delivery="):
            return moment(unquote(part.removeprefix("delivery=")))
    return datetime.min.replace(tzinfo=UTC)


def tags_of(text: str | None) -> dict[str, str]:
    """Tags with a value; a valueless tag (true) or an empty one says nothing."""
    tags = json.loads(text) if text else {}
    return {key: value for key, value in tags.items() if isinstance(value, str) and value}
