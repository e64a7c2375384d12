"""A company's free tier: what it costs, who pays, who converts, and whether it comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from unitcost.analyses.analysis import Request
from unitcost.analyses.freemium.estimates.bootstrap import draws
from unitcost.analyses.freemium.estimates.cohort import Cohort, Estimates
from unitcost.analyses.freemium.estimates.conversion import HORIZONS, Cure, Curve, curve, fit, judged
from unitcost.analyses.freemium.estimates.ledger import NO_SUBSCRIPTIONS, Ledger, Sales, TierCosts
from unitcost.analyses.freemium.estimates.lifetime import FreeTime, Lifetime, free_time, lifetime
from unitcost.analyses.freemium.findings import freemium_findings
from unitcost.analyses.freemium.subscribers import FOLDER, Lives, Sold, Subscribers
from unitcost.analyses.split.inputs import sensitivity
from unitcost.errors import DataProblem
from unitcost.month.allocation import over_tiers
from unitcost.month.owners import OwnerKind
from unitcost.month.users import NEEDS_USERS, TIERS
from unitcost.numbers.estimate import ratio
from unitcost.numbers.months import last_day, months_between
from unitcost.numbers.units import to_units

if TYPE_CHECKING:
    from unitcost.month.company import Company
    from unitcost.numbers.book import Findings

CURVE_STEP, CURVE_DAYS = 5, 720  # the points of pictures
COHORTS: tuple[tuple[int, int | None], ...] = ((0, None), (24, None), (12, 23), (0, 11))  # months since sign-up


def findings(request: Request) -> Findings:
    """Return `freemium.*`, `revenue.mrr` and `margin.*` of a month; the month before is shown without intervals.

    Raises DataProblem for a price in a currency that has no rate.
    """
    company, report = request.company, request.company.config.report
    lives = cohort(company, request.month, intervals=not request.previous)
    return freemium_findings(lives, report.currency, report.min_users)


def cohort(company: Company, month: str, *, intervals: bool = True) -> Cohort:
    """Return a month's ledger with what users' lives tell."""
    return Cohort(ledger(company, month), estimates(company, month, intervals=intervals))


def ledger(company: Company, month: str) -> Ledger:
    """Return the exact facts of a month. Raises DataProblem for a price in a currency that has no rate."""
    users = company.result(month).users
    return Ledger(
        costs=_costs(company, month),
        sales=_sales(company, month),
        mau=users.mau,
        paid_heads=users.by_tier["paid"],
        user_months=users.user_months,
        other_cogs=company.config.finance.other_cogs_per_paid_user,
    )


def _costs(company: Company, month: str) -> TierCosts:
    result = company.result(month)
    by_tier = result.allocation.by_tier
    research: dict[tuple[str, str | None], int] = {}
    for owned in result.rows:
        if owned.kind is OwnerKind.PRODUCT_LINE and not owned.is_cogs:
            key = (owned.owner, owned.row.service_category)
            research[key] = research.get(key, 0) + owned.cost
    shares, _ = over_tiers(research, result.users, company.rules)
    rnd = {tier: sum(share.amount for share in shares if share.tier == tier) for tier in TIERS}
    return TierCosts(
        by_tier={tier: by_tier[tier] for tier in TIERS},
        cogs={tier: by_tier[tier] - rnd[tier] for tier in TIERS},
        usage=sensitivity(company, month).marginal,
        all_cogs=sum(row.cost for row in result.rows if row.in_scope and row.is_cogs),
        tiers_known=result.users.by_user or any(by_tier[tier] for tier in TIERS),
    )


def _subscribers(company: Company) -> Subscribers | None:
    marts = company.marts
    if marts.subscriptions_path is None:
        return None
    sets = marts.user_sets
    return Subscribers(marts.subscriptions_path, sets.folders, sets.store, sets.code)


def _sales(company: Company, month: str) -> Sales | None:
    found = _subscribers(company)
    if found is None:
        return None
    sold = found.sold(month)
    rates = _rates(company, month, sold)
    value = sum(to_units(_converted(p.mrr, rates[p.currency])) * p.days for p in sold.prices)
    days = last_day(month).day
    return Sales(value, sum(price.days for price in sold.prices), days, sold.conversions)


def _converted(price: Decimal, rate: Decimal) -> Decimal:
    """Return a price at the month's rate, half-even at the stored scale."""
    scaled = ratio(price * rate, Decimal(1).scaleb(-6)) if rate != 1 else None
    return price if scaled is None else scaled.scaleb(-6)


