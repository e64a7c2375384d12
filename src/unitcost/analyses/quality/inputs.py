"""The state of a company's bills in a month: what is damaged, what was accepted, how invoices compare."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import lru_cache

from unitcost.analyses.quality.bill_days import BillDay, Suspect, gaps, suspects
from unitcost.analyses.quality.damage import (
    Bill,
    Damage,
    damaged_effective,
    delivered_twice,
    early_ends,
    missing_days,
    spelled_differently,
    vanished,
)
from unitcost.analyses.quality.invoices import InvoiceComparison, Key, compare
from unitcost.analyses.quality.tolerances import Accepted, accepted_rows, mixed_spans
from unitcost.month.company import Company
from unitcost.numbers.estimate import EXACT, MONEY_PLACES
from unitcost.numbers.months import month_before
from unitcost.numbers.units import to_money, to_units
from unitcost.warehouse.rows import spend_rows

PLACE = Decimal(1).scaleb(-MONEY_PLACES)


@lru_cache(maxsize=4)
def damage(company: Company, month: str) -> tuple[Damage, ...]:
    """Return what is damaged in the bills of a month, the most money first; nothing of it is mended."""
    costs, currency = company.config.costs, company.config.report.currency
    earlier = month_before(month)
    spend, spend_before = spend_rows(company.marts, month), spend_rows(company.marts, earlier)
    now, before = days(company, month), days(company, earlier)
    inside, ends = gaps(month, now, before, costs.basis)
    several = _with_several_accounts(now)
    keys = {"product": costs.product_tag, "environment": costs.environment_tag, "account": costs.account_tag}
    found = [
        *damaged_effective(now, spend, _is_whole(company, month)),
        *missing_days(inside, several),
        *early_ends(ends, several),
        *days_twice(company, month),
        *vanished(spend, spend_before, (month, earlier), costs.basis, currency),
        *spelled_differently(spend, spend_before, keys, costs.basis, currency),
    ]
    convert = _in_reporting(company)

    def size(one: Damage) -> Decimal:
        return abs(convert(one.currency, month, one.money))

    return tuple(sorted(found, key=lambda one: (-size(one), one.kind, one.where, one.seen)))


@lru_cache(maxsize=4)
def days_twice(company: Company, month: str) -> tuple[Damage, ...]:
    """Return the days that were delivered twice: the only damage that more columns tell of than the marts hold."""
    now = days(company, month)
    found = suspects(now, company.config.costs.basis)
    return tuple(delivered_twice(found, _rows_of(company), _with_several_accounts(now)))


@lru_cache(maxsize=4)
def accepted(company: Company, month: str) -> tuple[Accepted, ...]:
    """Return what was accepted although it is not quite as the contract has it."""
    found = accepted_rows(spend_rows(company.marts, month), company.config.costs.defaults)
    found += mixed_spans(days(company, month), _in_reporting(company))
    users = company.result(month).users
    if users.no_subscription:
        tier = company.config.subscriptions.default_tier
        found.append(Accepted(f"Active users without a subscription, counted as {tier}", users.no_subscription))
    if company.marts.zero_length:
        what = "Subscriptions that end on the day they start, ignored"
        found.append(Accepted(what, company.marts.zero_length))
    return tuple(found)


def invoices(company: Company, month: str) -> list[InvoiceComparison]:
    """Return the bills of the month and of every billing month its rows belong to, against their invoices."""
    months = {month} | {row.billing_month for row in spend_rows(company.marts, month) if row.rows}
    # Charges of later months are no part of this report, even where they are on a bill of this one.
    query = (
        "select strftime(billing_start, '%Y-%m'), provider, currency, sum(billed_own) from {spend}"
        " where month <= $1 and rows > 0 group by all"
    )
    billed = {(str(m), str(p), str(c)): sum_ for m, p, c, sum_ in company.marts.rows(query, [month]) if m in months}
    stated: dict[Key, int] = {}
    for row in company.marts.invoices:
        if row.month("billing_month") in months:
            key = (row.month("billing_month"), row.text("provider"), row.text("currency"))
            stated[key] = stated.get(key, 0) + to_units(row.amount("amount"))
    return compare(billed, {key: to_money(units) for key, units in stated.items()}, month)


def days(company: Company, month: str) -> list[BillDay]:
    """Return the days that the bills of a month cover."""
    names, rows = company.marts.table("days", month)
    at = [names.index(name) for name in BillDay._fields] if rows else []
    return [BillDay._make([row[i] for i in at]) for row in rows]


def _with_several_accounts(found: Iterable[BillDay]) -> Callable[[str], bool]:
    """Tell the providers with more than one billing account, so that a finding has to name it."""
    accounts: dict[str, set[str]] = {}
    for row in found:
        accounts.setdefault(row.provider, set()).add(row.billing_account)
    return lambda provider: len(accounts.get(provider, ())) > 1


def _is_whole(company: Company, month: str) -> Callable[[Bill], bool]:
    broken = {
        (provider, account, dt.datetime.fromisoformat(start))
        for provider, account, start, of_month in company.marts.fractions
        if of_month == month
    }
    return lambda bill: bill not in broken


def _rows_of(company: Company) -> Callable[[Suspect], tuple[int, int]]:
    names = {(p, a, dt.datetime.fromisoformat(s)): (p, a, s) for p, a, s in company.marts.repeats.spend.counted}

    def rows_of(suspect: Suspect) -> tuple[int, int]:
        bill = names[suspect.account.provider, suspect.account.billing_account, suspect.billing_start]
        return company.marts.repeats.of(bill, suspect.day, suspect.others)

    return rows_of


def _in_reporting(company: Company) -> Callable[[str, str, Decimal], Decimal]:
    rates = {(currency, month): rate for currency, month, rate in company.marts.fx}

    def convert(currency: str, month: str, amount: Decimal) -> Decimal:
        if currency == company.config.report.currency:
            return amount
        return EXACT.multiply(amount, rates[currency, month]).quantize(PLACE, context=EXACT)

    return convert


def rests_on(company: Company, month: str) -> list[object]:
    """Return what columns tell that no digest of an input covers, and pages say."""
    return [[one.where, one.seen] for one in days_twice(company, month)]
