"""What every benchmark is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """The choices of a run; 0 means the benchmark's own default."""

    data: Path
    rows: int = 0
    rounds: int = 0
    money: str = "decimal"
    tags: str = "json"
    pdf: bool = True
