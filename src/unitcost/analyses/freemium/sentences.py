"""Sentences of page one about the free tier: whether it pays, and the serving cost at which it would."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from unitcost.display.formats import Formats, number

if TYPE_CHECKING:
    from collections.abc import Callable

    from unitcost.display.page import Page

Entries = Mapping[str, Mapping[str, Any]]


def verdict(findings: Entries, formats: Formats) -> str:
    """Return that the free tier pays, does not, or cannot be judged yet, with what decides it.

    The interval of its return decides. '' where nobody is known to pay or to be free.
    """
    low, high = (number(findings["freemium.roi"][end]) for end in ("low", "high"))
    rate, even = _value(findings, "conversion"), _value(findings, "break_even_conversion")
    if rate is None or even is None:
        return _by_stock(findings, formats)
    said = f"{formats.share(rate)} of sign-ups convert, {formats.share(even)} would break even"
    if low is not None and low > 0:
        return f"The free tier pays: {said}."
    if high is not None and high < 0:
        return f"The free tier does not pay: {said}." if _even_at_most(findings, high) else _followed(findings, formats)
    ends = [number(findings["freemium.conversion"][end]) for end in ("low", "high")]
    span = f" ({formats.share(ends[0])} to {formats.share(ends[1])})" if None not in ends else ""
    said = f"{formats.share(rate)} of sign-ups convert{span}, {formats.share(even)} would break even"
    return f"It cannot be told yet whether the free tier pays: {said}."


def _even_at_most(findings: Entries, high: Decimal) -> bool:
    """Tell whether the return stays negative if those who still pay stayed as long as was asked for."""
    worth, most = _value(findings, "ltv"), _value(findings, "ltv.at_most")
    return worth is not None and most is not None and (1 + high) * most < worth


def _followed(findings: Entries, formats: Formats) -> str:
    months, worth = _value(findings, "ltv_horizon_months"), _value(findings, "ltv")
    seen = f"{formats.count(months)} months bring {formats.with_currency(formats.unit_cost(worth))} a payer"
    return f"It cannot be told yet whether the free tier pays: the first {seen}, and many still pay."


def _by_stock(findings: Entries, formats: Formats) -> str:
    share, even = _value(findings, "paid_share"), _value(findings, "break_even_paid_share")
    if share is None or even is None:
        return ""
    said = f"{formats.share(share)} of active users pay, {formats.share(even)} would carry the rest"
    return f"It cannot be told yet whether the free tier pays: {said}."


def free_tier(page: Page) -> str | None:
    """Say whether the free tier pays."""
    return verdict(page.facts.findings, page.formats) or None


def serving_cost(page: Page) -> str | None:
    """Say at which cost of serving a free user today's payers carry the free ones."""
    even = _value(page.facts.findings, "break_even_serving_cost")
    return f"Today's payers carry free users up to {page.unit_cost(even)} each." if even is not None else None


def _value(findings: Entries, name: str) -> Decimal | None:
    return number(findings[f"freemium.{name}"]["value"])


FREEMIUM: dict[str, Callable[[Page], str | None]] = {"free_tier": free_tier, "serving_cost": serving_cost}
