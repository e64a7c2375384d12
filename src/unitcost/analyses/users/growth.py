"""Where users came from and went, and how much of the use a few of them make: findings about sets of users."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from unitcost.numbers.book import USERS, Book, Findings
from unitcost.numbers.estimate import ratio

TOPS = (1, 5, 10)  # per cent of the users
FIRST_MONTH = "it is the first month of the data, so nobody can tell new users from old ones"
NO_MONTH_BEFORE = "there is no activity of the month before to compare with"


class Growth(NamedTuple):
    """Users of a month against an earlier one: new + retained + resurrected are active now, the lost were then."""

    new: int
    retained: int
    resurrected: int
    lost: int


METHODS = {
    "new": "users whose first activity in the data is in this month",
    "retained": "users active in this month and in the month before",
    "resurrected": "users active in this month and not in the month before, but in an earlier one",
    "lost": "users active in the month before and not in this month",
}


class Concentration(NamedTuple):
    """What users use of a driver, in its own unit: all of them, and the heaviest by per cent of the users."""

    driver: str
    whole: Decimal
    tops: Mapping[int, Decimal]


def growth_findings(growth: Growth | None, reason: str = "") -> Findings:
    """Return `growth.*` in users; without `growth` all are null with the reason."""
    book = Book(notebook=USERS)
    sizes = growth._asdict() if growth is not None else {}
    for name, method in METHODS.items():
        book.count(f"growth.{name}", sizes.get(name), method, reason)
    return book.findings


def head_count(users: int, per_cent: int) -> int:
    """Return how many users the first `per_cent` are: rounded up, so that it is at least one of any."""
    return -(-users * per_cent // 100)


def concentration_findings(found: Concentration | None, reason: str = "") -> Findings:
    """Return `concentration.top_*` as shares; without use to compare all are null with the reason."""
    book = Book(notebook=USERS)
    for per_cent in TOPS:
        what = found.driver if found is not None else "the default driver"
        share = ratio(found.tops[per_cent], found.whole) if found is not None else None
        method = f"{what} of the {per_cent} % of users who use most of it ÷ {what} of all users"
        book.value(f"concentration.top_{per_cent}", share, "share", method, reason)
    return book.findings
