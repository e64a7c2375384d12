"""What is damaged in the bills of a month: found, said with money, never mended."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from unitcost.analyses.quality.bill_days import BillDay, Gap, Suspect, in_words
from unitcost.numbers.estimate import ratio
from unitcost.numbers.units import to_money, to_units
from unitcost.warehouse.marks import Mark
from unitcost.warehouse.rows import SpendRow

TAGS = {"product": "product_tag", "environment": "environment_tag", "account": "account_tag"}
Bill = tuple[str, str, dt.datetime]  # provider, billing account, start of the billing period


class DamageKind(StrEnum):
    """What is wrong."""

    EFFECTIVE_NULL = "effective_null"
    EFFECTIVE_ZERO = "effective_zero"
    EFFECTIVE_WHOLE = "effective_whole"
    MISSING_DAYS = "missing_days"
    EARLY_END = "early_end"
    VANISHED = "vanished"
    DELIVERED_TWICE = "delivered_twice"
    TAG_SPELLING = "tag_spelling"


EFFECTIVE = (DamageKind.EFFECTIVE_NULL, DamageKind.EFFECTIVE_ZERO, DamageKind.EFFECTIVE_WHOLE)


@dataclass(frozen=True, slots=True)
class Damage:
    """One finding: where it is, what is seen, and an exact amount in `currency` of which `measure` says what it is.

    `brief` is what is seen in a few words, to go behind the place.
    """

    kind: DamageKind
    provider: str  # '' where it is about several
    where: str
    brief: str
    seen: str
    money: Decimal
    currency: str
    measure: str


# EffectiveCost


def damaged_effective(
    days: Iterable[BillDay], spend: Sequence[SpendRow], is_whole: Callable[[Bill], bool]
) -> list[Damage]:
    """Return each (provider, billing period) whose EffectiveCost is damaged; purchases do not count.

    `is_whole` tells the bills in which no EffectiveCost of the month has a fraction.
    """
    found: dict[tuple[str, dt.datetime, str, DamageKind], list[tuple[str, int]]] = {}
    bills = _without_purchases(days)
    for (bill, currency), rows in bills.items():
        kind = _kind_of_effective(bill, currency, rows, spend, is_whole)
        if kind is not None:
            billed = sum(to_units(row.billed) for row in rows)
            gap = billed - sum(to_units(row.effective or Decimal(0)) for row in rows)
            found.setdefault((bill[0], bill[2], currency, kind), []).append((bill[1], gap))
    periods: dict[tuple[str, dt.datetime], set[str]] = {}
    for provider, account, start in {bill for bill, _ in bills}:
        periods.setdefault((provider, start), set()).add(account)
    damaged = []
    for (provider, start, currency, kind), gaps in sorted(found.items()):
        accounts = [account for account, _ in gaps]
        some = accounts if len(accounts) < len(periods[provider, start]) else []
        where = _bill_in_words(provider, start, some)
        money = to_money(sum(gap for _, gap in gaps))
        brief = (
            "every EffectiveCost is 0" if kind is DamageKind.EFFECTIVE_ZERO else "every EffectiveCost is a whole number"
        )
        seen = f"{brief[0].upper()}{brief[1:]}, BilledCost is not."
        damaged.append(Damage(kind, provider, where, brief, seen, money, currency, "billed − effective"))
    return [*damaged, *_null_effective(spend)]


def _without_purchases(days: Iterable[BillDay]) -> dict[tuple[Bill, str], list[BillDay]]:
    found: dict[tuple[Bill, str], list[BillDay]] = {}
    for row in days:
        if row.charge_category != "Purchase":
            bill = (row.provider, row.billing_account, row.billing_start)
            found.setdefault((bill, row.currency), []).append(row)
    return found


def _kind_of_effective(
    bill: Bill, currency: str, days: Sequence[BillDay], spend: Sequence[SpendRow], is_whole: Callable[[Bill], bool]
) -> DamageKind | None:
    # Of a bill without any EffectiveCost it is said that it is empty, and nothing else.
    if not any(day.effective_rows for day in days) or not is_whole(bill):
        return None
    own = [row for row in spend if _bill_of(row) == bill and row.currency == currency and _is_no_purchase(row)]
    if own and not any(row.booked for row in own):
        return DamageKind.EFFECTIVE_ZERO if any(day.billed for day in days) else None
    return DamageKind.EFFECTIVE_WHOLE if any(day.billed % 1 for day in days) else None


def _null_effective(spend: Iterable[SpendRow]) -> list[Damage]:
    rows: dict[tuple[str, dt.datetime, str], list[int]] = {}
    for row in spend:
        if _is_no_purchase(row) and row.rows:
            entry = rows.setdefault((row.provider, row.billing_start, row.currency), [0, 0, 0])
            entry[0] += row.rows
            if row.has(Mark.NO_EFFECTIVE) and row.billed_own:
                entry[1] += row.rows
                entry[2] += to_units(row.billed_own)
    return [
        Damage(
            DamageKind.EFFECTIVE_NULL,
            provider,
            _bill_in_words(provider, start, []),
            f"EffectiveCost is empty in {_rows(empty)}",
            f"EffectiveCost is empty in {empty} of {_rows(total)}, BilledCost is not; they count 0.",
            to_money(billed),
            currency,
            "BilledCost of these rows",
        )
        for (provider, start, currency), (total, empty, billed) in sorted(rows.items())
        if empty
    ]


def _is_no_purchase(row: SpendRow) -> bool:
    return row.charge_category != "Purchase"


def _bill_of(row: SpendRow) -> Bill:
    return row.provider, row.billing_account, row.billing_start


def _bill_in_words(provider: str, start: dt.datetime, accounts: Sequence[str]) -> str:
    period = f"{start:%Y-%m}" if start.day == 1 else f"from {start:%Y-%m-%d}"
    whose = f", account {', '.join(a or '(none)' for a in sorted(accounts))}" if accounts else ""
    return f"{provider}{whose}, billing period {period}"


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


# Days


def missing_days(found: Iterable[Gap], several: Callable[[str], bool]) -> list[Damage]:
    """Return the days that are missing inside daily bills; `several` tells providers with more than one account."""
    damaged = []
    for gap in found:
        brief = f"no usage on {_days(len(gap.days))}"
        seen = f"The bill comes daily until {gap.last} and has {brief}: {in_words(gap.days)}."
        damaged.append(_of_gap(DamageKind.MISSING_DAYS, gap, several, brief, seen))
    return damaged


def early_ends(found: Iterable[Gap], several: Callable[[str], bool]) -> list[Damage]:
    """Return the daily bills that end days before the month does."""
    damaged = []
    for gap in found:
        seen = f"The bill comes daily and ends on {gap.last}; {_days(len(gap.days))} are missing to the month's end."
        damaged.append(_of_gap(DamageKind.EARLY_END, gap, several, f"the bill ends on {gap.last}", seen))
    return damaged


def _of_gap(kind: DamageKind, gap: Gap, several: Callable[[str], bool], brief: str, seen: str) -> Damage:
    count = len(gap.days)
    money = ratio(to_money(gap.cost * count), gap.present)
    provider, account, currency = gap.account
    where = _account_in_words(provider, account, several(provider))
    return Damage(kind, provider, where, brief, seen, money, currency, f"about: mean of a day ×\u00a0{count}")


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _account_in_words(provider: str, account: str, several: bool) -> str:
    return f"{provider}, account {account or '(none)'}" if several else provider


def delivered_twice(
    found: Iterable[Suspect], rows_of: Callable[[Suspect], tuple[int, int]], several: Callable[[str], bool]
) -> list[Damage]:
    """Return the suspects of which three rows in four are there twice as often as on other days.

    `rows_of` gives the rows of the day and how many of them are so.
    """
    damaged = []
    for suspect in found:
        rows, twice = rows_of(suspect)
        if rows and 4 * twice >= 3 * rows:
            provider, account, currency = suspect.account
            damaged.append(
                Damage(
                    DamageKind.DELIVERED_TWICE,
                    provider,
                    _account_in_words(provider, account, several(provider)),
                    f"rows of {suspect.day} are there twice",
                    f"{twice} of {_rows(rows)} of {suspect.day} are there twice: they say the same but for amounts.",
                    ratio(to_money(suspect.cost), 2),
                    currency,
                    "about: half of the day",
                )
            )
    return damaged


# Providers


def vanished(
    now: Sequence[SpendRow], before: Sequence[SpendRow], months: tuple[str, str], basis: str, currency: str
) -> list[Damage]:
    """Return the providers, or accounts of one that is still there, with rows in the month before and none now.

    `months` are the month and the one before. Only use, and what is bought month by month, promises rows in the next
    one; a licence for a year does not, and its cost goes on.
    """
    here = {(row.provider, row.billing_account) for row in now if row.rows}
    providers = {provider for provider, _ in here}
    gone: dict[tuple[str, str], int] = {}
    regular = set()
    for row in before:
        key = (row.provider, row.billing_account)
        if key not in here and not row.has(Mark.LATER_USE | Mark.SPREAD):
            whole = key if row.provider in providers else (row.provider, "")
            gone[whole] = gone.get(whole, 0) + to_units(_cost(row, basis))
            if row.rows and row.charge_category in ("Usage", "Purchase"):
                regular.add(whole)
    return [
        Damage(
            DamageKind.VANISHED,
            provider,
            _account_in_words(provider, account, provider in providers),
            f"no rows in {months[0]}",
            f"It has rows in {months[1]} and none in {months[0]}.",
            to_money(units),
            currency,
            f"cost of {months[1]}",
        )
        for (provider, account), units in sorted(gone.items())
        if (provider, account) in regular
    ]


def _cost(row: SpendRow, basis: str) -> Decimal:
    return row.billed if basis == "billed" else row.effective


# Tags


def spelled_differently(
    now: Iterable[SpendRow], before: Iterable[SpendRow], keys: dict[str, str], basis: str, currency: str
) -> list[Damage]:
    """Return tag values that are one name in several spellings, in the month or against the month before.

    `keys` are the tag keys by their role in TAGS.
    """
    rows, earlier = list(now), list(before)
    found = []
    for role, field in TAGS.items():
        costs, known = _spellings(rows, field, basis), _spellings(earlier, field, basis)
        for folded, spelled in sorted(costs.items()):
            old = set(known.get(folded, {})) - set(spelled)
            new = spelled if old and not set(spelled) & set(known[folded]) else {}
            ordered = sorted(spelled, key=lambda s: (-abs(spelled[s][0]), -spelled[s][1], s.encode()))
            rare = ordered[1:] or list(new)
            if not rare:
                continue
            several = ordered if len(ordered) > 1 else [*ordered, *sorted(old)]
            when = "" if len(ordered) > 1 else ", the latter a month before"
            written = " and ".join(f"“{name}”" for name in several)
            found.append(
                Damage(
                    DamageKind.TAG_SPELLING,
                    "",
                    f"Tag {keys[role]}",
                    f"{written} are one name",
                    f"One name is written {written}{when}.",
                    to_money(sum(spelled[name][0] for name in rare)),
                    currency,
                    f"cost written {' and '.join(f'“{name}”' for name in rare)}",
                )
            )
    return found


def _spellings(rows: Iterable[SpendRow], field: str, basis: str) -> dict[str, dict[str, tuple[int, int]]]:
    """Return cost and rows by spelling, by what is the same but for form, case and blanks at the ends."""
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for row in rows:
        text = getattr(row, field)
        if text is not None:
            folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).strip()
            cost, count = found.setdefault(folded, {}).get(text, (0, 0))
            found[folded][text] = (cost + to_units(_cost(row, basis)), count + row.rows)
    return found
