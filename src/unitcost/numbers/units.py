"""Money as whole numbers of 1e-18, so that sums and splits stay exact whatever the size."""

from __future__ import annotations

from decimal import Decimal

from unitcost.numbers.estimate import EXACT, MONEY_PLACES


def to_units(amount: Decimal) -> int:
    """Return an amount of at most 18 decimals as a whole number of 1e-18. Raises ValueError beyond that."""
    scaled = amount.scaleb(MONEY_PLACES, context=EXACT)
    units = int(scaled)
    if units != scaled:
        raise ValueError(f"{amount} has more than {MONEY_PLACES} decimals")
    return units


def to_money(units: int) -> Decimal:
    """Return a whole number of 1e-18 as an amount."""
    return Decimal(units).scaleb(-MONEY_PLACES, context=EXACT)
