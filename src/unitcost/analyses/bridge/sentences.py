"""What page one says of the bridge: the largest parts of the change, and what became of the number of last month.

A part is no cause: the sentences say what moved and not why.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from unitcost.analyses.bridge.bridge import Bridge
from unitcost.analyses.bridge.views import WORDS, lower, reasons
from unitcost.display.facts import ChangePart
from unitcost.display.formats import adaptive_digits
from unitcost.display.page import Page
from unitcost.numbers.amounts import amount_of

RESTATEMENT = "bridge.restatement"
NAME_LIMIT = 60


def change_parts(bridge: Bridge, material: Decimal) -> list[ChangePart]:
    """Return the largest parts of a change; `material` is the share of cost per user below which none is named."""
    return [
        ChangePart(lower(WORDS[reason.bar]), reason.amount, reason.names[0] if reason.names else "")
        for reason in reasons(bridge, material)
    ]


def why(page: Page) -> str | None:
    """Name the two largest parts of the change. They are parts, so the sentence says what moved and not why."""
    now, before = page.value("cost_per_user"), page.before("cost_per_user")
    if now is None or before is None:
        return None
    parts = []
    for part in page.facts.reasons:
        most = f", most in {page.names.show(part.name, NAME_LIMIT)}" if part.name else ""
        parts.append(f"{part.words} {page.formats.delta_unit_cost(part.amount, adaptive_digits([now]))}{most}")
    changed = "Many SKUs are new or retired. " if page.facts.skus_changed else ""
    if not parts:
        return f"{changed}No single part of the change since {page.earlier(1)} stands out."
    what = "The largest part" if len(parts) == 1 else "The two largest parts"
    return f"{changed}{what} of the change, in {page.facts.currency} per user: {'; '.join(parts)}."


def last_month(page: Page) -> str | None:
    """Say whether last month's figure is still the one that was last published."""
    estimate = page.findings.get(RESTATEMENT)
    change = amount_of(estimate.value) if estimate is not None else None
    now = page.before("cost_per_user")
    if change is None or now is None:
        return None
    if not change:
        return f"The figure of {page.earlier(1)} is as last published."
    then, today = page.formats.told_apart(now - change, now)
    return f"{page.earlier(1)} was published at {page.formats.with_currency(then)} and has since become {today}."


STATEMENTS: dict[str, Callable[[Page], str | None]] = {"why": why}
