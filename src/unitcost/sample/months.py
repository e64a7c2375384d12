"""The calendar of the sample company: 42 published months after a year that only fills the user base."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from functools import cached_property

EPOCH = dt.date(2020, 1, 1)
FIRST_PUBLISHED = 12
LAST_PUBLISHED = 53


def day_number(date: dt.date) -> int:
    """Return the days from 1 January 2020 to `date`: the integer time axis of the whole generator."""
    return (date - EPOCH).days


@dataclass(frozen=True)
class Month:
    """One calendar month; `index` counts from January 2020."""

    index: int

    @cached_property
    def first(self) -> dt.date:
        return dt.date(2020 + self.index // 12, self.index % 12 + 1, 1)

    @cached_property
    def days(self) -> int:
        return calendar.monthrange(self.first.year, self.first.month)[1]

    @cached_property
    def first_day(self) -> int:
        return day_number(self.first)

    @property
    def end_day(self) -> int:
        """The day number after the last day of the month."""
        return self.first_day + self.days

    @property
    def text(self) -> str:
        return f"{self.first:%Y-%m}"

    @cached_property
    def dates(self) -> list[dt.date]:
        return [self.first + dt.timedelta(days=day) for day in range(self.days)]

    @cached_property
    def midnights(self) -> list[str]:
        """The starts of all days of the month and of the day after it, as FOCUS writes them."""
        return [midnight(self.first + dt.timedelta(days=day)) for day in range(self.days + 1)]

    @property
    def published_number(self) -> int:
        """0 in January 2021."""
        return self.index - FIRST_PUBLISHED


def midnight(date: dt.date) -> str:
    return f"{date.isoformat()}T00:00:00Z"


def month_of(date: dt.date) -> Month:
    return Month((date.year - 2020) * 12 + date.month - 1)


BURN_IN = tuple(Month(index) for index in range(FIRST_PUBLISHED))
PUBLISHED = tuple(Month(index) for index in range(FIRST_PUBLISHED, LAST_PUBLISHED + 1))
