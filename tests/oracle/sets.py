"""Users over months, and how much of the use the heaviest of them make, person by person."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from math import ceil

from .exact import ratio_text
from .people import People, Users
from .reading import Config

NAMES = ("new", "retained", "resurrected", "lost")


def growth(people: dict[str, People], month: str, earlier: str) -> dict[str, str | None]:
    """Sizes of the four groups of everybody who was ever seen until the month, by name; None where unknown."""
    known = {each: one.counts.users for each, one in people.items() if one.counts.users is not None}
    if month not in known or earlier not in known:
        return dict.fromkeys(NAMES)
    sizes = dict.fromkeys(NAMES, 0)
    for user in set().union(*known.values()):
        active = [each for each in sorted(known) if each <= month and user in known[each]]
        if active and (group := _group(active, month, earlier)):
            sizes[group] += 1
    return {name: str(size) for name, size in sizes.items()}


def _group(active: list[str], month: str, earlier: str) -> str | None:
    """The group of a user who was active in these months."""
    if month not in active:
        return "lost" if earlier in active else None
    if active == [month]:
        return "new"
    return "retained" if earlier in active else "resurrected"


def concentration(one: People, config: Config) -> dict[int, str | None]:
    """Share of the default driver (or of user-days) that the first 1, 5 and 10 % of the users have."""
    tops = (1, 5, 10)
    if not isinstance(one, Users) or (one.counts.mau or 0) < config.min_users:
        return dict.fromkeys(tops)
    default = config.allocation.get("drivers", {}).get("default", "requests")
    used = _by_user(one, default)
    if not any(used):
        used = _user_days(one)
    ordered, whole = sorted(used, reverse=True), sum(used)
    return {top: ratio_text(Fraction(sum(ordered[: ceil(len(ordered) * Fraction(top, 100))]), whole)) for top in tops}


def _by_user(one: Users, column: str) -> list[int]:
    lines = {line for _, _, line, _ in one.rows}
    everyone = sorted({user for user, _, _, _ in one.rows})
    alone = {user: Users(one.counts, [row for row in one.rows if row[0] == user], one.tier_on) for user in everyone}
    return [sum(person.line_driver(line, column) for line in lines) for person in alone.values()]


def _user_days(one: Users) -> list[int]:
    days: dict[str, set[object]] = defaultdict(set)
    for user, when, line, _ in one.rows:
        days[user].add((when, line))
    return [len(each) for each in days.values()]
