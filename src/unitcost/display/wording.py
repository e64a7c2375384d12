"""Words for a movement, from the numbers a reader sees: never a direction that the shown digits do not have."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

Show = Callable[[Decimal | None], str]


def direction(show: Show, now: Decimal, before: Decimal) -> int:
    """Return 1 for up, -1 for down, and 0 where both read the same: then nothing moved, whatever lies behind."""
    if show(now) == show(before):
        return 0
    return 1 if now > before else -1


def moved(show: Show, now: Decimal | None, before: Decimal | None, unit: str = "") -> str:
    """Return 'rose from 3.95 to 4.02', 'fell from … to …', 'stayed at 4.02' or, without a month before, 'is 4.02'."""
    if now is None:
        return "is not known"
    if before is None:
        return f"is {_with(unit, show(now))}"
    way = direction(show, now, before)
    if not way:
        return f"stayed at {_with(unit, show(now))}"
    return f"{'rose' if way > 0 else 'fell'} from {_with(unit, show(before))} to {show(now)}"


def _with(unit: str, text: str) -> str:
    return f"{unit} {text}".strip()


def from_to(show: Show, before: Decimal | None, now: Decimal | None, unit: str = "") -> str:
    """Return '0.192 → 0.138', one number where both read the same, '' where neither is known; a gap is a dash."""
    texts = ["–" if value is None else show(value) for value in (before, now)]
    if before is None and now is None:
        return ""
    text = texts[0] if texts[0] == texts[1] else " → ".join(texts)
    return f"{text} {unit}".strip()
