"""What page one and the section say of the months ahead."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from unitcost.display.formats import Formats, adaptive_digits, month_name
from unitcost.display.page import Page
from unitcost.numbers.amounts import ends_of
from unitcost.numbers.estimate import Estimate
from unitcost.numbers.months import month_after

AHEAD = 12  # months


def expected(findings: Mapping[str, Estimate], formats: Formats, month: str, locale: str) -> str:
    """Return between which values cost per user is expected in a year, or in the last month known before; '' for none.

    `month` is that of the report. Both ends have the same digits; where they read the same there is one number.
    """
    for months in range(AHEAD, 0, -1):
        ahead = month_after(month, months)
        estimate = findings.get(f"forecast.cost_per_user.{ahead}")
        low, high = (None, None) if estimate is None else ends_of(estimate)
        if low is None or high is None:
            continue
        digits, when = adaptive_digits([low, high]), month_name(ahead, locale)
        shown = [formats.unit_cost(end, digits) for end in (low, high)]
        if shown[0] == shown[1]:
            return f"Cost per user is expected to be {formats.with_currency(shown[0])} in {when}"
        return f"Cost per user is expected between {formats.with_currency(shown[0])} and {shown[1]} in {when}"
    return ""


def outlook(page: Page) -> str | None:
    """Say between which values cost per user is expected; nothing where that is not known."""
    return page.sentence(expected(page.findings, page.formats, page.facts.month, page.facts.locale))


STATEMENTS: dict[str, Callable[[Page], str | None]] = {"outlook": outlook}
