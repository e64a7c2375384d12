"""What a bridge says: bars between two months that add up, and the SKUs behind each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from unitcost.metrics.cells import Key
from unitcost.metrics.lmdi import EXACT, total

BARS = (
    "rate", "usage", "mix", "month_length", "fixed", "dilution", "new_retired", "negative", "unquantified", "fx",
    "restatement",
)  # fmt: skip
ALLOCATION = "allocation"
SKUS_CHANGED = Decimal("0.3")


@dataclass(frozen=True, slots=True)
class CellMove:
    """What one SKU adds to each bar, in money per user; prices and quantities are null where it was not bought.

    `owner` is the product line, pool or other owner of most of it, and `owners` how many there are.
    """

    key: Key
    service: str
    owner: str
    owners: int
    price_before: Decimal | None
    price_now: Decimal | None
    quantity_before: Decimal | None
    quantity_now: Decimal | None
    parts: Mapping[str, Decimal]

    @property
    def change(self) -> Decimal:
        """Return the whole change of this SKU, in money per user."""
        return total(self.parts.values())


@dataclass(frozen=True, slots=True)
class Bridge:
    """The bars between two months, of 12 places, which add up to `total`; all null with one `reason`.

    `residual` is Σ bars − change before rounding, `level` what it is measured against: the sum of both months' values.
    """

    month: str
    against: str | None
    bars: Mapping[str, Decimal]
    before: Decimal | None = None
    now: Decimal | None = None
    total: Decimal | None = None
    residual: Decimal | None = None
    level: Decimal | None = None
    reason: str | None = None
    moves: tuple[CellMove, ...] = ()

    @property
    def skus_changed(self) -> bool:
        """Tell whether so much is new or retired that rate and usage cannot be claimed."""
        if self.now is None or self.before is None:
            return False
        limit = EXACT.multiply(SKUS_CHANGED, abs(EXACT.subtract(self.now, self.before)))
        return abs(self.bars["new_retired"]) > limit

    def largest(self, bar: str, at_most: int) -> list[CellMove]:
        """Return the cells that add most to a bar, either way."""
        found = [move for move in self.moves if move.parts.get(bar)]
        return sorted(found, key=lambda m: (-abs(m.parts[bar]), [part.encode() for part in m.key]))[:at_most]


@dataclass(frozen=True, slots=True)
class Ends:
    """What lies at the ends of a bridge: published values of 12 places and exact costs, earlier and later.

    `published` is what was last published for the earlier month, None for nothing.
    """

    before: Decimal
    now: Decimal
    cost_before: Decimal
    cost_now: Decimal
    published: Decimal | None = None


def no_bridge(month: str, against: str | None, reason: str) -> Bridge:
    """Return a bridge of which nothing is known."""
    return Bridge(month, against, {}, reason=reason)
