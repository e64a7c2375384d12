"""Random company folders, each with a plain twin for the oracle."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from .audience import land_people
from .bills import land_costs, rate_text
from .landing import plain
from .rulebook import allocation_toml, report_toml
from .shapes import Shape, draw


def build(folder: Path, seed: int, **shape: Any) -> Path:
    """Write company number `seed` below `folder` and its plain twin beside it; the same seed, the same files.

    Keyword arguments fix features of `shapes.Shape`, such as `basis="billed"` or `users=1`.
    """
    rng = random.Random(seed)
    drawn = draw(rng, shape)
    folder.mkdir(parents=True)
    land_costs(drawn, folder, rng)
    land_people(drawn, folder, rng)
    _write_both(folder, "report.toml", report_toml(drawn, rng))
    _write_both(folder, "fx.csv", _rates(drawn, rng))
    if drawn.allocation:
        _write_both(folder, "allocation.toml", allocation_toml(drawn, rng))
    return folder


def _write_both(folder: Path, name: str, text: str) -> None:
    for place in (folder, plain(folder)):
        (place / name).write_text(text, encoding="utf-8")


def _rates(shape: Shape, rng: random.Random) -> str:
    months = [f"{year}-{month:02d}" for year in (2023, 2024, 2025, 2026) for month in range(1, 13)]
    currencies = sorted({*shape.billing_currencies, "CHF"} - {shape.currency})
    rows = [f"{month},{currency},{rate_text(rng)}" for month in months for currency in currencies]
    return "month,currency,rate\n" + "\n".join(rows) + "\n"
