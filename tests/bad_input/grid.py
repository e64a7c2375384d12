"""All cases, by kind."""

from __future__ import annotations

from . import audience, costs, rates
from .case import Case

TABLES: tuple[dict[str, list[Case]], ...] = (costs.CASES, audience.CASES, rates.CASES)
GRID: dict[str, list[Case]] = {kind: cases for table in TABLES for kind, cases in table.items()}
