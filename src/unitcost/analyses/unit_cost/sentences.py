"""What page one and the sections say of cost per user: its movement, its target, and who and what it goes to.

The direction of a movement is that of the digits shown: where two numbers read the same, nothing rose or fell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from unitcost.display.formats import Formats, adaptive_digits, change_share
from unitcost.display.page import Page
from unitcost.display.wording import direction
from unitcost.numbers.amounts import amount_of
from unitcost.numbers.estimate import Estimate

LARGEST = 3  # services and product lines that page one names
NAME_LIMIT = 40
LABELS = {
    "cost_per_user": "Cost per user",
    "cost_per_user.free": "Cost per free user",
    "cost_per_user.paid": "Cost per paid user",
    "cost_per_user.cogs": "Cost per user, COGS",
    "mau": "Monthly active users",
    "mau.paid": "Paid users",
}


# Headlines


def comparison(page: Page, name: str, show: Callable[[Decimal | None], str]) -> str:
    """Return ', 3.1% less than in April 2024', or '' without a month before."""
    now, before = page.value(name), page.before(name)
    if now is None or before is None:
        return ""
    way = direction(show, now, before)
    if not way:
        return f", the same as in {page.earlier(1)}"
    share = change_share(now, before)
    size = page.formats.share(abs(share)) if share is not None else show(abs(now - before))
    return f", {size} {'more' if way > 0 else 'less'} than in {page.earlier(1)}"


def _unknown(page: Page) -> str:
    return f"Cost per user in {page.month} is not known: {page.finding('cost_per_user').reason}"


def headline_cost(page: Page) -> str:
    """Say what serving one user cost, against the month before."""
    now = page.value("cost_per_user")
    if now is None:
        return _unknown(page)
    rest = comparison(page, "cost_per_user", page.unit_cost)
    return f"Serving one user cost {page.unit_cost(now)} in {page.month}{rest}"


def headline_movement(page: Page) -> str:
    """Say whether cost per user rose or fell, by how much and to what."""
    now, before = page.value("cost_per_user"), page.before("cost_per_user")
    if now is None:
        return _unknown(page)
    shown = page.unit_cost(now)
    if before is None:
        return f"One user cost {shown} to serve in {page.month}"
    way = direction(page.unit_cost, now, before)
    if not way:
        return f"Cost per user stayed at {shown} in {page.month}, as in {page.earlier(1)}"
    share = change_share(now, before)
    by = f" by {page.formats.share(abs(share))}" if share is not None else ""
    word = "rose" if way > 0 else "fell"
    return f"Cost per user {word}{by} to {shown} in {page.month}, from {page.unit_cost(before)}"


def headline_total(page: Page) -> str:
    """Say what all users cost, and what each did against the month before."""
    now, users = page.value("cost_per_user"), page.value("mau")
    if now is None:
        return _unknown(page)
    each = f"{page.unit_cost(now)} each{comparison(page, 'cost_per_user', page.unit_cost)}"
    return f"{page.formats.count(users)} users cost {page.money(page.value('scope_cost'))} in {page.month}: {each}"


HEADLINES: dict[str, Callable[[Page], str]] = {
    "cost": headline_cost,
    "movement": headline_movement,
    "total": headline_total,
}


# Statements


def year(page: Page) -> str | None:
    """Set cost per user beside that of a year ago."""
    now, then = page.value("cost_per_user"), page.year_ago("cost_per_user")
    if now is None or then is None:
        return None
    way = direction(page.unit_cost, now, then)
    if not way:
        return f"It is the same as in {page.earlier(12)}."
    share = change_share(now, then)
    size = page.formats.share(abs(share)) if share is not None else page.unit_cost(abs(now - then))
    return f"It is {size} {'higher' if way > 0 else 'lower'} than in {page.earlier(12)} ({page.unit_cost(then)})."


def target(page: Page) -> str | None:
    """Set cost per user beside the target of the month."""
    now, aim = page.value("cost_per_user"), page.facts.targets.get(page.facts.month)
    if now is None or aim is None:
        return None
    way = direction(page.unit_cost, now, aim)
    if not way:
        return f"That is the target of {page.unit_cost(aim)}."
    gap = page.formats.with_currency(page.formats.unit_cost(abs(now - aim), adaptive_digits([now])))
    return f"That is {gap} {'above' if way > 0 else 'below'} the target of {page.unit_cost(aim)}."


def services(page: Page) -> str | None:
    """Name the largest services with their share of cost in scope."""
    return _largest(page, "Largest services", "cost_per_user.service.", page.value("cost_per_user"))


def lines(page: Page) -> str | None:
    """Name the largest product lines with their share of cost in scope."""
    return _largest(page, "By product line", "cost.product.", page.value("scope_cost"))


def _largest(page: Page, what: str, prefix: str, whole: Decimal | None) -> str | None:
    names = [name for name in page.facts.findings if name.startswith(prefix)]
    values = [(page.value(name), str(page.finding(name).label)) for name in names]
    positive = [(value, label) for value, label in values if value is not None and value > 0]
    largest = sorted(positive, key=lambda item: (-item[0], item[1]))[:LARGEST]
    if not largest or not whole or whole <= 0:
        return None
    parts = [f"{page.names.show(label, NAME_LIMIT)} {page.formats.share(value / whole)}" for value, label in largest]
    return f"{what}: {', '.join(parts)} of cost in scope."


def by_tier(findings: Mapping[str, Estimate], formats: Formats) -> str:
    """Return what a free and a paid user cost; '' where one of the two is not known."""
    free, paid = (amount_of(findings[f"cost_per_user.{tier}"].value) for tier in ("free", "paid"))
    if free is None or paid is None:
        return ""
    shown = [formats.with_currency(formats.unit_cost(value)) for value in (free, paid)]
    return f"A free user cost {shown[0]}, a paid one {shown[1]}"


def tiers(page: Page) -> str | None:
    """Say what a free and a paid user cost."""
    return page.sentence(by_tier(page.findings, page.formats))


STATEMENTS: dict[str, Callable[[Page], str | None]] = {
    "year": year,
    "target": target,
    "services": services,
    "lines": lines,
    "tiers": tiers,
}
