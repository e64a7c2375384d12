"""Which sections the cells of a notebook belong to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

TAG = "section:"


def sections_in(tags: Iterable[str]) -> list[str]:
    """Return the names of the sections that a cell's tags name."""
    return [tag.removeprefix(TAG) for tag in tags if tag.startswith(TAG)]


def sections_of(cell: Any) -> list[str]:
    """Return the sections that a cell of a notebook belongs to."""
    return sections_in(cell.metadata.get("tags", ()))
