"""What changed since a month was published: old cost per user → new, by cause, exactly.

Two sets are compared by compact groups of the month's rows, so the rows themselves need not be kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from unitcost.numbers.estimate import EXACT, RATIO_PLACES, ratio
from unitcost.numbers.units import to_money

LATE, CORRECTIONS, RULES, RATES = "late_rows", "corrections", "rules", "rates"
USERS, DEFINITION = "users", "definition"
WORDS = {
    LATE: "late or changed rows",
    CORRECTIONS: "corrections",
    RULES: "changed rules",
    RATES: "changed exchange rates",
    USERS: "changed users",
    DEFINITION: "a changed definition",
}
# Findings that depend on earlier months or on what was published say nothing about the month's own data.
OF_THE_SERIES = ("bridge.", "forecast.", "target.", "anomalies.")
MONEY = 10**18
PLACES = -int(RATIO_PLACES.as_tuple().exponent)

Said = tuple[object, str | None]  # a finding's value in the form of findings.json, and its label


class GroupKey(NamedTuple):
    """What the rows of a group have in common; `period` is the first day of the billing period."""

    provider: str
    account: str
    period: str
    category: str
    service: str
    currency: str
    is_correction: bool


@dataclass(frozen=True, slots=True)
class Group:
    """So many rows: a fingerprint of what they say, their cost by the basis and what of it is in scope (1e-18)."""

    content: str
    rows: int
    cost: int
    scope: int


@dataclass(frozen=True, slots=True)
class Basis:
    """What a month's cost per user rests on. `rates` maps currency → month → rate.

    `fingerprint` names what made the groups' fingerprints; `rules` and `defaults` are digests.
    """

    month: str
    definitions: str
    currency: str
    basis: str
    mau: int | None
    cost_per_user: Decimal | None
    fingerprint: str
    rates: Mapping[str, Mapping[str, Decimal]]
    rules: str
    corrections: str
    defaults: str
    groups: Mapping[GroupKey, Group]

    @property
    def scope(self) -> int:
        """Return the cost in scope in units of 1e-18."""
        return sum(group.scope for group in self.groups.values())


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason for the new number: its part per user, and in money (None where it is not about money)."""

    name: str
    amount: Decimal
    cost: Decimal | None


@dataclass(frozen=True, slots=True)
class Restatement:
    """Old and new cost per user and the causes, largest first; they add up to new − old exactly.

    Where the causes cannot be told, `causes` is empty and `reason` says why.
    """

    old: Decimal | None
    new: Decimal | None
    causes: tuple[Cause, ...] = ()
    reason: str | None = None


def differing(before: Mapping[str, Said], now: Mapping[str, Said]) -> list[str]:
    """Return the names of findings that follow from the month's own data and are not what they were.

    A name that is on one side only counts where it stands for something in the data, such as a new service:
    it has a label, and its group is on both sides. What the program has learned to say meanwhile does not count.
    """
    both = _groups_of_data(before) & _groups_of_data(now)
    found = []
    for name in sorted(before.keys() | now.keys()):
        if name.startswith(OF_THE_SERIES):
            continue
        if name in before and name in now:
            changed = before[name][0] != now[name][0]
        else:
            label = (before.get(name) or now[name])[1]
            changed = label is not None and _group(name) in both
        if changed:
            found.append(name)
    return found


def _groups_of_data(findings: Mapping[str, Said]) -> set[str]:
    return {_group(name) for name, (_, label) in findings.items() if label is not None}


def _group(name: str) -> str:
    return name.rpartition(".")[0]


def compare(old: Basis, new: Basis) -> Restatement:
    """Return how the old cost per user became the new one.

    Cost is judged first, at the users of then; users last, at the cost of now. Where a group's rows say the same
    as then, its change is that of the rates, as far as its whole cost moved with them, and of the rules for the
    rest. Where they do not, it is late or changed rows (or corrections) beyond what the month's rate moved.
    """
    reason = _incomparable(old, new)
    if reason or old.cost_per_user is None or new.cost_per_user is None or not old.mau or not new.mau:
        return Restatement(old.cost_per_user, new.cost_per_user, reason=reason or "the users are not known")
    difference = EXACT.subtract(new.cost_per_user, old.cost_per_user)
    if old.definitions != new.definitions:
        whole = Cause(DEFINITION, difference, None)
        return Restatement(old.cost_per_user, new.cost_per_user, (whole,) if difference else ())
    money = _money(old, new)
    exact = {name: amount / MONEY / old.mau for name, amount in money.items()}
    exact[USERS] = Fraction(new.scope, MONEY * new.mau) - Fraction(new.scope, MONEY * old.mau)
    shares = apportion(difference, exact)
    causes = tuple(
        Cause(name, shares[name], _shown(money[name]) if name in money else None)
        for name in sorted(shares, key=lambda n: (-abs(shares[n]), n))
    )
    return Restatement(old.cost_per_user, new.cost_per_user, causes)


