"""What its words mean, for the last page."""

from __future__ import annotations

TERMS: tuple[tuple[str, str], ...] = (
    (
        "Unused commitment",
        "What was paid for and not used. It is in the total; it follows the covered use of the product lines, or "
        "stays a pool of its own.",
    ),
    (
        "Commitments",
        "Coverage: list cost of covered use ÷ list cost of eligible use, which is that and on-demand use of services "
        "of which something is covered. Utilisation: effective cost of covered use ÷ the same and unused commitments. "
        "Effective savings rate: 1 − effective cost of eligible use and unused commitments ÷ list cost of eligible "
        "use. Negotiated is list − contracted cost, by commitments it is contracted − effective cost with what was "
        "not used. Purchases and corrections are left out; without list cost these are unknown.",
    ),
    (
        "Best hourly commitment",
        "The K that makes the month cheapest if an hour with on-demand use U costs (1 − discount) × K + what exceeds "
        "K: the quantile of U, over all hours of the month, at the discount. Use that is covered or on spot is left "
        "out. The interval rests on the weeks of one month, and knows nothing of growth or seasons.",
    ),
)
