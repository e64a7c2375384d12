"""Calendar months as texts such as 2024-05."""

from __future__ import annotations


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
