"""Calendar months as texts such as 2024-05."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence


def month_before(month: str) -> str:
    """Return the calendar month before, whether it has data or not."""
    number = int(month[:4]) * 12 + int(month[5:]) - 2
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def month_after(month: str) -> str:
    """Return the calendar month after, whether it has data or not."""
    number = int(month[:4]) * 12 + int(month[5:])
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def year_after(month: str) -> str:
    """Return the same month a year later."""
    return f"{int(month[:4]) + 1:04d}{month[4:]}"


def days_of(month: str) -> list[dt.date]:
    """Return the days of a month, in order."""
    first = dt.date.fromisoformat(f"{month}-01")
    return [first.replace(day=day + 1) for day in range(calendar.monthrange(first.year, first.month)[1])]


def by_day(values: Mapping[str, float], days: Iterable[dt.date]) -> list[float]:
    """Return a value for each day: each month's in its middle, on a straight line in between, level at the ends."""
    middles = [dt.date.fromisoformat(f"{month}-15").toordinal() for month in sorted(values)]
    heads = [values[month] for month in sorted(values)]
    found = []
    for day in days:
        place = day.toordinal()
        if place <= middles[0] or place >= middles[-1]:
            found.append(heads[0] if place <= middles[0] else heads[-1])
            continue
        after = next(i for i, middle in enumerate(middles) if middle > place)
        part = (place - middles[after - 1]) / (middles[after] - middles[after - 1])
        found.append(heads[after - 1] + part * (heads[after] - heads[after - 1]))
    return found


def span(months: Sequence[str]) -> str:
    """Return months in a few words: how many there are, from the first to the last."""
    if not months:
        return "no month"
    return months[0] if len(months) == 1 else f"{months[0]} to {months[-1]}, {len(months)} months"
