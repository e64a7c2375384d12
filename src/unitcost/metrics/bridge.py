"""Why cost per user moved: the exact bridge between two months.

C/U = F/U + Σ (U_t/U) · (q/U_t) · p over cells, a cell being a SKU in a unit, a region, a currency and a tier. The
factors of each cell share its change by the additive LMDI-I (Ang 2005), what has no logarithm goes to bars of its own,
and no bar is what the others leave over.
"""

from __future__ import annotations

import re
from decimal import Decimal

from unitcost.metrics.cells import WHOLE, Key, Tier
from unitcost.metrics.lmdi import EXACT, NOTHING, ln, log_mean, log_ratio, rounded, shapley, total
from unitcost.metrics.moves import ALLOCATION, BARS, Bridge, CellMove, Ends
from unitcost.metrics.sides import Base, Side

MONTHLY = re.compile(r"(?<![a-z])(?:mo|months?)(?![a-z])", re.IGNORECASE)
Parts = dict[str, Decimal]


def bridge(before: Side, now: Side, ends: Ends, *, month: str, against: str, currency: str, lines: bool) -> Bridge:
    """Return the bridge between two sides with users in both; `lines` adds the bar for changed allocation shares."""
    moves = _moves(before, now, currency)
    names = (*BARS[:-1], ALLOCATION) if lines else BARS[:-1]
    raw = {name: total(m.parts[name] for m in moves if name in m.parts) for name in names}
    values = [EXACT.divide(c, Decimal(s.users)) for c, s in ((ends.cost_before, before), (ends.cost_now, now))]
    residual = EXACT.subtract(total(raw.values()), EXACT.subtract(values[1], values[0]))
    last = ends.before if ends.published is None else ends.published
    whole = EXACT.subtract(ends.now, last)
    bars = rounded(raw, EXACT.subtract(ends.now, ends.before))
    bars["restatement"] = EXACT.subtract(ends.before, last)
    order = [*BARS, *([ALLOCATION] if lines else [])]
    return Bridge(
        month=month,
        against=against,
        bars={name: bars[name] for name in order},
        before=ends.before,
        now=ends.now,
        total=whole,
        residual=residual,
        level=total(abs(value) for value in values),
        moves=tuple(moves),
    )


def _moves(before: Side, now: Side, currency: str) -> list[CellMove]:
    parts: dict[Key, Parts] = {}
    for key in {*before.fixed, *now.fixed}:
        _add(parts, key, _fixed(key, before, now))
    for key in {*before.unquantified, *now.unquantified}:
        amounts = [_per_user(side, side.unquantified.get(key, NOTHING)) for side in (before, now)]
        _add(parts, key, _shared(key, "unquantified", amounts, before, now))
    cells = {*before.costs, *now.costs}
    for key, tier in sorted(cells, key=lambda cell: (cell[0], cell[1] or "")):
        _add(parts, key, _cell(key, tier, before, now, foreign=key.currency != currency))
    return [_move(key, parts[key], before, now) for key in sorted(parts)]


def _add(parts: dict[Key, Parts], key: Key, more: Parts) -> None:
    into = parts.setdefault(key, {})
    for name, amount in more.items():
        into[name] = EXACT.add(into.get(name, NOTHING), amount)


def _per_user(side: Side, amount: Decimal) -> Decimal:
    return EXACT.divide(amount, Decimal(side.users))


def _share(key: Key, side: Side, other: Side) -> Decimal:
    """Return how much of a pool reaches a side; where nothing was in the pool, its share has not changed."""
    return side.share.get(key.pool, other.share.get(key.pool, WHOLE))


def _fixed(key: Key, before: Side, now: Side) -> Parts:
    """Return the amount's own change and its dilution by more users; pools also have a share that may change."""
    first, second = (
        (_share(key, side, other), side.fixed.get(key, NOTHING), EXACT.divide(Decimal(1), Decimal(side.users)))
        for side, other in ((before, now), (now, before))
    )
    if key.pool:
        return dict(zip((ALLOCATION, "fixed", "dilution"), shapley(first, second), strict=True))
    return dict(zip(("fixed", "dilution"), shapley(first[1:], second[1:]), strict=True))


def _shared(key: Key, bar: str, amounts: list[Decimal], before: Side, now: Side) -> Parts:
    """Return a change per user that is one bar; pools also have a share that may change."""
    if not key.pool:
        return {bar: EXACT.subtract(amounts[1], amounts[0])}
    first, second = _share(key, before, now), _share(key, now, before)
    return dict(zip((ALLOCATION, bar), shapley((first, amounts[0]), (second, amounts[1])), strict=True))


