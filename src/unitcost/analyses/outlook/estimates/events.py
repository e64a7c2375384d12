"""What is known to happen in the months ahead: inputs of a forecast, never learned from the past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unitcost.analyses.outlook.estimates.smoothing import Array
else:
    Array = Any


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens in a month and holds from then on.

    `price` multiplies the variable cost per user (1.05: 5 % dearer), `fixed` adds money to every month; both are
    what the forecast counts. `at_stake` is money a month by which cost would rise that is said and not counted, such
    as what a commitment saves that ends and may be renewed; it is below 0 where cost would fall.
    """

    month: str
    what: str
    price: Decimal = Decimal(1)
    fixed: Decimal = Decimal(0)
    at_stake: Decimal | None = None

    @property
    def is_counted(self) -> bool:
        """Tell whether the forecast counts it."""
        return self.price != 1 or self.fixed != 0


def applied(events: Sequence[Event], months: Sequence[str], variable: Array, fixed: Array) -> tuple[Array, Array]:
    """Return variable cost and fixed cost by month (amounts of the whole company) with all events that have begun."""
    for event in sorted(events, key=lambda one: (one.month, one.what)):
        for place, month in enumerate(months):
            if month >= event.month:
                variable[place] *= float(event.price)
                fixed[place] = max(0.0, fixed[place] + float(event.fixed))
    return variable, fixed
