"""The time axis: months in order, gaps included, and their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from babel import Locale
from babel.dates import format_skeleton

from unitcost.numbers.months import first_day, month_before, months_between, year_before


def short_month(month: str, locale: Locale) -> str:
    """Return "May 2024" for 2024-05, in the words of the locale."""
    return str(format_skeleton("yMMM", first_day(month), locale=locale))


@dataclass(frozen=True, slots=True)
class Months:
    """All months from the first to the last one, without holes; `now` is the last that is not an outlook.

    A month of `breaks` does not continue the month before: another definition holds from it on.
    """

    all: tuple[str, ...]
    now: str
    breaks: tuple[str, ...] = ()

    @classmethod
    def spanning(cls, months: Sequence[str], outlook: Sequence[str] = (), breaks: Sequence[str] = ()) -> Months:
        """Return every month between the earliest and the latest. Raises ValueError if `months` is empty."""
        if not months:
            raise ValueError("a chart over time needs at least one month")
        now = max(months)
        first, last = min(months), max(now, *outlook, now)
        count = months_between(first, last)
        months = tuple(month_before(last, back) for back in range(count, -1, -1))
        return cls(months, now, tuple(month for month in sorted(breaks) if month in months[1:]))

    def place(self, month: str) -> int:
        """Return the position of a month, 0 for the first."""
        return months_between(self.all[0], month)

    def year_before(self) -> str | None:
        """Return the namesake of `now` a year earlier, None if it lies before the first month."""
        month = year_before(self.now)
        return month if month >= self.all[0] else None

    def ticks(self, locale: Locale) -> list[tuple[int, str]]:
        """Return (position, text) of the axis: years at each January, or single months on a short axis."""
        if len(self.all) <= 6:
            return [(place, short_month(month, locale)) for place, month in enumerate(self.all)]
        januaries = [place for place, month in enumerate(self.all) if month.endswith("-01")]
        if len(self.all) > 24 and len(januaries) > 1:
            return [(place, self.all[place][:4]) for place in januaries]
        return [
            (place, short_month(month, locale))
            for place, month in enumerate(self.all)
            if month[5:] in ("01", "04", "07", "10")
        ]
