"""Exact arithmetic with amounts, of which some are unknown: None."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from unitcost.numbers.estimate import EXACT, Estimate, ratio
from unitcost.numbers.units import to_money, to_units

Amount = Decimal | None


def amount_of(value: object) -> Amount:
    """Return the value of a finding as an amount; None where it is not known or is no finite number."""
    return value if isinstance(value, Decimal) and value.is_finite() else None


def ends_of(estimate: Estimate) -> tuple[Amount, Amount]:
    """Return the ends of a finding's range, the lower first; None for one that is not known."""
    return amount_of(estimate.low), amount_of(estimate.high)


def minus(now: Amount, before: Amount) -> Amount:
    """Return now − before exactly, None where one is unknown."""
    if now is None or before is None:
        return None
    return EXACT.subtract(now, before)


def growth(now: Amount, before: Amount) -> Amount:
    """Return now ÷ before − 1, None where one is unknown or the base is not positive."""
    if now is None or before is None or before <= 0:
        return None
    return ratio(now, before) - 1


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Return an exact sum of money. Raises ValueError for an amount of more than 18 decimals."""
    return to_money(sum(to_units(amount) for amount in amounts))


def adds_up(findings: Mapping[str, Estimate], parts: Sequence[str], whole: str) -> bool:
    """Tell whether findings in money add up to another one exactly."""
    amounts = [findings[name].value for name in (*parts, whole)]
    *units, sum_of_all = [to_units(amount) for amount in amounts if isinstance(amount, Decimal)]
    return sum(units) == sum_of_all


def part(amount: Decimal, whole: Decimal) -> Decimal:
    """Return amount ÷ whole to 12 places. Raises ZeroDivisionError."""
    return ratio(amount, whole)
