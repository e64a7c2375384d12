"""What its words mean, for the last page."""

from __future__ import annotations

TERMS: tuple[tuple[str, str], ...] = (
    (
        "Conversion",
        "Three facts, never mixed. Paid share: paid user-months ÷ active users. Monthly flow: users whose first paid "
        "period after a free one starts in the month ÷ free user-months. Lifetime conversion: the share of sign-ups "
        "that began on free that ever pays (Weibull mixture-cure model, 95 % interval; by age Kaplan–Meier), not told "
        "while the curve has no plateau. Nothing after the month's last day is known to it.",
    ),
    (
        "Break-even of the free tier",
        "s is a tier's cost ÷ its user-months, ARPU the price paid, by days. Paid share: s free ÷ (ARPU − s paid + s "
        "free). Serving cost: paid share × (ARPU − s paid) ÷ (1 − paid share). Lifetime conversion: s free × active "
        "free months of a sign-up ÷ lifetime value. Payback: cost of the free tier ÷ conversions ÷ (ARPU − s paid).",
    ),
    (
        "Lifetime value and return",
        "Lifetime value: discounted (ARPU − s paid − other cost of goods sold) over the survival of first paid spells, "
        "up to ltv_horizon_months and never beyond the longest spell seen. Return: (conversion × lifetime value − s "
        "free × free months) ÷ (s free × free months), with an interval by 1,000 draws over users.",
    ),
    (
        "Margin after infrastructure",
        "(Revenue − infrastructure COGS) ÷ revenue; revenue is monthly price × days paid ÷ days of the month. Hosting "
        "of free users stands in COGS, and in a second view in sales and marketing. Gross margin only where other "
        "cost of goods sold is given.",
    ),
)
