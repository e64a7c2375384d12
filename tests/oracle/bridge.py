"""Why cost per user moved, a second time: from single charges, in fractions, with logarithms of 70 digits.

A cell is followed as the numbers x₁ … xₙ whose product is its cost per user, in the order of the definitions.
"""

from __future__ import annotations

import calendar
import re
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from fractions import Fraction

from .exact import half_even
from .owners import Owned
from .people import People
from .reading import Config
from .splits import pool_named, pool_weights, product_lines, tier_weights, used_cost

NAMES = (
    "dilution", "fixed", "fx", "mix", "month_length", "negative", "new_retired", "rate", "restatement", "unquantified",
    "usage",
)  # fmt: skip
UNIT = 10**12
COUNTS_MONTHS = {"mo", "month", "months"}
Sku = tuple[str, str, str, str, str]
Shares = dict[str, Fraction]
NONE = ""  # the tier of what has none


@dataclass
class Amounts:
    """A SKU in a month, in units of 1e-18: cost, cost in the currency of the bill, quantity, cost by tier."""

    cost: int = 0
    own: int = 0
    quantity: int = 0
    tiers: dict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))


@dataclass
class Month:
    """One end of the bridge."""

    users: int
    heads: dict[str, int | None]
    days: int
    skus: dict[Sku, Amounts]
    fixed: int
    unquantified: int

    def value(self, sku: Sku, tier: str) -> Fraction:
        """A cell's cost per user."""
        cost = self.skus[sku].tiers[tier] if sku in self.skus else Fraction(0)
        return Fraction(cost) / self.users

    def tier_users(self, tier: str) -> int:
        return self.heads.get(tier) or 0


def month_of_bridge(month: str, owned: list[Owned], people: People, config: Config) -> Month:
    """Sort a month's charges in scope into fixed, unquantified and SKUs by tier."""
    share = _Sharing(owned, people, config)
    year, number = map(int, month.split("-"))
    days = calendar.monthrange(year, number)[1]
    found = Month(people.counts.mau or 0, people.counts.tiers, days, {}, 0, 0)
    billed = config.costs["basis"] == "billed"
    for each in owned:
        row = each.piece.row
        if row.category != "Usage" or row.commitment == "Unused":
            found.fixed += each.cost
            continue
        sku, unit = row.record.get("skuid"), row.record.get("pricingunit")
        if not sku or not unit or row.quantity <= 0:
            found.unquantified += each.cost
            continue
        key = (row.provider, sku, unit, row.record.get("regionid") or "", row.currency)
        amounts = found.skus.setdefault(key, Amounts())
        amounts.cost += each.cost
        amounts.own += each.piece.own_billed if billed else each.piece.own_effective
        amounts.quantity += each.piece.quantity_billed if billed else each.piece.quantity_effective
        for tier, part in share.tiers(each).items():
            amounts.tiers[tier] += each.cost * part
    return found


class _Sharing:
    """By which shares a charge reaches the tiers."""

    def __init__(self, owned: list[Owned], people: People, config: Config) -> None:
        self.people, self.config = people, config
        self.direct: dict[str, int] = dict.fromkeys(product_lines(owned, people), 0)
        for each in owned:
            if each.owner.kind == "line":
                self.direct[each.owner.name] += each.cost
        self.used = used_cost(owned) if config.unused_commitment == "split" else {}

    def tiers(self, each: Owned) -> Shares:
        lines = {each.owner.name: Fraction(1)}
        if each.owner.kind == "pool":
            weights = pool_weights(pool_named(each.owner.name, self.config), self.direct, self.people)
            lines = _shares(weights)
        elif each.owner.kind != "line":
            lines = {}
        found: Shares = defaultdict(Fraction)
        for line, share in lines.items():
            by_tier = _shares(tier_weights(line, each.piece.row.service_category, self.people, self.config))
            for tier, part in (by_tier or {NONE: Fraction(1)}).items():
                found[tier] += share * part
        return found if lines else {NONE: Fraction(1)}


def _shares(weights: dict[str, int]) -> Shares:
    whole = sum(weight for weight in weights.values() if weight > 0)
    return {name: Fraction(weight, whole) for name, weight in weights.items() if weight > 0}


