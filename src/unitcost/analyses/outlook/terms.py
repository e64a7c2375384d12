"""What its words mean, for the last page."""

from __future__ import annotations

TERMS: tuple[tuple[str, str], ...] = (
    (
        "Forecast",
        "Users, variable cost per user and fixed cost, each as the mean on the log scale of the models its history is "
        "long enough for; cost ÷ users in every draw. The 80 % interval is the geometric mean of what the same "
        "forecasts were off by when they were made in earlier months, and of what the ways in which the past may have "
        "moved allow; with fewer than four errors the latter alone. Events named in [outlook] are counted.",
    ),
)
