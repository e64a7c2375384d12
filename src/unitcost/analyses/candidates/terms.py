"""What its words mean, for the last page."""

from __future__ import annotations

TERMS: tuple[tuple[str, str], ...] = (
    (
        "Machines too large, and idle ones",
        "Idle: the CPU stays below idle_below on every day that is measured. Too large: CPU and memory, at the 95th "
        "percentile of the days, would both stay below busy_below at half the size or less; half of a size costs half. "
        "Only usage on demand or on spot counts, since what a commitment covers is paid anyway, and for a smaller size "
        "only what is priced by the hour. Resources with fewer days than min_days are not judged.",
    ),
)
