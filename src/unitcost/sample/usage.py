"""From activity to what the machines feel: one figure a day for every driver of the bills."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unitcost.sample.members import LINES

if TYPE_CHECKING:
    from unitcost.sample.activity import ActivityMonth
    from unitcost.sample.chance import Ints

# Notes of users who are away this month stay on the disks.
DORMANT_STORAGE_PERMILLE = 1350


def drivers(data: ActivityMonth, stored_before: Ints) -> dict[str, Ints]:
    """Return the drivers of a month by name, one entry a day.

    `requests.*` are counts, `cpu.*` seconds, `egress.*` MB and `stored.*` MB-months a day (a month of a
    steady level adds up to that level). Storage moves evenly from the level of the month before,
    `stored_before`, to the level of this month, both in hundredths of a GB by product line.
    """
    import numpy as np

    days = data.month.days
    passed = np.arange(1, days + 1)
    result = dict(data.sums)
    for line, before, now in zip(LINES, stored_before, data.stored, strict=True):
        level = before + (now - before) * passed // days
        result[f"stored.{line}"] = level * 10 * DORMANT_STORAGE_PERMILLE // 1000 // days
    return result
