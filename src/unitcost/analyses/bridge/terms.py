"""What its words mean, for the last page."""

from __future__ import annotations

TERMS: tuple[tuple[str, str], ...] = (
    (
        "Why it moved",
        "The change of cost per user between two months, told apart SKU by SKU: price (rate), quantity per user and "
        "day (usage), tiers (mix), days (month length) and conversion (fx). Fees and unused commitments change or are "
        "diluted by more users. New and retired SKUs, refunds and usage without quantity are bars of their own. The "
        "bars add up to the change exactly. They say what moved, and nothing of what lies behind it.",
    ),
)