def apportion(whole: Decimal, parts: Mapping[str, Fraction]) -> dict[str, Decimal]:
    """Return the parts that are not 0 with 12 decimals so that they sum to `whole`.

    Each is rounded half-even; units left over go to the largest rounding errors, ties to the name that sorts
    first. `whole` is the parts' sum but for its own rounding.
    """
    exact = {name: part * 10**PLACES for name, part in parts.items() if part}
    units = {name: round(part) for name, part in exact.items()}
    left = int(whole.scaleb(PLACES, context=EXACT)) - sum(units.values())
    step = 1 if left > 0 else -1
    for name in sorted(exact, key=lambda n: (step * (units[n] - exact[n]), n))[: abs(left)]:
        units[name] += step
    return {name: Decimal(value).scaleb(-PLACES, context=EXACT) for name, value in units.items()}


def _incomparable(old: Basis, new: Basis) -> str | None:
    if old.cost_per_user is None:
        return "cost per user was not known in the set it replaces"
    if new.cost_per_user is None:
        return "cost per user is not known any more"
    if old.currency != new.currency:
        return f"it was published in {old.currency}, and this set is in {new.currency}"
    for basis in (old, new):
        if basis.mau and ratio(Fraction(basis.scope, MONEY), basis.mau) != basis.cost_per_user:
            return "the cost per user of one of the sets is not that of its rows"
    return None


def _money(old: Basis, new: Basis) -> dict[str, Fraction]:
    """Return the change of cost in scope by cause, in units of 1e-18."""
    found = dict.fromkeys((LATE, CORRECTIONS, RULES, RATES), Fraction(0))
    for key in old.groups.keys() | new.groups.keys():
        before, now = old.groups.get(key), new.groups.get(key)
        change = Fraction((now.scope if now else 0) - (before.scope if before else 0))
        rows = CORRECTIONS if key.is_correction else LATE
        if key.is_correction and old.corrections != new.corrections:
            found[RULES] += change
        elif before is None or now is None:
            found[RULES if old.defaults != new.defaults else rows] += change
        else:
            of_rates, rest = _rates_and_rest(old, new, key)
            found[RATES] += of_rates
            same = _same(old, new, key)
            found[(RULES if old.rules != new.rules else rows) if same else rows] += rest
    return found


def _rates_and_rest(old: Basis, new: Basis, key: GroupKey) -> tuple[Fraction, Fraction]:
    before, now = old.groups[key], new.groups[key]
    change = Fraction(now.scope - before.scope)
    if old.rates.get(key.currency) == new.rates.get(key.currency):
        return Fraction(0), change
    if not _same(old, new, key):
        month = key.period[:7] if old.basis == "billed" else old.month
        rates = [basis.rates.get(key.currency, {}).get(month) for basis in (old, new)]
        if rates[0] is None or rates[1] is None:
            return Fraction(0), change
        moved = before.scope * (Fraction(rates[1]) / Fraction(rates[0]) - 1)
    elif old.rules == new.rules:
        moved = change  # nothing else has changed, and each row was rounded by itself
    else:
        moved = before.scope * (Fraction(now.cost, before.cost) - 1) if before.cost else Fraction(0)
    return moved, change - moved


def _same(old: Basis, new: Basis, key: GroupKey) -> bool:
    before, now = old.groups[key], new.groups[key]
    if old.fingerprint == new.fingerprint:
        return before.content == now.content
    moved = old.rates.get(key.currency) != new.rates.get(key.currency) or old.rules != new.rules
    return before.rows == now.rows and (before.cost == now.cost or moved)


def _shown(units: Fraction) -> Decimal:
    return to_money(round(units))