def _rates(company: Company, month: str, sold: Sold) -> dict[str | None, Decimal]:
    own = company.config.report.currency
    known = {currency: rate for currency, of_month, rate in company.marts.fx if of_month == month}
    found: dict[str | None, Decimal] = {}
    for currency in {price.currency for price in sold.prices}:
        if currency in (None, own):
            found[currency] = Decimal(1)
        elif currency in known:
            found[currency] = known[currency]
        else:
            raise DataProblem(
                f"There is no rate for {currency} in {month}",
                where="[fx] of report.toml" if not company.config.fx.path else company.config.fx.path,
                why=f"subscriptions of the month are priced in {currency}, and the report is in {own}",
                fix=f"add a row {month}, {currency}, and the {own} that one {currency} is worth",
            )
    return dict(sorted(found.items(), key=lambda item: item[0] or ""))


def estimates(company: Company, month: str, *, intervals: bool = True) -> Estimates:
    """Return what users' lives tell at the end of a month, from the store if it has been asked before."""
    found = _subscribers(company)
    if month in company.marts.aggregate:
        return Estimates(NEEDS_USERS, {}, NEEDS_USERS, NEEDS_USERS)
    if found is None:
        return Estimates(NO_SUBSCRIPTIONS, {}, NO_SUBSCRIPTIONS, NO_SUBSCRIPTIONS)
    rates = _rates(company, month, found.sold(month))
    months = [each for each in sorted(found.folders) if each <= month]
    priced = [[currency, str(rate)] for currency, rate in rates.items()]
    return company.keep(
        FOLDER, months, lambda: _estimates(company, month, rates, intervals), Estimates, [month, priced, intervals]
    )


def _estimates(company: Company, month: str, rates: Mapping[str | None, Decimal], intervals: bool) -> Estimates:
    subscribers, finance = _subscribers(company), company.config.finance
    assert subscribers is not None
    lives = subscribers.lives(month, rates)
    columns, yearly = dict(lives.columns), float(finance.discount_rate_annual)
    began, has_paid = columns["began_free"], columns["paid_days"] >= 0
    happened = columns["delay"][began] >= 0
    days = columns["delay"][began].copy()
    days[~happened] = columns["followed"][began][~happened]
    rate = judged(fit(days, happened), days, happened, columns["followed"][began])
    life = lifetime(columns["paid_days"][has_paid], ~columns["paying"][has_paid], yearly, finance.ltv_horizon_months)
    free = _free(subscribers, month, lives, finance.ltv_horizon_months)
    longest = int(columns["followed"][began].max()) if len(days) else -1
    horizons: dict[int, tuple[float, float, float] | None] = {}
    if len(days):
        at = curve(days, happened, HORIZONS)
        ends = zip(at.days, at.share, at.low, at.high, strict=True)
        horizons = {day: (share, low, high) if day <= longest else None for day, share, low, high in ends}
    curves = _curves(columns["months"][began], days, happened, company.config.report.min_users)
    found = Estimates(rate, horizons, life, free, curves)
    if intervals and isinstance(rate, Cure) and isinstance(life, Lifetime) and isinstance(free, FreeTime):
        found = replace(found, draws=draws(columns, rate, free, life, yearly))
    return found


def _curves(months: Any, days: Any, happened: Any, least: int) -> list[tuple[int, int | None, Curve]]:
    """Return the conversion curve of each cohort with at least so many sign-ups, as long as so many are followed."""
    import numpy as np

    found: list[tuple[int, int | None, Curve]] = []
    for first, last in COHORTS:
        inside = (months >= first) & (months <= (last if last is not None else months.max(initial=0)))
        if inside.sum() < least:
            continue
        longest = int(np.sort(days[inside])[-least])
        ages = tuple(range(0, min(longest, CURVE_DAYS) + 1, CURVE_STEP))
        found.append((first, last, curve(days[inside], happened[inside], ages)))
    return found


def _free(subscribers: Subscribers, month: str, lives: Lives, horizon: int) -> FreeTime | str:
    import numpy as np

    began = lives.columns["began_free"]
    since, counts = np.unique(lives.columns["months"][began], return_counts=True)
    cohorts = {int(month): int(count) for month, count in zip(since, counts, strict=True)}
    ago = {months_between(m, month) for m in subscribers.folders if m <= month}
    return free_time(cohorts, lives.free_use, ago, horizon)
