"""Calendar months as texts such as 2024-05."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence


def month_after(month: str, count: int = 1) -> str:
    """Return the calendar month `count` months after, whether it has data or not."""
    number = _number(month) + count
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def month_before(month: str, count: int = 1) -> str:
    """Return the calendar month `count` months before, whether it has data or not."""
    return month_after(month, -count)


def year_after(month: str) -> str:
    """Return the same month a year later."""
    return month_after(month, 12)


def year_before(month: str) -> str:
    """Return the same month a year earlier."""
    return month_before(month, 12)


def months_between(earlier: str, later: str) -> int:
    """Return how many months `later` is after `earlier`; negative where it is before."""
    return _number(later) - _number(earlier)


def first_day(month: str) -> dt.date:
    """Return the first day of a month. Raises ValueError for a text that is no month."""
    return dt.date.fromisoformat(f"{month}-01")


def last_day(month: str) -> dt.date:
    """Return the last day of a month. Raises ValueError for a text that is no month."""
    first = first_day(month)
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def days_of(month: str) -> list[dt.date]:
    """Return the days of a month, in order."""
    last = last_day(month)
    return [last.replace(day=day + 1) for day in range(last.day)]


def by_day(values: Mapping[str, float], days: Iterable[dt.date]) -> list[float]:
    """Return a value for each day: each month's in its middle, on a straight line in between, level at the ends."""
    middles = [dt.date.fromisoformat(f"{month}-15").toordinal() for month in sorted(values)]
    heads = [values[month] for month in sorted(values)]
    by_date = []
    for day in days:
        place = day.toordinal()
        if place <= middles[0] or place >= middles[-1]:
            by_date.append(heads[0] if place <= middles[0] else heads[-1])
            continue
        after = next(i for i, middle in enumerate(middles) if middle > place)
        part = (place - middles[after - 1]) / (middles[after] - middles[after - 1])
        by_date.append(heads[after - 1] + part * (heads[after] - heads[after - 1]))
    return by_date


def span(months: Sequence[str]) -> str:
    """Return months in a few words: how many there are, from the first to the last."""
    if not months:
        return "no month"
    return months[0] if len(months) == 1 else f"{months[0]} to {months[-1]}, {len(months)} months"


def _number(month: str) -> int:
    """Return the months from January of the year 0 on."""
    return int(month[:4]) * 12 + int(month[5:]) - 1
