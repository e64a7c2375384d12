"""What its words mean, for the last page."""

from __future__ import annotations

TERMS: tuple[tuple[str, str], ...] = (
    (
        "Cost in scope",
        "All charges of the month by charge period (UTC), without the categories left out (tax and credits unless "
        "configured otherwise) and without what a rule sends out of scope.",
    ),
    (
        "Billed and effective",
        "Billed is what the invoice says. Effective spreads what was bought for later over the time it is used. "
        "Each row is converted once at its month's rate.",
    ),
    (
        "Unallocated",
        "Cost that no rule and no tag claims. It is in the total and in no product line and no tier.",
    ),
    (
        "COGS and R&D",
        "Cost of goods sold: production, no environment, and shared pools. Research and development: every other "
        "environment.",
    ),
    (
        "Coverage",
        "Absolute cost of rows with a product tag (tag coverage) or with an owner by rule or tag (allocation "
        "coverage) ÷ absolute cost of all rows in scope.",
    ),
)
