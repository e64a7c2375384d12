"""Sentences of page one about the free tier: whether it pays, and the serving cost at which it would."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from unitcost.display.formats import Formats
from unitcost.display.page import Page
from unitcost.numbers.amounts import amount_of, ends_of
from unitcost.numbers.estimate import Estimate

Findings = Mapping[str, Estimate]


def verdict(findings: Findings, formats: Formats) -> str:
    """Return that the free tier pays, does not, or cannot be judged yet, with what decides it.

    The interval of its return decides. '' where nobody is known to pay or to be free.
    """
    low, high = ends_of(findings["freemium.roi"])
    rate, even = _value(findings, "conversion"), _value(findings, "break_even_conversion")
    if rate is None or even is None:
        return _by_stock(findings, formats)
    break_even = f"{formats.share(even)} would break even"
    rates = f"{formats.share(rate)} of sign-ups convert, {break_even}"
    if low is not None and low > 0:
        return f"The free tier pays: {rates}."
    if high is not None and high < 0:
        surely = _even_at_most(findings, high)
        return f"The free tier does not pay: {rates}." if surely else _followed(findings, formats)
    ends = ends_of(findings["freemium.conversion"])
    span = f" ({formats.share(ends[0])} to {formats.share(ends[1])})" if None not in ends else ""
    rates = f"{formats.share(rate)} of sign-ups convert{span}, {break_even}"
    return f"It cannot be told yet whether the free tier pays: {rates}."


def _even_at_most(findings: Findings, high: Decimal) -> bool:
    """Tell whether the return stays negative if those who still pay stayed as long as was asked for."""
    worth, most = _value(findings, "ltv"), _value(findings, "ltv.at_most")
    return worth is not None and most is not None and (1 + high) * most < worth


def _followed(findings: Findings, formats: Formats) -> str:
    months, worth = _value(findings, "ltv_horizon_months"), _value(findings, "ltv")
    seen = f"{formats.count(months)} months bring {formats.with_currency(formats.unit_cost(worth))} a payer"
    return f"It cannot be told yet whether the free tier pays: the first {seen}, and many still pay."


def _by_stock(findings: Findings, formats: Formats) -> str:
    share, even = _value(findings, "paid_share"), _value(findings, "break_even_paid_share")
    if share is None or even is None:
        return ""
    shares = f"{formats.share(share)} of active users pay, {formats.share(even)} would carry the rest"
    return f"It cannot be told yet whether the free tier pays: {shares}."


def free_tier(page: Page) -> str | None:
    """Say whether the free tier pays."""
    return verdict(page.findings, page.formats) or None


def serving_cost(page: Page) -> str | None:
    """Say at which cost of serving a free user today's payers carry the free ones."""
    even = _value(page.findings, "break_even_serving_cost")
    return f"Today's payers carry free users up to {page.unit_cost(even)} each." if even is not None else None


def _value(findings: Findings, name: str) -> Decimal | None:
    return amount_of(findings[f"freemium.{name}"].value)


STATEMENTS: dict[str, Callable[[Page], str | None]] = {"free_tier": free_tier, "serving_cost": serving_cost}
