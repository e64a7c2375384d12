"""The denominator: users as sets, never as sums over days, tiers or product lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import NamedTuple

TIERS = ("free", "paid")
NO_SUBSCRIPTIONS = "no [subscriptions] are given, so nobody is known to be registered"
NEEDS_USERS = "only counts are given; this needs the activity of single users"


class Profile(NamedTuple):
    """So many users who share tier on their last active day, active days, paid days, lines used and tenancy."""

    last_tier: str
    active_days: int
    paid_days: int
    product_lines: int
    dedicated: bool
    no_subscription: bool
    users: int


class Count(NamedTuple):
    """A ready-made count; tier or product line None means all of them."""

    tier: str | None
    product_line: str | None
    mau: int
    drivers: Mapping[str, int]  # in units of 1e-18


@dataclass(frozen=True, slots=True)
class TierUse:
    """What one tier did in one product line, drivers in units of 1e-18; user_days is None where nobody can know."""

    user_days: int | None
    drivers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Tenancy:
    """Accounts with a tenancy of their own: their names and their active users."""

    accounts: frozenset[str]
    users: int


@dataclass(frozen=True, slots=True)
class Users:
    """Everything known about a month's users. None means unknown; `reasons` says why, by name."""

    mau: int | None
    by_tier: Mapping[str, int | None]
    by_line: Mapping[str, int]
    multi_product: int | None
    switched: int | None
    user_months: Mapping[str, Fraction] | None
    registered: int | None
    tenancy: Tenancy | None
    use: Mapping[tuple[str, str], TierUse]  # (product line, tier) → use
    line_drivers: Mapping[str, Mapping[str, int]]  # product line → drivers of all its use, in units of 1e-18
    lines: frozenset[str]  # product lines with activity
    no_subscription: int | None = None
    by_user: bool = True
    reasons: Mapping[str, str] = field(default_factory=dict)


def from_profiles(
    profiles: Sequence[Profile],
    lines: Mapping[str, int],
    use: Mapping[tuple[str, str], TierUse],
    *,
    registered: int | None,
    dedicated_accounts: frozenset[str],
    no_subscription: int,
) -> Users:
    """Return the counts of a month from profiles of single users.

    Tier by head is that of the last active day; user-months weigh each user's days, so they add up to MAU too.
    """
    months = dict.fromkeys(TIERS, Fraction(0))
    for p in profiles:
        months["paid"] += Fraction(p.paid_days * p.users, p.active_days)
        months["free"] += Fraction((p.active_days - p.paid_days) * p.users, p.active_days)
    return Users(
        mau=sum(p.users for p in profiles),
        by_tier={tier: sum(p.users for p in profiles if p.last_tier == tier) for tier in TIERS},
        by_line=dict(lines),
        multi_product=sum(p.users for p in profiles if p.product_lines >= 2),
        switched=sum(p.users for p in profiles if 0 < p.paid_days < p.active_days),
        user_months=months,
        registered=registered,
        tenancy=Tenancy(dedicated_accounts, sum(p.users for p in profiles if p.dedicated)),
        use=use,
        line_drivers=_over_tiers(use),
        lines=frozenset(lines),
        no_subscription=no_subscription,
        reasons={"registered_users": NO_SUBSCRIPTIONS},
    )


def from_counts(counts: Sequence[Count], registered: int | None) -> Users:
    """Return what ready-made counts tell; a count is used at its own grain and never added to another."""
    total = next((c.mau for c in counts if c.tier is None and c.product_line is None), None)
    tiers = {c.tier: c.mau for c in counts if c.tier is not None and c.product_line is None}
    use = {
        (c.product_line, c.tier): TierUse(None, c.drivers)
        for c in counts
        if c.product_line is not None and c.tier is not None and c.drivers
    }
    drivers = _over_tiers(use)
    for c in counts:
        if c.product_line is not None and c.tier is None:
            drivers[c.product_line] = {**drivers.get(c.product_line, {}), **c.drivers}
    return Users(
        mau=total,
        by_tier={tier: tiers.get(tier) for tier in TIERS},
        by_line={c.product_line: c.mau for c in counts if c.product_line is not None and c.tier is None},
        multi_product=None,
        switched=None,
        user_months=None,
        registered=registered,
        tenancy=None,
        use=use,
        line_drivers=drivers,
        lines=frozenset(c.product_line for c in counts if c.product_line is not None),
        by_user=False,
        reasons={
            "mau": "the counts have no row for all tiers and all product lines",
            "mau.tier": "the counts have no row for this tier alone",
            "mau.product": "the counts have no row for this product line alone",
            "registered_users": NO_SUBSCRIPTIONS,
        },
    )


def with_drivers(users: Users, measured: Mapping[tuple[str, str | None], Mapping[str, int]]) -> Users:
    """Return the users with drivers measured elsewhere, in units of 1e-18 by product line and tier.

    Tier None is use of a line that no tier is known for: it counts for the line alone. A driver must not be among
    those of the activity.
    """
    use, lines = dict(users.use), dict(users.line_drivers)
    for (line, tier), drivers in measured.items():
        before = lines.get(line, {})
        lines[line] = {**before, **{name: before.get(name, 0) + value for name, value in drivers.items()}}
        if tier is not None:
            known = use.get((line, tier), TierUse(0 if users.by_user else None, {}))
            use[line, tier] = replace(known, drivers={**known.drivers, **drivers})
    return replace(users, use=use, line_drivers=lines)


def _over_tiers(use: Mapping[tuple[str, str], TierUse]) -> dict[str, Mapping[str, int]]:
    totals: dict[str, dict[str, int]] = {}
    for (line, _), used in use.items():
        drivers = totals.setdefault(line, {})
        for name, value in used.drivers.items():
            drivers[name] = drivers.get(name, 0) + value
    return dict(totals)
