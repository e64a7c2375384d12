"""The words on the last page: what each published number means. One text, printed with its version."""

from __future__ import annotations

VERSION = "1"

DEFINITIONS: tuple[tuple[str, str], ...] = (
    (
        "Cost per user",
        "Cost in scope of the month ÷ monthly active users. Cost is the effective (amortised) cost unless the "
        "configuration says billed.",
    ),
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
        "Unused commitment",
        "What was paid for and not used. It is in the total; it follows the covered use of the product lines, or "
        "stays a pool of its own.",
    ),
    (
        "Commitments",
        "Coverage: list cost of covered use ÷ list cost of eligible use, which is that and on-demand use of services "
        "of which something is covered. Utilisation: effective cost of covered use ÷ the same and unused commitments. "
        "Effective savings rate: 1 − effective cost of eligible use and unused commitments ÷ list cost of eligible "
        "use. "
        "The negotiated discount is list − contracted cost, that of commitments contracted − effective cost with what "
        "was not used. Purchases and corrections are left out; without list cost these are unknown.",
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
    (
        "Reconciliation",
        "A second program, which shares no code with the first, adds up the same files. The reports appear only "
        "if billed, effective and the number of rows agree exactly.",
    ),
    (
        "Data quality",
        "What is damaged in the bills is found and said with its money, and counted as the bills say it. What is only "
        "written in an unusual way is accepted and counted. Times without a zone are UTC; tags are text or a map.",
    ),
    (
        "Preliminary and final",
        "A provider that numbers its invoices is final when every row of the month has a number; any other from "
        "the closing day of the next month on. The month is final when every provider is.",
    ),
)
