"""A sample company to try everything on: deterministic, invented, with known facts planted in its bills."""

from __future__ import annotations

from unitcost.sample.company import MARKER, SEED, generate, is_sample

__all__ = ["MARKER", "SEED", "generate", "is_sample"]
