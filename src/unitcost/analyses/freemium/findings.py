"""The published findings of the groups freemium, revenue and margin: always all there, null with a reason."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

from unitcost.analyses.freemium.estimates.cohort import Cohort, Worth
from unitcost.analyses.freemium.estimates.conversion import HORIZONS, Cure
from unitcost.analyses.freemium.estimates.ledger import Known, Ledger
from unitcost.analyses.freemium.estimates.lifetime import FreeTime, Lifetime
from unitcost.month.users import TIERS
from unitcost.numbers.book import Findings
from unitcost.numbers.estimate import Estimate, ratio
from unitcost.numbers.units import to_money

NOTEBOOK = "30_freemium_roi"
LEVEL = Decimal("0.95")
USAGE = ", from usage that product lines own themselves"


def freemium_findings(cohort: Cohort, currency: str, min_users: int) -> Findings:
    """Return `freemium.*`, `revenue.mrr` and `margin.*` of a month."""
    ledger = cohort.ledger
    each = f"{currency}/user"
    return {
        **_stock(ledger, each),
        **_serving(ledger, each, min_users),
        **_flow(ledger, currency, each),
        **_conversion(cohort),
        **_lifetime(cohort, each),
        **_margins(ledger, currency),
    }


def estimate(known: Known, unit: str, method: str) -> Estimate:
    """Return an exact finding, quantised once."""
    if isinstance(known, str):
        return Estimate(None, unit, method=method, notebook=NOTEBOOK, reason=known)
    return Estimate(ratio(known, 1), unit, method=method, notebook=NOTEBOOK)


def decimal_of(value: float) -> Decimal:
    """Return a number that statistics made as a decimal of 12 significant digits."""
    return Decimal(f"{value:.12g}")


def _worth(found: Worth, unit: str, method: str) -> Estimate:
    if isinstance(found.value, str):
        return Estimate(None, unit, method=method, notebook=NOTEBOOK, reason=found.value)
    ends = (found.low, found.high)
    low, high = (None if end is None or not math.isfinite(end) else decimal_of(end) for end in ends)
    level = LEVEL if low is not None and high is not None else None
    return Estimate(decimal_of(found.value), unit, low=low, high=high, level=level, method=method, notebook=NOTEBOOK)


def _stock(ledger: Ledger, each: str) -> Findings:
    usage = ledger.costs.usage
    stock = "s_f ÷ (ARPU − s_p + s_f)"
    return {
        "freemium.paid_share": estimate(ledger.paid_share, "share", "user_months.paid ÷ mau: a stock"),
        "freemium.margin_per_user": estimate(
            ledger.margin_per_user, each, "paid_share × (ARPU − s_p) − (1 − paid_share) × s_f, per active user-month"
        ),
        "freemium.break_even_paid_share": estimate(
            ledger.break_even_paid_share(), "share", f"{stock}: payers stop costing what a free user costs"
        ),
        "freemium.break_even_paid_share.marginal": estimate(
            ledger.break_even_paid_share(usage), "share", f"{stock}{USAGE}"
        ),
        "freemium.break_even_paid_share.same_cost": estimate(
            ledger.break_even_paid_share_alike, "share", "s_f ÷ ARPU: all users cost what a free one does"
        ),
        "freemium.break_even_serving_cost": estimate(
            ledger.break_even_serving_cost, each, "paid_share × (ARPU − s_p) ÷ (1 − paid_share)"
        ),
    }


def _serving(ledger: Ledger, each: str, min_users: int) -> Findings:
    found = {}
    for tier in TIERS:
        months = (ledger.user_months or {}).get(tier)
        few = None
        if months is not None and 0 < months < min_users:
            few = f"only {ratio(months, 1):.1f} of the {min_users} user-months that a unit cost needs (min_users)"
        for name, costs, method in (
            ("", None, f"cost.{tier} ÷ user_months.{tier}"),
            (".marginal", ledger.costs.usage, f"cost of usage alone ÷ user_months.{tier}"),
        ):
            found[f"freemium.serving_cost.{tier}{name}"] = estimate(few or ledger.serving(tier, costs), each, method)
    return found


def _flow(ledger: Ledger, currency: str, each: str) -> Findings:
    subsidy, method = ledger.subsidy, "cost.free"
    if isinstance(subsidy, Fraction):
        units = ledger.costs.by_tier["free"]
        cost = Estimate(to_money(units), currency, method=method, notebook=NOTEBOOK)
    else:
        cost = Estimate(None, currency, method=method, notebook=NOTEBOOK, reason=subsidy)
    converts = "users whose first paid period after a free one starts in the month"
    return {
        "freemium.subsidy": cost,
        "freemium.conversions": estimate(ledger.conversions, "users", converts),
        "freemium.monthly_flow": estimate(
            ledger.monthly_flow, "share", "conversions of the month ÷ user_months.free: a flow"
        ),
        "freemium.cost_per_conversion": estimate(
            ledger.cost_per_conversion, each, "subsidy ÷ conversions of the month"
        ),
        "freemium.arpu": estimate(ledger.arpu, each, "Σ monthly price × days paid ÷ Σ days paid in the month"),
        "freemium.mrr_per_paid_user": estimate(ledger.revenue_per_paid_user, each, "revenue.mrr ÷ mau.paid"),
        "freemium.payback_months": estimate(ledger.payback_months, "months", "cost per conversion ÷ (ARPU − s_p)"),
    }


def _conversion(cohort: Cohort) -> Findings:
    rate = cohort.lives.conversion
    whole = Worth(rate.share, rate.low, rate.high) if isinstance(rate, Cure) else Worth(rate)
    method = "π of a Weibull mixture-cure model by maximum likelihood, sign-ups that began on free: a cohort's lifetime"
    found = {"freemium.conversion": _worth(whole, "share", method)}
    for days in HORIZONS:
        at = cohort.lives.horizons.get(days)
        worth = Worth(*at) if at is not None else Worth(_why_not(cohort, days))
        found[f"freemium.conversion.{days}d"] = _worth(
            worth, "share", f"share of sign-ups that converted within {days} days, Kaplan–Meier"
        )
    return found


def _why_not(cohort: Cohort, days: int) -> str:
    if not cohort.lives.horizons and isinstance(cohort.lives.conversion, str):
        return cohort.lives.conversion
    return f"nobody was followed for {days} days"


def _lifetime(cohort: Cohort, each: str) -> Findings:
    life, free = cohort.lives.life, cohort.lives.free
    months = life.horizon if isinstance(life, Lifetime) else 0
    alone = Cohort(cohort.ledger, cohort.lives, usage=True)
    ages = len(free.by_age) if isinstance(free, FreeTime) else 0
    held = Worth(free.total) if isinstance(free, FreeTime) else Worth(free)
    back = "(conversion × LTV − s_f × free months) ÷ (s_f × free months)"
    return {
        "freemium.ltv": _worth(
            cohort.ltv(), each, f"Σ discounted (ARPU − s_p) × survival of paid users over {months} months"
        ),
        "freemium.ltv.at_most": _worth(
            cohort.ltv_at_most(), each, "the same if those still paying stayed until ltv_horizon_months"
        ),
        "freemium.ltv_horizon_months": estimate(
            Fraction(months) if months else str(life), "months", "ltv_horizon_months, at most the longest paid spell"
        ),
        "freemium.ltv.constant_churn": _constant(cohort, each),
        "freemium.free_months": _worth(
            held,
            "months",
            f"active months on free of a sign-up in its first {ages} months, each age over its cohorts",
        ),
        "freemium.break_even_conversion": _worth(cohort.break_even(), "share", "s_f × free months ÷ LTV"),
        "freemium.break_even_conversion.marginal": _worth(
            Worth(alone.break_even().value), "share", f"s_f × free months ÷ LTV{USAGE}"
        ),
        "freemium.roi": _worth(cohort.roi(), "ratio", f"{back}; interval by 1,000 joint draws over users"),
        "freemium.roi.marginal": _worth(Worth(alone.roi().value), "ratio", f"{back}{USAGE}"),
    }


def _constant(cohort: Cohort, each: str) -> Estimate:
    """Return margin ÷ churn, undiscounted and without horizon, only where churn does not change with age."""
    life, gain = cohort.lives.life, cohort.gain
    found = Worth("churn changes with age or nobody has left, so no single rate tells how long users pay")
    if isinstance(life, str):
        found = Worth(life)
    elif isinstance(gain, str):
        found = Worth(gain)
    elif life.churn is not None:
        found = Worth(float(gain) / life.churn)
    return _worth(found, each, "(ARPU − s_p) ÷ monthly churn, where churn is constant; not discounted, no horizon")


def _margins(ledger: Ledger, currency: str) -> Findings:
    methods = {
        "infrastructure": "(revenue − infrastructure COGS) ÷ revenue, hosting of free users in COGS",
        "infrastructure.free": "the same of the free tier alone",
        "infrastructure.paid": "(revenue − infrastructure COGS of the paid tier) ÷ revenue",
        "infrastructure.free_in_marketing": "(revenue − infrastructure COGS without the free tier) ÷ revenue: hosting "
        "of free users in sales and marketing",
        "gross": "(revenue − infrastructure COGS − other COGS per paid user-month) ÷ revenue",
    }
    found = {f"margin.{name}": estimate(known, "share", methods[name]) for name, known in ledger.margins.items()}
    mrr = estimate(ledger.revenue, currency, "Σ monthly price × days paid in the month ÷ days of the month")
    return {"revenue.mrr": mrr, **found}
