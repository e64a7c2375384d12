"""What pages show of the bridge between two months: steps, tables and the few facts that prose may claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from unitcost.company import Company
from unitcost.metrics.breakdown import Step
from unitcost.metrics.lmdi import EXACT
from unitcost.metrics.moves import ALLOCATION, BARS, Bridge, CellMove
from unitcost.metrics.tier_mix import TierMix

WORDS = {
    "rate": "Prices",
    "usage": "Use per user",
    "mix": "Mix of tiers",
    "month_length": "Length of the month",
    "fixed": "Fixed cost changed",
    "dilution": "Fixed cost over more users",
    "new_retired": "New and retired SKUs",
    "negative": "Refunds",
    "unquantified": "Use without quantity",
    "fx": "Conversion of currencies",
    "restatement": "Earlier month restated",
    ALLOCATION: "Shares of shared cost",
}
FEWER = "Fixed cost over fewer users"
CLAIMS_NEED_SKUS = ("rate", "usage")
NAMED = 3  # cells that are named behind a bar
ORDER = (*BARS, ALLOCATION)


@dataclass(frozen=True, slots=True)
class Claim:
    """A bar that is large enough to be spoken of, and the cells that add most to it."""

    bar: str
    name: str
    amount: Decimal
    cells: tuple[CellMove, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What prose may say of a bridge; never why anybody did anything.

    `skus_changed`: so much is new or retired that neither prices nor use may be claimed. `material` is the amount
    below which nothing is said. `reason` says why nothing is known.
    """

    against: str | None
    before: Decimal | None
    now: Decimal | None
    change: Decimal | None
    material: Decimal | None
    skus_changed: bool
    claims: tuple[Claim, ...]
    reason: str | None = None

    @property
    def is_material(self) -> bool:
        """Tell whether the change as a whole is large enough to be spoken of."""
        return self.change is not None and self.material is not None and abs(self.change) >= self.material


def name_of(company: Company, found: Bridge, bar: str) -> str:
    """Return a bar's name in plain words; dilution says whether there were more or fewer users."""
    if bar == "dilution" and found.against is not None:
        users = [company.result(m).users.mau or 0 for m in (found.against, found.month)]
        return FEWER if users[1] < users[0] else WORDS[bar]
    return WORDS[bar]


def steps(company: Company, month: str, against: str | None = None) -> list[Step]:
    """Return the way from the earlier value, as last published, to this month's; it adds up, bars of 0 are left out."""
    found = company.bridge(month, against)
    if found.now is None or found.total is None:
        return []
    first = Step(str(found.against), EXACT.subtract(found.now, found.total), "total")
    order = ["restatement", *(bar for bar in BARS if bar != "restatement")]
    between = [Step(name_of(company, found, bar), found.bars[bar], "step") for bar in order if found.bars[bar]]
    return [first, *between, Step(found.month, found.now, "total")]


def cell_name(move: CellMove) -> str:
    """Return a cell as people know it: service, SKU, unit and region."""
    rest = ", ".join(part for part in (move.key.unit, move.key.region) if part)
    name = f"{move.service} {move.key.sku}".rstrip()
    return f"{name} ({rest})" if rest else name


def cells_behind(found: Bridge, bar: str, at_most: int = NAMED) -> list[list[object]]:
    """Return [cell, owner, price before, now, quantity before, now, per user] behind a bar, the largest first."""
    return [[*_cell(move), move.parts[bar]] for move in found.largest(bar, at_most)]


def _cell(move: CellMove) -> list[object]:
    owner = move.owner if move.owners == 1 else f"{move.owner} and {move.owners - 1} more"
    prices = (move.price_before, move.price_now)
    return [cell_name(move), owner, *prices, move.quantity_before, move.quantity_now]


def moved_most(company: Company, month: str, at_most: int = NAMED, against: str | None = None) -> list[list[object]]:
    """Return [product line, *cell, its largest bar, change per user]: the cells that moved most in each line."""
    rows: list[list[object]] = []
    for line in company.result(month).allocation.lines:
        found: Bridge = company.bridges.of_line(line, month, against)
        ordered = sorted(found.moves, key=lambda m: (-abs(m.change), [part.encode() for part in m.key]))
        rows += [[line, *_cell(m), WORDS[_largest_part(m)], m.change] for m in ordered[:at_most] if m.change]
    return rows


def _largest_part(move: CellMove) -> str:
    return min(move.parts, key=lambda bar: (-abs(move.parts[bar]), ORDER.index(bar)))


def bars_by(company: Company, month: str, what: str, against: str | None = None) -> list[tuple[str, Bridge]]:
    """Return (name, bridge) by 'product' or 'service', the largest change first, the unknown ones last."""
    bridges, earlier = company.bridges, company.bridges.against(month, against)
    found: list[tuple[str, Bridge]]
    if what == "product":
        found = [(name, bridges.of_line(name, month, against)) for name in company.result(month).allocation.lines]
    else:
        months = [m for m in (month, earlier) if m]
        names = {row.row.service for m in months for row in company.result(m).rows if row.in_scope}
        found = [(name, bridges.of_service(name, month, against)) for name in names]
    return sorted(found, key=_by_size)


def _by_size(named: tuple[str, Bridge]) -> tuple[bool, Decimal, bytes]:
    name, found = named
    return found.total is None, -abs(found.total or Decimal(0)), name.encode()


def bars_in_use(found: Sequence[tuple[str, Bridge]]) -> list[str]:
    """Return the bars that are not 0 everywhere, in their order: the columns of a table by line or service."""
    return [bar for bar in ORDER if any(bridge.bars.get(bar) for _, bridge in found)]


def mix_by_tier(company: Company, month: str, against: str | None = None) -> list[TierMix]:
    """Return what the changed mix of tiers does, tier by tier."""
    return company.bridges.tier_mix(month, against)


def facts(company: Company, month: str, against: str | None = None, at_most: int = 2) -> Facts:
    """Return what prose may say: the largest bars above `material_share` of the earlier value, with their cells.

    Where SKUs changed too much, prices and use are not claimed.
    """
    found = company.bridge(month, against)
    if found.now is None or found.before is None or found.total is None:
        return Facts(found.against, None, None, None, None, False, (), found.reason)
    material = EXACT.multiply(abs(found.before), company.config.report.material_share)
    barred = CLAIMS_NEED_SKUS if found.skus_changed else ()
    bars = [bar for bar in BARS if abs(found.bars[bar]) >= material and found.bars[bar] and bar not in barred]
    largest = sorted(bars, key=lambda bar: (-abs(found.bars[bar]), ORDER.index(bar)))[:at_most]
    return Facts(
        against=found.against,
        before=EXACT.subtract(found.now, found.total),
        now=found.now,
        change=found.total,
        material=material,
        skus_changed=found.skus_changed,
        claims=tuple(
            Claim(bar, name_of(company, found, bar), found.bars[bar], tuple(found.largest(bar, NAMED)))
            for bar in largest
        ),
    )
