"""What a scenario comes to, as findings: `lever.*` and `levers.*`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import reduce

from unitcost.analyses.commitments import hourly as commitment
from unitcost.analyses.levers.estimates.analysis import LeverAnalysis, LeverResult, PerHour
from unitcost.analyses.levers.estimates.draws import Spread
from unitcost.month.users import TIERS
from unitcost.numbers.book import Book, Findings
from unitcost.numbers.estimate import EXACT, Estimate, ratio
from unitcost.numbers.slugs import slugs
from unitcost.numbers.units import to_money, to_units

NOTEBOOK = "40_levers"
LEVEL = Decimal("0.8")
RANGE = "low and high: P10 and P90 of the assumptions' ranges"
PER_HOUR = "amount an hour that a commitment covers use up to"
CHEAPEST = "the one that makes the month cheapest after the other levers; low and high: months made of its weeks"


@dataclass(frozen=True, slots=True)
class Baseline:
    """The month as it is: cost and users in all and by tier (units of 1e-18), and the findings they stand in."""

    currency: str
    min_users: int
    findings: Mapping[str, Estimate]
    mau: int | None
    by_tier: Mapping[str, int | None]
    target: Decimal | None = None  # the cost per user aimed at next


def lever_findings(result: LeverAnalysis, base: Baseline) -> Findings:
    """Return the findings of a scenario; one without levers equals the month as it is."""
    book = Book(base.currency, base.min_users)
    for lever in result.levers:
        _lever(book, lever, exact=result.exact)
    unknown = [lever.id for lever in result.levers if lever.saving is None]
    unknown += [f"{lever.id} with {per_hour.provider}" for lever in result.levers for per_hour in lever.untold]
    without = f", without {', '.join(unknown)}, of which nothing is known" if unknown else ""
    method = f"fully ramped saving a month of all levers of the scenario together{without}; {RANGE}"
    book.findings["levers.saving"] = _ranged(to_money(result.total), base.currency, method, result.spread)
    _after(book, result, base)
    _portfolio(book, result, base)
    return {name: replace(estimate, notebook=NOTEBOOK) for name, estimate in book.findings.items()}


def _lever(book: Book, lever: LeverResult, *, exact: bool) -> None:
    how = "average over all orders of levers" if exact else "average over random orders of levers and their reverses"
    without = _without(lever)
    texts = {
        "saving": f"Shapley share of what all levers would save together: {how}; {RANGE}{without}",
        "alone": f"saving a month of the lever by itself{without}",
    }
    if lever.saving is None or lever.alone is None:
        for key, method in texts.items():
            book.unknown(f"lever.{lever.id}.{key}", book.currency, method, str(lever.reason))
    else:
        saving = _ranged(to_money(lever.saving), book.currency, texts["saving"], lever.spread)
        book.findings[f"lever.{lever.id}.saving"] = saving
        book.money(f"lever.{lever.id}.alone", lever.alone, texts["alone"], NOTEBOOK)


def _without(lever: LeverResult) -> str:
    return "".join(f"; nothing is known with {per_hour.provider}: {per_hour.reason}" for per_hour in lever.untold)


def commitment_findings(result: LeverAnalysis, covered: Mapping[str, bool], currency: str) -> Findings:
    """Return `lever.<id>.commit_per_hour` in money an hour, and with each provider `.commit_per_hour.<slug>`.

    `covered` has every commitment, true where a share of use is covered. With several providers the first one is the
    sum; ends of intervals are added too, as if all were low at once.
    """
    findings: Findings = {}
    for lever in result.levers:
        if lever.id not in covered:
            continue
        name = f"lever.{lever.id}.commit_per_hour"
        why = "the scenario says which share is covered, not an amount an hour" if covered[lever.id] else lever.reason
        findings[name] = _amount(_summed(lever), currency, why, more=_sum_method(lever))
        of_provider = {per_hour.provider: per_hour for per_hour in lever.per_hour if per_hour.provider}
        for provider, slug in slugs(of_provider).items():
            per_hour = of_provider[provider]
            amount = _amount(per_hour, currency, per_hour.reason, at=f" with {provider}")
            findings[f"{name}.{slug}"] = replace(amount, label=provider)
    return findings


def _amount(per_hour: PerHour, currency: str, reason: str | None, *, at: str = "", more: str = "") -> Estimate:
    return Estimate(
        per_hour.amount,
        f"{currency}/h",
        low=per_hour.low,
        high=per_hour.high,
        level=None if per_hour.low is None else commitment.LEVEL,
        method=f"{PER_HOUR}{at}{more}" if per_hour.low is None else f"{PER_HOUR}{at}, {CHEAPEST}{more}",
        reason=reason if per_hour.amount is None else None,
        notebook=NOTEBOOK,
    )


def _summed(lever: LeverResult) -> PerHour:
    """Return what is committed to with all providers that tell it; unknown if none does."""
    estimated = [per_hour for per_hour in lever.per_hour if per_hour.amount is not None]

    def total(amounts: Sequence[Decimal | None]) -> Decimal | None:
        parts = [amount for amount in amounts if amount is not None]
        return reduce(EXACT.add, parts) if parts and len(parts) == len(amounts) else None

    ends = total([per_hour.low for per_hour in estimated]), total([per_hour.high for per_hour in estimated])
    return PerHour("", total([per_hour.amount for per_hour in estimated]), *ends)


def _sum_method(lever: LeverResult) -> str:
    providers = [per_hour.provider for per_hour in lever.per_hour if per_hour.amount is not None]
    if len(lever.per_hour) < 2 or not providers:
        return ""
    method = (
        f"; the sum over {' and '.join(providers)}, low and high too"
        if len(providers) > 1
        else f"; that with {providers[0]}"
    )
    return method + _without(lever)


def _after(book: Book, result: LeverAnalysis, base: Baseline) -> None:
    name, method = "levers.cost_per_user_after", "(scope_cost − levers.saving) ÷ mau"
    book.findings[name] = per_user_after(base, "", result.total, result.spread, method)
    for tier in TIERS:
        taken = (result.tiers or {}).get(tier, 0)
        book.findings[f"{name}.{tier}"] = per_user_after(
            base, tier, taken, None, f"(cost.{tier} − what the levers take off it) ÷ mau.{tier}"
        )


def per_user_after(base: Baseline, tier: str, taken: int, spread: Spread | None, method: str) -> Estimate:
    """Return cost per user less `taken` (units of 1e-18); unknown where cost per user is. An empty tier means all."""
    now = base.findings[f"cost_per_user.{tier}" if tier else "cost_per_user"]
    users = base.by_tier.get(tier) if tier else base.mau
    cost = base.findings[f"cost.{tier}" if tier else "scope_cost"].value
    if not isinstance(now.value, Decimal) or not users or not isinstance(cost, Decimal):
        return Estimate(None, now.unit, method=method, reason=now.reason or "cost per user is not known")
    value = ratio(Fraction(to_units(cost) - taken, 10**18), users)
    if spread is None:
        return Estimate(value, now.unit, method=method)
    low, high = (money_of(float(cost) - saved) / users for saved in (spread.high, spread.low))
    return Estimate(value, now.unit, low=ratio(low, 1), high=ratio(high, 1), level=LEVEL, method=f"{method}; {RANGE}")


def _portfolio(book: Book, result: LeverAnalysis, base: Baseline) -> None:
    ids = tuple(step.id for step in result.chosen)
    book.findings["levers.portfolio"] = Estimate(
        ids, type="list", method="levers worth most within the effort budget, in the order to pull them"
    )
    total, spread = (result.chosen[-1].total, result.chosen[-1].spread) if ids else (0, Spread(0, 0, 0, 0))
    method = f"saving a month of the portfolio, fully ramped; {RANGE}"
    book.findings["levers.portfolio_saving"] = _ranged(to_money(total), base.currency, method, spread)
    after = per_user_after(base, "", total, spread, "(scope_cost − levers.portfolio_saving) ÷ mau")
    book.findings["levers.portfolio_cost_per_user_after"] = after
    method = "share of draws in which all levers together would add to cost"
    book.value("levers.probability_negative", _decimal(result.spread.negative), "share", method)
    _target(book, base, after)


def margin_findings(result: LeverAnalysis, base: Baseline, revenue: Estimate | None) -> Findings:
    """Return margin after infrastructure as it would be after all levers; unknown where revenue is."""
    name, method = "levers.margin_after", "(revenue.mrr − (cost.cogs − what the levers take off it)) ÷ revenue.mrr"
    cost, income = base.findings["cost.cogs"].value, None if revenue is None else revenue.value
    if not isinstance(income, Decimal) or income <= 0 or not isinstance(cost, Decimal):
        why = (revenue.reason if revenue is not None else None) or "revenue is not known"
        return {name: Estimate(None, "share", method=method, reason=why, notebook=NOTEBOOK)}
    left = Fraction(to_units(cost) - (result.tiers or {}).get("cogs", 0), 10**18)
    return {name: Estimate(ratio(Fraction(income) - left, income), "share", method=method, notebook=NOTEBOOK)}


def _target(book: Book, base: Baseline, after: Estimate) -> None:
    now, name = base.findings["cost_per_user"].value, "levers.target_gap_closed"
    method = "(cost_per_user − levers.portfolio_cost_per_user_after) ÷ (cost_per_user − the next target)"
    if base.target is None:
        book.unknown(name, "share", method, "there is no target for this month or a later one")
    elif not isinstance(now, Decimal) or not isinstance(after.value, Decimal):
        book.unknown(name, "share", method, str(after.reason))
    elif now <= base.target:
        book.unknown(name, "share", method, "cost per user is at the target already")
    else:
        book.value(name, ratio(now - after.value, now - base.target), "share", method)


def _ranged(value: Decimal, unit: str, method: str, spread: Spread | None) -> Estimate:
    if spread is None:
        return Estimate(value, unit, method=method)
    return Estimate(value, unit, low=money_of(spread.low), high=money_of(spread.high), level=LEVEL, method=method)


def money_of(amount: float) -> Decimal:
    """Return money that rests on draws: 12 digits, of which few mean anything."""
    return _decimal(amount)


def _decimal(number: float) -> Decimal:
    return Decimal(f"{number:.12g}") + 0
