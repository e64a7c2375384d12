"""What its words mean, for the last page."""

from __future__ import annotations

TERMS: tuple[tuple[str, str], ...] = (
    (
        "Range over methods",
        "The lowest and highest cost per user if every shared pool is split as configured, evenly, in proportion to "
        "direct cost, or by its driver. In total it is one number: the split moves no cost in or out.",
    ),
)
