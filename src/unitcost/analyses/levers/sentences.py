"""What pages say of the levers: what to do next and what cost per user would be then. A scenario, no promise."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from unitcost.display.facts import NextAction
from unitcost.display.formats import Formats
from unitcost.display.page import Page
from unitcost.numbers.amounts import amount_of, ends_of


def weeks_as_given(weeks: Decimal, formats: Formats) -> str:
    """Return a number of weeks with as many digits as it was given with: '2.5'."""
    return formats.decimal(weeks, max(0, -int(weeks.normalize().as_tuple().exponent)))


def in_weeks(weeks: Decimal, formats: Formats) -> str:
    """Return an effort in words: '1 week', '2.5 weeks'."""
    return f"{weeks_as_given(weeks, formats)} {'week' if weeks == 1 else 'weeks'}"


def next_actions(page: Page) -> str | None:
    """Name the next actions with owner, range and effort, and what cost per user would be after them."""
    actions = page.facts.actions
    if not actions:
        return None
    parts = [f"{page.names.show(action.name, 40)} ({_about(page, action)})" for action in actions]
    after = actions[-1].after
    then = f" Cost per user would then be {page.unit_cost(after)}." if after is not None else ""
    return f"Next, in {page.facts.currency} a month: {'; '.join(parts)}.{then}"


def _about(page: Page, action: NextAction) -> str:
    ends = (action.low, action.high)
    digits = page.formats.estimate_digits(ends)
    low, high = (page.formats.money(end, digits) for end in ends)
    span = low if low == high else f"{low} to {high}"
    effort = in_weeks(action.weeks, page.formats) if action.weeks else ""
    return ", ".join(part for part in (page.names.show(action.owner, 30), span, effort) if part)


def after_levers(page: Page) -> str | None:
    """Say what cost per user would be after the portfolio, with its range."""
    estimate = page.findings.get("levers.portfolio_cost_per_user_after")
    if not page.facts.actions or estimate is None:
        return None
    value, (low, high) = amount_of(estimate.value), ends_of(estimate)
    if value is None:
        return None
    span = f" ({page.formats.unit_cost(low)} to {page.formats.unit_cost(high)})" if low != high else ""
    return f"After the levers chosen it would be {page.unit_cost(value)}{span}."


STATEMENTS: dict[str, Callable[[Page], str | None]] = {"next": next_actions, "levers": after_levers}
