"""What a changed mix of tiers does, tier by tier, in a form that people read the right way round."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from unitcost.metrics.lmdi import EXACT, NOTHING, total

HALF = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class TierMix:
    """A tier's share of users and cost per user in both months, and what its changed share does, in money per user."""

    tier: str
    share_before: Decimal
    share_now: Decimal
    rate_before: Decimal
    rate_now: Decimal
    mix: Decimal


def tier_mix(before: Mapping[str, tuple[Decimal, int]], now: Mapping[str, tuple[Decimal, int]]) -> list[TierMix]:
    """Return (s₁ − s₀) · (rate of the tier − mean rate) by tier, from cost and users; rates are means of both months.

    Less than 0 for a growing share of the cheaper tier. Tiers without users in a month are left out.
    """
    tiers = [tier for tier in now if now[tier][1] and before.get(tier, (NOTHING, 0))[1]]
    sides = [{tier: side[tier] for tier in tiers} for side in (before, now)]
    users = [Decimal(sum(count for _, count in side.values())) for side in sides]
    means = [EXACT.divide(total(c for c, _ in side.values()), n) for side, n in zip(sides, users, strict=True) if n]
    found = []
    for tier in tiers:
        (cost_before, users_before), (cost_now, users_now) = (side[tier] for side in sides)
        shares = [EXACT.divide(Decimal(n), whole) for n, whole in zip((users_before, users_now), users, strict=True)]
        first, second = EXACT.divide(cost_before, Decimal(users_before)), EXACT.divide(cost_now, Decimal(users_now))
        rate = EXACT.multiply(HALF, EXACT.subtract(EXACT.add(first, second), total(means)))
        mix = EXACT.multiply(EXACT.subtract(shares[1], shares[0]), rate)
        found.append(TierMix(tier, shares[0], shares[1], first, second, mix))
    return found
