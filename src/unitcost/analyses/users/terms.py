"""What its words mean, for the last page."""

from __future__ import annotations

TERMS: tuple[tuple[str, str], ...] = (
    (
        "Growth of users",
        "New: first activity in the data is in the month. Stayed: active in the month before too. Came back: not in "
        "the month before, but earlier. Left: active in the month before, not now. New, stayed and came back add up to "
        "the active users. Who was active only before the data begins counts as new.",
    ),
    (
        "Sets of product lines",
        "Users by exactly the lines they use; each user is in one set, so sets add up to the active users. Sets of "
        "fewer users than suppress_below are summed, with as many others as it takes not to tell their size.",
    ),
    (
        "Concentration of use",
        "What the 1, 5 and 10 % of users (rounded up) who use most of the default driver use of it, over all product "
        "lines, ÷ what all users use; user-days where nobody used any of it, or it is not known by user. Cost that "
        "follows the driver is as concentrated; storage and fixed cost need not be.",
    ),
)
