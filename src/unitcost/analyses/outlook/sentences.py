"""The sentence of page one that looks ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unitcost.display.formats import adaptive_digits, month_name, number
from unitcost.numbers.months import month_after

if TYPE_CHECKING:
    from unitcost.display.page import Page

AHEAD = 12


def expected(page: Page) -> str | None:
    """Say between which values cost per user is expected in a year; nothing where that is not known."""
    month = month_after(page.facts.month, AHEAD)
    finding = page.facts.findings.get(f"forecast.cost_per_user.{month}")
    if finding is None:
        return None
    low, high = number(finding["low"]), number(finding["high"])
    if low is None or high is None:
        return None
    digits = adaptive_digits([low, high])
    shown = [page.formats.unit_cost(value, digits) for value in (low, high)]
    when = month_name(month, page.facts.locale)
    if shown[0] == shown[1]:
        return f"By {when} cost per user is expected to be {page.formats.with_currency(shown[0])}."
    return f"By {when} cost per user is expected between {page.formats.with_currency(shown[0])} and {shown[1]}."