def bars(before: Month, now: Month, currency: str) -> dict[str, int]:
    """Every bar in units of 1e-12; they add up to the change of the two values rounded to that unit."""
    exact = dict.fromkeys(NAMES, Fraction(0))
    f0, f1 = Fraction(before.fixed), Fraction(now.fixed)
    each0, each1 = Fraction(1, before.users), Fraction(1, now.users)
    exact["fixed"] += (f1 - f0) * (each0 + each1) / 2
    exact["dilution"] += (f0 + f1) / 2 * (each1 - each0)
    exact["unquantified"] += now.unquantified * each1 - before.unquantified * each0
    for sku in before.skus.keys() | now.skus.keys():
        tiers = {tier for side in (before, now) if sku in side.skus for tier in side.skus[sku].tiers}
        for tier in tiers:
            for name, part in _cell(sku, tier, before, now, currency).items():
                exact[name] += part
    return _whole(exact, before, now)


def _cell(sku: Sku, tier: str, before: Month, now: Month, currency: str) -> dict[str, Fraction]:
    v0, v1 = before.value(sku, tier), now.value(sku, tier)
    if v0 == v1 == 0:
        return {}
    first, second = before.skus.get(sku, Amounts()), now.skus.get(sku, Amounts())
    for value, amounts in ((v0, first), (v1, second)):
        if value < 0 or (value != 0 and min(amounts.cost, amounts.own) <= 0):
            return {"negative": v1 - v0}
    if first.quantity == second.quantity == 0:
        return {"unquantified": v1 - v0}
    if 0 in (v0, v1, first.quantity, second.quantity):
        return {"new_retired": v1 - v0}
    with localcontext() as context:
        context.prec = 70
        mean = _logarithmic_mean(v1, v0)
        has_heads = bool(before.tier_users(tier) and now.tier_users(tier))
        x0, x1 = (_factors(sku, tier, side, currency, has_heads=has_heads) for side in (before, now))
        return {name: Fraction(mean * _ln(x1[name] / x0[name])) for name in x0}


def _factors(sku: Sku, tier: str, side: Month, currency: str, *, has_heads: bool) -> dict[str, Fraction]:
    """Factors whose product is the cell's cost per user."""
    amounts = side.skus[sku]
    heads = side.tier_users(tier) if has_heads else side.users
    quantity = amounts.quantity * amounts.tiers[tier] / amounts.cost
    days = 1 if COUNTS_MONTHS & set(re.findall("[a-z]+", sku[2].lower())) else side.days
    rate, fx = Fraction(amounts.cost, amounts.quantity), Fraction(1)
    if sku[4] != currency:
        rate, fx = Fraction(amounts.own, amounts.quantity), Fraction(amounts.cost, amounts.own)
    found = {
        "mix": Fraction(heads, side.users),
        "usage": quantity / heads / days,
        "month_length": Fraction(days),
        "rate": rate,
        "fx": fx,
    }
    product = Fraction(1)
    for factor in found.values():
        product *= factor
    assert product == side.value(sku, tier)
    return found


def _ln(ratio: Fraction) -> Decimal:
    return (Decimal(ratio.numerator) / Decimal(ratio.denominator)).ln()


def _logarithmic_mean(a: Fraction, b: Fraction) -> Decimal:
    decimal = Decimal(a.numerator) / Decimal(a.denominator)
    if a == b:
        return decimal
    difference = a - b
    return Decimal(difference.numerator) / Decimal(difference.denominator) / _ln(a / b)


def _whole(exact: dict[str, Fraction], before: Month, now: Month) -> dict[str, int]:
    """Round half-even; what is left over goes to the largest rounding errors, the first name among equals."""
    values = [_total(side) / side.users for side in (before, now)]
    per_unit = 10**18 // UNIT
    published = [half_even(v.numerator, v.denominator * per_unit) for v in values]
    found = {name: half_even(v.numerator, v.denominator * per_unit) for name, v in exact.items()}
    left = published[1] - published[0] - sum(found.values())
    step = (left > 0) - (left < 0)

    def gain(name: str) -> tuple[Fraction, bytes]:
        return -step * (exact[name] / per_unit - found[name]), name.encode()

    for name in sorted((n for n in found if n != "restatement"), key=gain)[: abs(left)]:
        found[name] += step
    return found


def _total(side: Month) -> Fraction:
    return Fraction(sum(amounts.cost for amounts in side.skus.values()) + side.fixed + side.unquantified)
