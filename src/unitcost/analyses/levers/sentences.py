"""What page one says of the levers: what to do next and what cost per user would be then. A scenario, no promise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from unitcost.display.formats import number

if TYPE_CHECKING:
    from unitcost.display.page import Page


def next_actions(page: Page) -> str | None:
    """Name the next actions with owner, range and effort, and what cost per user would be after them."""
    actions = page.facts.actions
    if not actions:
        return None
    parts = [f"{page.names.show(action['name'], 40)} ({_about(page, action)})" for action in actions]
    after = number(actions[-1]["after"])
    then = f" Cost per user would then be {page.unit_cost(after)}." if after is not None else ""
    return f"Next, in {page.facts.currency} a month: {'; '.join(parts)}.{then}"


def _about(page: Page, action: Mapping[str, str]) -> str:
    ends = [number(action[key]) for key in ("low", "high")]
    digits = page.formats.estimate_digits(ends)
    shown = [page.formats.money(end, digits) for end in ends]
    span = shown[0] if shown[0] == shown[1] else f"{shown[0]} to {shown[1]}"
    weeks = number(action["weeks"])
    effort = f"{page.formats.decimal(weeks, 0 if weeks == weeks.to_integral_value() else 1)} weeks" if weeks else ""
    if weeks == 1:
        effort = "1 week"
    return ", ".join(part for part in (page.names.show(action["owner"], 30), span, effort) if part)


def after_levers(page: Page) -> str | None:
    """Say what cost per user would be after the portfolio, with its range."""
    finding = page.facts.findings.get("levers.portfolio_cost_per_user_after")
    if not page.facts.actions or finding is None:
        return None
    value, low, high = (number(finding[key]) for key in ("value", "low", "high"))
    if value is None:
        return None
    span = f" ({page.formats.unit_cost(low)} to {page.formats.unit_cost(high)})" if low != high else ""
    return f"After the levers chosen it would be {page.unit_cost(value)}{span}."


LEVER_STATEMENTS: dict[str, Callable[[Page], str | None]] = {"next": next_actions, "levers": after_levers}
