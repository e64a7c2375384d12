"""Why cost per user moved: the exact bridge between two months.

C/U = F/U + Σ cells (U_t/U) · (q/U_t) · p. Each bar is computed on its own, none by subtraction; together they are the
change of the published numbers to the twelfth decimal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from unitcost.month.cells import ZERO, CellMonth, Lump, Origin, Sku, SkuCell
from unitcost.numbers.estimate import ratio
from unitcost.numbers.lmdi import DIGITS, log_ratio, product_effects, rounded_to_sum, shapley

BARS = (
    "rate",
    "usage",
    "mix",
    "month_length",
    "fixed",
    "dilution",
    "new_retired",
    "negative",
    "unquantified",
    "fx",
    "restatement",
)
ALLOCATION = "allocation"  # of a product line alone: the change that comes only from changed shares of pools
MONTHLY = {"mo", "month", "months"}
TOLERANCE = Decimal("1e-12")


@dataclass(frozen=True, slots=True)
class Move:
    """One SKU, or one service without quantity, with what it adds to each bar in money per user.

    `before` and `now` are its cells in the two months, None where it has none.
    """

    name: Sku | Origin
    before: SkuCell | Lump | None
    now: SkuCell | Lump | None
    effects: Mapping[str, Decimal]

    @property
    def total(self) -> Decimal:
        """Return what it adds to the change."""
        return _sum(self.effects.values())


@dataclass(frozen=True, slots=True)
class Bridge:
    """The bars in money per user at 12 places; they add up to `total`. Without a bridge they are empty, with a reason.

    `residual` is Σ bars − change before the last rounding, at most 1e-12 of `level`, the sum of both months' values.
    """

    bars: Mapping[str, Decimal] = field(default_factory=dict)
    total: Decimal | None = None
    before: Decimal | None = None
    now: Decimal | None = None
    residual: Decimal = ZERO
    level: Decimal = ZERO
    moves: tuple[Move, ...] = ()
    reason: str | None = None

    @property
    def skus_changed(self) -> Decimal | None:
        """Return |new and retired| ÷ |change|: above 0.3 neither rate nor usage is claimed. None without a change."""
        return abs(self.bars["new_retired"] / self.total) if self.total else None


def bridge(
    now: CellMonth,
    before: CellMonth,
    *,
    values: tuple[Decimal, Decimal] | None = None,
    published: Decimal | None = None,
) -> Bridge:
    """Return the way from the month before to this one; both have users.

    `values` are the published numbers that the bars lead from and to (now, before), where they are not simply cost ÷
    users at 12 places. `published` is what was last said of the month before: the bars then start from there.
    """
    moves = [*_cells(now, before), *_fixed(now, before), *_unquantified(now, before)]
    sums = dict.fromkeys((*BARS[:-1], *([ALLOCATION] if _has_pools(now, before) else [])), ZERO)
    for move in moves:
        for name, effect in move.effects.items():
            sums[name] = DIGITS.add(sums[name], effect)
    values = values or (ratio(Fraction(now.cost), now.users), ratio(Fraction(before.cost), before.users))
    change = DIGITS.subtract(_per_user(now.cost, now), _per_user(before.cost, before))
    bars = rounded_to_sum(sums, values[0] - values[1])
    start = values[1] if published is None else published
    bars["restatement"] = values[1] - start
    return Bridge(
        bars=bars,
        total=values[0] - start,
        before=start,
        now=values[0],
        residual=DIGITS.subtract(_sum(sums.values()), change),
        level=values[0] + values[1],
        moves=tuple(moves),
    )


def _has_pools(now: CellMonth, before: CellMonth) -> bool:
    return any(name.origin for m in (now, before) for names in (m.cells, m.fixed, m.unquantified) for name in names)


# Cells


def _cells(now: CellMonth, before: CellMonth) -> Iterable[Move]:
    for name in sorted(now.cells.keys() | before.cells.keys()):
        cells = now.cells.get(name), before.cells.get(name)
        yield Move(name, cells[1], cells[0], _cell_effects(name, cells, now, before))


def _cell_effects(
    name: Sku, cells: tuple[SkuCell | None, SkuCell | None], now: CellMonth, before: CellMonth
) -> dict[str, Decimal]:
    effects: dict[str, Decimal] = {}
    tiers = {tier for cell in cells if cell is not None for tier in cell.by_tier}
    for tier in sorted(tiers, key=lambda t: t or ""):
        costs = [cell.by_tier.get(tier, ZERO) if cell is not None else ZERO for cell in cells]
        values = _per_user(costs[0], now), _per_user(costs[1], before)
        found = _tier_effects(name, tier, cells, values, now=now, before=before)
        for bar, effect in found.items():
            effects[bar] = DIGITS.add(effects.get(bar, ZERO), effect)
    return effects


def _tier_effects(
    name: Sku,
    tier: str | None,
    cells: tuple[SkuCell | None, SkuCell | None],
    values: tuple[Decimal, Decimal],
    *,
    now: CellMonth,
    before: CellMonth,
) -> dict[str, Decimal]:
    """Return the bars of one cell, that is of a SKU in a tier; `values` are its cost per user now and before."""
    change = DIGITS.subtract(*values)
    signs = [min(cell.cost, cell.own_cost) for cell, value in zip(cells, values, strict=True) if cell and value]
    if min((*values, *signs)) < 0 or not all(signs):
        return {"negative": change}
    if not any(values):
        return {}
    if not all(values):
        return {ALLOCATION if _only_share_changed(cells) else "new_retired": change}
    heads = [month.tier_users.get(tier or "") for month in (now, before)]
    factors = [
        _factors(name, tier, cell, month=month, heads=head if all(heads) else None)
        for cell, month, head in zip(cells, (now, before), heads, strict=True)
        if cell is not None
    ]
    return product_effects(*values, {bar: log_ratio(factors[0][bar], factors[1][bar]) for bar in factors[0]})


def _factors(name: Sku, tier: str | None, cell: SkuCell, *, month: CellMonth, heads: int | None) -> dict[str, Decimal]:
    """Return the factors whose product is a cell's cost per user; `heads` are its tier's users, None without a tier."""
    factors = {"rate": DIGITS.divide(cell.cost, cell.quantity)}
    if name.currency != month.currency:
        factors["rate"] = DIGITS.divide(cell.own_cost, cell.quantity)
        factors["fx"] = DIGITS.divide(cell.cost, cell.own_cost)
    per_user = DIGITS.divide(DIGITS.multiply(cell.quantity, cell.by_tier[tier]), cell.cost)
    per_user = DIGITS.divide(per_user, Decimal(heads or month.users))
    if heads:
        factors["mix"] = DIGITS.divide(Decimal(heads), Decimal(month.users))
    if not MONTHLY & set(_words(name.unit)):
        factors["month_length"] = Decimal(month.days)
        per_user = DIGITS.divide(per_user, Decimal(month.days))
    if name.origin:
        factors[ALLOCATION] = cell.share
        per_user = DIGITS.divide(per_user, cell.share)
    return factors | {"usage": per_user}


def _only_share_changed(cells: tuple[SkuCell | None, SkuCell | None]) -> bool:
    return all(cells) and any(cell is not None and not cell.share for cell in cells)


def _words(unit: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in unit.lower()).split()


# Cost without cells


def _fixed(now: CellMonth, before: CellMonth) -> Iterable[Move]:
    """Yield what fixed cost adds: "the amount changed" and "the same amount over more users" (Shapley)."""
    per_head = tuple(DIGITS.divide(Decimal(1), Decimal(month.users)) for month in (now, before))
    for name, this, that in _lumps(now.fixed, before.fixed):
        whole = _whole(this), _whole(that)
        shares = _share(this, that), _share(that, this)
        mean_share = DIGITS.divide(DIGITS.add(*shares), Decimal(2))
        amount, users = shapley(whole, per_head)  # type: ignore[arg-type]
        effects = {"fixed": DIGITS.multiply(amount, mean_share), "dilution": DIGITS.multiply(users, mean_share)}
        if name.origin:
            each = tuple(DIGITS.multiply(w, p) for w, p in zip(whole, per_head, strict=True))
            effects[ALLOCATION] = shapley(shares, each)[0]  # type: ignore[arg-type]
        yield Move(name, that, this, effects)


def _unquantified(now: CellMonth, before: CellMonth) -> Iterable[Move]:
    """Yield what usage without SKU, unit or quantity adds."""
    for name, this, that in _lumps(now.unquantified, before.unquantified):
        whole = _per_user(_whole(this), now), _per_user(_whole(that), before)
        allocation, rest = shapley((_share(this, that), _share(that, this)), whole)
        effects = {"unquantified": rest} | ({ALLOCATION: allocation} if name.origin else {})
        yield Move(name, that, this, effects)


def _lumps(
    now: Mapping[Origin, Lump], before: Mapping[Origin, Lump]
) -> Iterable[tuple[Origin, Lump | None, Lump | None]]:
    for name in sorted(now.keys() | before.keys()):
        yield name, now.get(name), before.get(name)


def _whole(lump: Lump | None) -> Decimal:
    return lump.whole if lump is not None else ZERO


def _share(lump: Lump | None, other: Lump | None) -> Decimal:
    """Return the share of a pool; that of the other month where the pool has no cost, so that no share changed."""
    known = lump or other
    return known.share if known is not None else Decimal(1)


def _per_user(amount: Decimal, month: CellMonth) -> Decimal:
    return DIGITS.divide(amount, Decimal(month.users))


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    total = ZERO
    for amount in amounts:
        total = DIGITS.add(total, amount)
    return total
