"""What its words mean, for the last page."""

from __future__ import annotations

TERMS: tuple[tuple[str, str], ...] = (
    (
        "Cost per user",
        "Cost in scope of the month ÷ monthly active users. Cost is the effective (amortised) cost unless the "
        "configuration says billed.",
    ),
    (
        "Monthly active users",
        "Distinct users with activity in the calendar month of the company's zone, internal users left out. "
        "A set: it is never a sum over days, tiers or product lines.",
    ),
    (
        "Tier",
        "Free or paid. A user counts on the tier of the last active day; cost follows the tier of the day. "
        "User-months weigh each user's active days, so they add up to the users too.",
    ),
    (
        "Product line",
        "Its direct cost by rule or tag, its share of the shared pools and of unused commitments. Users of several "
        "lines count in each, so lines do not add up.",
    ),
    (
        "Usage alone",
        "Usage that product lines own themselves, split by the tiers' drivers ÷ users of the tier: without purchases, "
        "fees, shared pools and unused commitments. What one user more costs, as far as usage grows with users.",
    ),
)
