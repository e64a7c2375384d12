"""What its words mean, for the last page."""

from __future__ import annotations

TERMS: tuple[tuple[str, str], ...] = (
    (
        "Cost anomalies",
        "Usage of a day ÷ active users, by service and owner, without the week's pattern, against the median of the 28 "
        "usual days before. The scale is the MAD of these errors; at most 5 % of the days found may be chance. A day "
        "is judged once three later days are there. What comes on the same day of every month is usual.",
    ),
)