def _cell(key: Key, tier: Tier, before: Side, now: Side, *, foreign: bool) -> Parts:
    """Return a cell's parts, trying what has no logarithm first, in this order."""
    nothing = Base()
    first, second = before.bases.get(key, nothing), now.bases.get(key, nothing)
    costs = before.cost(key, tier), now.cost(key, tier)
    if not any(costs):
        return {}
    if any(_is_negative(cost, base) for cost, base in zip(costs, (first, second), strict=True)):
        if key.pool:
            amounts = [_per_user(side, base.cost) for side, base in ((before, first), (now, second))]
            return _shared(key, "negative", amounts, before, now)
        return {"negative": _change(costs, before, now)}
    if not first.quantity and not second.quantity:
        return {"unquantified": _change(costs, before, now)}
    if not (all(costs) and first.quantity and second.quantity):
        both = first.cost and second.cost and first.quantity and second.quantity
        # Bought in both months, and reaching the line in one of them only.
        return {ALLOCATION if both and key.pool else "new_retired": _change(costs, before, now)}
    return _factors(key, tier, before, now, foreign=foreign)


def _is_negative(cost: Decimal, base: Base) -> bool:
    return cost < 0 or (cost != 0 and (base.cost <= 0 or base.own <= 0))


def _change(costs: tuple[Decimal, Decimal], before: Side, now: Side) -> Decimal:
    return EXACT.subtract(_per_user(now, costs[1]), _per_user(before, costs[0]))


def _factors(key: Key, tier: Tier, before: Side, now: Side, *, foreign: bool) -> Parts:
    """Return the LMDI-I parts of a cell that costs and measures something in both months."""
    costs = before.cost(key, tier), now.cost(key, tier)
    mean = log_mean(_per_user(now, costs[1]), _per_user(before, costs[0]))
    logs = [_logs(key, side, cost, foreign=foreign) for side, cost in zip((before, now), costs, strict=True)]
    found = {name: EXACT.subtract(logs[1][name], logs[0][name]) for name in logs[0]}
    users = log_ratio(Decimal(now.users), Decimal(before.users))
    heads = users
    if tier in before.heads and tier in now.heads:
        heads = log_ratio(Decimal(now.heads[tier]), Decimal(before.heads[tier]))
        found["mix"] = EXACT.subtract(heads, users)
    found["usage"] = EXACT.subtract(found["usage"], heads)
    if not MONTHLY.search(key.unit):
        found["month_length"] = log_ratio(Decimal(now.days), Decimal(before.days))
        found["usage"] = EXACT.subtract(found["usage"], found["month_length"])
    return {name: EXACT.multiply(mean, log) for name, log in found.items() if log}


def _logs(key: Key, side: Side, cost: Decimal, *, foreign: bool) -> Parts:
    """Return the logarithms of price, of the quantity that reaches the cell, of conversion and of a pool's share."""
    base, share = side.bases[key], side.share[key.pool]
    quantity = ln(base.quantity)
    reaching = EXACT.subtract(EXACT.subtract(EXACT.add(quantity, ln(cost)), ln(base.cost)), ln(share))
    price = base.own if foreign else base.cost
    logs = {"rate": EXACT.subtract(ln(price), quantity), "usage": reaching}
    if foreign:
        logs["fx"] = EXACT.subtract(ln(base.cost), ln(base.own))
    if key.pool:
        logs[ALLOCATION] = ln(share)
    return logs


def _move(key: Key, parts: Parts, before: Side, now: Side) -> CellMove:
    sizes: dict[tuple[str, str], Decimal] = {}
    for side in (before, now):
        for name, size in side.names.get(key, {}).items():
            sizes[name] = EXACT.add(sizes.get(name, NOTHING), size)
    service, owner = min(sizes, key=lambda name: (-sizes[name], [part.encode() for part in name]))
    bases = [side.bases.get(key, Base()) for side in (before, now)]
    prices = [EXACT.divide(base.cost, base.quantity) if base.quantity else None for base in bases]
    return CellMove(
        key=key,
        service=service,
        owner=owner,
        owners=len({name for _, name in sizes}),
        price_before=prices[0],
        price_now=prices[1],
        quantity_before=bases[0].quantity or None,
        quantity_now=bases[1].quantity or None,
        parts={name: amount for name, amount in parts.items() if amount},
    )
