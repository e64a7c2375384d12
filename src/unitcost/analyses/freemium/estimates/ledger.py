"""The free tier's ledger of one month, exact: what it costs, who pays, and where it would break even.

Every number is a fraction of exact sums, or a text that says why it cannot be known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from unitcost.month.users import NEEDS_USERS, TIERS

Known = Fraction | str

NO_SUBSCRIPTIONS = "no [subscriptions] are given, so nobody is known to pay"
NOBODY_PAID = "nobody paid in this month"
NOBODY_CONVERTED = "nobody converted in this month"
NOBODY_FREE = "nobody was active on the free tier in this month"
NO_PAYER_ACTIVE = "nobody was active on the paid tier in this month"
PAYER_LOSES = "a paid user brings no more than it costs to serve, so payers pay nothing back"
FREE_COSTS_NOTHING = "free users cost nothing in this month, so there is nothing to pay back"
NO_TIERS = "the counts do not tell what each tier uses, so no cost is known to be of free users"
NO_OTHER_COGS = "other cost of goods sold is not given (other_cogs_per_paid_user)"
NO_REVENUE_OF_FREE = "the free tier has no revenue to relate its cost to"


@dataclass(frozen=True, slots=True)
class TierCosts:
    """What serving each tier cost in the month, in units of 1e-18: all of it, as COGS, and usage alone."""

    by_tier: Mapping[str, int]
    cogs: Mapping[str, int]
    usage: Mapping[str, int]
    all_cogs: int
    tiers_known: bool = True


@dataclass(frozen=True, slots=True)
class Sales:
    """What was paid in the month: Σ monthly price × days in units of 1e-18, Σ days paid, days in the month."""

    value_days: int
    paid_days: int
    month_days: int
    conversions: int


@dataclass(frozen=True)
class Ledger:
    """A month's facts, and what follows from them exactly. `sales` is None without subscriptions."""

    costs: TierCosts
    sales: Sales | None
    mau: int | None
    paid_heads: int | None
    user_months: Mapping[str, Fraction] | None
    other_cogs: Decimal = Decimal(0)

    def serving(self, tier: str, costs: Mapping[str, int] | None = None) -> Known:
        """Return what a user-month on a tier cost; of another cost by tier, where that is given."""
        if self.user_months is None:
            return NEEDS_USERS
        amount = Fraction((costs or self.costs.by_tier)[tier], 10**18)
        return over(amount, self.user_months[tier], NOBODY_FREE if tier == "free" else NO_PAYER_ACTIVE)

    @cached_property
    def subsidy(self) -> Known:
        """Return the cost of the free tier."""
        return Fraction(self.costs.by_tier["free"], 10**18) if self.costs.tiers_known else NO_TIERS

    @cached_property
    def arpu(self) -> Known:
        """Return the monthly price paid, weighed by days."""
        if self.sales is None:
            return NO_SUBSCRIPTIONS
        return over(Fraction(self.sales.value_days, 10**18), Fraction(self.sales.paid_days), NOBODY_PAID)

    @cached_property
    def revenue(self) -> Known:
        """Return what was paid for the days of this month."""
        if self.sales is None:
            return NO_SUBSCRIPTIONS
        return Fraction(self.sales.value_days, 10**18 * self.sales.month_days)

    @cached_property
    def revenue_per_paid_user(self) -> Known:
        """Return revenue per paid active user."""
        if self.paid_heads is None:
            return NEEDS_USERS
        return both(self.revenue, Fraction(self.paid_heads), lambda r, heads: over(r, heads, NO_PAYER_ACTIVE))

    @cached_property
    def paid_share(self) -> Known:
        """Return the paid share of active users, a stock."""
        if self.user_months is None or self.mau is None:
            return NEEDS_USERS
        return NO_SUBSCRIPTIONS if self.sales is None else self.user_months["paid"] / self.mau

    @cached_property
    def conversions(self) -> Known:
        """Return the users who converted in the month."""
        if self.user_months is None:
            return NEEDS_USERS
        return NO_SUBSCRIPTIONS if self.sales is None else Fraction(self.sales.conversions)

    @cached_property
    def monthly_flow(self) -> Known:
        """Return the monthly flow out of free."""
        if self.user_months is None:
            return NEEDS_USERS
        return both(self.conversions, self.user_months["free"], lambda c, free: over(c, free, NOBODY_FREE))

    @cached_property
    def cost_per_conversion(self) -> Known:
        """Return the subsidy per conversion of the month."""
        return both(self.subsidy, self.conversions, lambda cost, c: over(cost, c, NOBODY_CONVERTED))

    def gain(self, costs: Mapping[str, int] | None = None) -> Known:
        """Return what a payer leaves in a month after its own serving cost, where it leaves anything."""
        return both(self.arpu, self.serving("paid", costs), lambda a, s: a - s if a > s else PAYER_LOSES)

    @cached_property
    def margin_per_user(self) -> Known:
        """Return what an active user-month of either tier leaves: payers' margin less the cost of the free ones."""
        if isinstance(self.paid_share, str):
            return self.paid_share
        share = self.paid_share
        paid: Known = Fraction(0)
        if share:
            paid = both(self.arpu, self.serving("paid"), lambda a, s: share * (a - s))
        free = self.serving("free") if share < 1 else Fraction(0)
        return both(paid, free, lambda p, s: p - (1 - share) * s)

    def break_even_paid_share(self, costs: Mapping[str, int] | None = None) -> Known:
        """Return the paid share at which payers carry the free users, if payers stop costing what a free user does."""
        free, gain = self.serving("free", costs), self.gain(costs)
        return both(gain, free, lambda g, s: s / (g + s) if s >= 0 else FREE_COSTS_NOTHING)

    @cached_property
    def break_even_paid_share_alike(self) -> Known:
        """Return the paid share at which payers carry everybody, if all users cost what a free one does."""
        free = self.serving("free")
        return both(self.arpu, free, lambda a, s: over(s, a, PAYER_LOSES) if s >= 0 else FREE_COSTS_NOTHING)

    @cached_property
    def break_even_serving_cost(self) -> Known:
        """Return the cost of a free user-month at which today's payers carry today's free users."""
        return both(self.paid_share, self.gain(), lambda share, gain: over(share * gain, 1 - share, NOBODY_FREE))

    @cached_property
    def payback_months(self) -> Known:
        """Return the months in which a payer brings back what a conversion costs."""
        return both(
            self.cost_per_conversion, self.gain(), lambda cost, gain: cost / gain if cost >= 0 else FREE_COSTS_NOTHING
        )

    @cached_property
    def margins(self) -> dict[str, Known]:
        """Return margin after infrastructure: overall, by tier, without free hosting, and after other COGS."""
        cogs = {tier: Fraction(self.costs.cogs[tier], 10**18) for tier in TIERS}
        everything = Fraction(self.costs.all_cogs, 10**18)
        tiers_known = self.costs.tiers_known
        found: dict[str, Known] = {
            "infrastructure": self._margin(everything),
            "infrastructure.free": NO_REVENUE_OF_FREE,
            "infrastructure.paid": self._margin(cogs["paid"]) if tiers_known else NO_TIERS,
            "infrastructure.free_in_marketing": self._margin(everything - cogs["free"]) if tiers_known else NO_TIERS,
        }
        other: Known = NO_OTHER_COGS
        if self.other_cogs:
            other = NEEDS_USERS if self.user_months is None else self.user_months["paid"] * Fraction(self.other_cogs)
        return {**found, "gross": both(other, everything, lambda more, cost: self._margin(cost + more))}

    def _margin(self, cost: Fraction) -> Known:
        return both(self.revenue, cost, lambda r, c: over(r - c, r, NOBODY_PAID))


def over(numerator: Fraction, denominator: Fraction, why: str) -> Known:
    """Return a quotient, or why there is none."""
    return numerator / denominator if denominator else why


def both(one: Known, other: Known, then: Callable[[Fraction, Fraction], Known]) -> Known:
    """Return `then` of two numbers, or the reason of the first that is unknown."""
    if isinstance(one, str):
        return one
    return other if isinstance(other, str) else then(one, other)
