"""What its words mean, for the last page."""

from __future__ import annotations

TERMS: tuple[tuple[str, str], ...] = (
    (
        "Levers",
        "What could be done about cost, on the month's spend in scope without what a commitment covers already. Levers "
        "act in a fixed order, each on what those before it leave. Saving: a lever's fair share of what all would save "
        "together, the average over all orders (Shapley); alone: the lever by itself. Ranges are P10 to P90 of the "
        "assumptions. What would be, no result.",
    ),
    (
        "Portfolio",
        "The levers worth most within the weeks of the scenario, evaluated together, in the order of what each adds a "
        "week. Months ahead keep spend and users as they are now; each lever comes in evenly over its ramp.",
    ),
)
