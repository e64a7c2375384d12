"""All cases, by kind."""

from __future__ import annotations

from . import (
    archives,
    audience,
    costs,
    money,
    parquet,
    parquet_files,
    rates,
    sets,
    settings,
    structure,
    times,
    usage_metrics,
    utilisation,
)
from .case import Case

TABLES: tuple[dict[str, list[Case]], ...] = (
    costs.CASES,
    audience.CASES,
    rates.CASES,
    utilisation.CASES,
    usage_metrics.CASES,
    money.CASES,
    times.CASES,
    structure.CASES,
    archives.CASES,
    parquet.CASES,
    parquet_files.CASES,
    sets.CASES,
    settings.CASES,
)
GRID: dict[str, list[Case]] = {kind: cases for table in TABLES for kind, cases in table.items()}
