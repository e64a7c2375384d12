"""The free tier's exact findings from the definitions: days are walked one by one, money in units of 1e-18."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from .exact import ONE, amount, money_text, ratio_text
from .owners import Owned
from .people import People, Period, month_days
from .reading import Config
from .splits import Allocation, allocate, product_lines

Number = Fraction | None
TEXTS = dict[str, str | None]


def freemium(
    config: Config, month: str, owned: list[Owned], split: Allocation, people: People, known: list[Period] | None
) -> TEXTS:
    """Name to text of every exact finding of the groups; `known` are the periods, None without any given."""
    months = people.counts.user_months
    cost = {tier: Fraction(split.tiers[tier], ONE) for tier in ("free", "paid")}
    money = _sold(known, month) if known is not None else None
    arpu = Fraction(money[0], money[1] * ONE) if money and money[1] else None
    last = month_days(month)[1]
    revenue = Fraction(money[0], last.day * ONE) if money else None
    s_f, s_p = (_over(cost[tier], months[tier] if months else None) for tier in ("free", "paid"))
    gain = arpu - s_p if arpu is not None and s_p is not None and arpu > s_p else None
    share = months["paid"] / (people.counts.mau or 1) if months and known is not None else None
    converted = Fraction(_conversions(known, month)) if known is not None and months else None
    knows_tiers = months is not None or any(split.tiers.values())
    subsidy = cost["free"] if knows_tiers else None
    each = _over(subsidy, converted)
    values: dict[str, Number] = {
        "freemium.paid_share": share,
        "freemium.arpu": arpu,
        "freemium.conversions": converted,
        "freemium.monthly_flow": _over(converted, months["free"] if months else None),
        "freemium.cost_per_conversion": each,
        "freemium.payback_months": _over(each, gain) if each is not None and each >= 0 else None,
        "freemium.break_even_serving_cost": _carried(share, gain),
        "freemium.break_even_paid_share": (
            s_f / (gain + s_f) if gain is not None and s_f is not None and s_f >= 0 else None
        ),
        "freemium.break_even_paid_share.same_cost": _over(s_f, arpu) if s_f is not None and s_f >= 0 else None,
        "freemium.mrr_per_paid_user": _over(revenue, _whole(people.counts.tiers["paid"])),
        "revenue.mrr": revenue,
        **_margins(config, owned, split, people, revenue, knows_tiers=knows_tiers),
    }
    found: TEXTS = {name: None if value is None else ratio_text(value) for name, value in values.items()}
    return found | {"freemium.subsidy": money_text(split.tiers["free"]) if knows_tiers else None}


def _margins(
    config: Config, owned: list[Owned], split: Allocation, people: People, revenue: Number, *, knows_tiers: bool
) -> dict[str, Number]:
    research = [each for each in owned if not each.is_cogs and each.owner.kind == "line"]
    rnd = {"free": 0, "paid": 0}
    if research and product_lines(research, people):
        rnd = allocate(research, people, replace(config, allocation={**config.allocation, "shared": []})).tiers
    cogs = {tier: Fraction(split.tiers[tier] - rnd[tier], ONE) for tier in rnd}
    everything = Fraction(sum(each.cost for each in owned if each.is_cogs), ONE)

    def margin(spent: Fraction, *, known: bool = True) -> Number:
        return _over(revenue - spent, revenue) if revenue is not None and known else None

    return {
        "margin.infrastructure": margin(everything),
        "margin.infrastructure.free": None,
        "margin.infrastructure.paid": margin(cogs["paid"], known=knows_tiers),
        "margin.infrastructure.free_in_marketing": margin(everything - cogs["free"], known=knows_tiers),
        "margin.gross": None,
    }


def _over(top: Number, bottom: Number) -> Number:
    return top / bottom if top is not None and bottom else None


def _carried(share: Number, gain: Number) -> Number:
    return share * gain / (1 - share) if share is not None and gain is not None and share < 1 else None


def _whole(count: int | None) -> Number:
    return None if count is None else Fraction(count)


def _sold(known: list[Period], month: str) -> tuple[int, int]:
    """Price × days and days of all paid periods, day by day."""
    first, last = month_days(month)
    value = days = 0
    for period in known:
        if period.tier != "paid":
            continue
        held = sum(period.holds(first + timedelta(days=n)) for n in range(last.day))
        value, days = value + amount(period.price) * held, days + held
    return value, days


def _conversions(known: list[Period], month: str) -> int:
    """Users who were free first and whose first paid period starts in the month."""
    first, last = month_days(month)
    by_user: dict[str, list[tuple[date, str]]] = defaultdict(list)
    for period in known:
        by_user[period.user].append((period.start, period.tier))
    count = 0
    for starts in by_user.values():
        if min(starts)[1] == "free":
            paid = [start for start, tier in starts if tier == "paid"]
            count += bool(paid) and first <= min(paid) <= last
    return count
