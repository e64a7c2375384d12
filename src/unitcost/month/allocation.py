"""Allocation: from owned rows to product lines and tiers, exact to the last of 18 decimals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from unitcost.inputs.rules import Pool, Rules
from unitcost.month.owners import OwnedRow, OwnerKind
from unitcost.month.users import TIERS, Users
from unitcost.numbers.split import split

Amounts = dict[tuple[str, str | None], int]  # (product line, service category) → units of 1e-18
USER_DAYS = "user-days"


@dataclass(frozen=True, slots=True)
class Share:
    """One line of the split table: so much of a pool and category went to a product line, by this weight."""

    pool: str
    category: str | None
    method: str
    line: str
    weight: int
    amount: int


@dataclass(frozen=True, slots=True)
class TierShare:
    """One line of the tier table: so much of a line and category went to a tier, by this driver and its amount."""

    line: str
    category: str | None
    driver: str
    tier: str
    weight: int
    amount: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """A month's in-scope cost in units of 1e-18: by product line, by tier, and what stays outside both."""

    lines: tuple[str, ...]
    direct: Mapping[str, int]
    by_line: Mapping[str, int]
    by_tier: Mapping[str, int]
    no_tier: int
    unused_commitment: int
    unallocated: int
    shares: tuple[Share, ...]
    tier_shares: tuple[TierShare, ...]

    def line_shares(self, kind: OwnerKind, owner: str, category: str | None) -> dict[str, Fraction]:
        """Return which share of an owner's cost of a category each product line carries; the rest is nobody's."""
        if kind is OwnerKind.PRODUCT_LINE:
            return {owner: Fraction(1)}
        weights = {s.line: max(s.weight, 0) for s in self.shares if (s.pool, s.category) == (owner, category)}
        whole = sum(weights.values())
        return {line: Fraction(weight, whole) for line, weight in weights.items()} if whole else {}


def allocate(rows: Sequence[OwnedRow], users: Users, rules: Rules, unused: str) -> Allocation:
    """Return the allocation of a month's rows (those out of scope are ignored).

    `unused` is 'split' or 'pool'. Identities that hold exactly: Σ by_tier + no_tier + unused_commitment +
    unallocated = Σ in scope, and Σ by_line + unused_commitment + unallocated = Σ in scope.
    """
    scope = [row for row in rows if row.in_scope]
    sums = _sums(scope)
    direct: Amounts = {(o, c): v for (k, o, c), v in sums.items() if k is OwnerKind.PRODUCT_LINE}
    lines = tuple(sorted({line for line, _ in direct} | users.lines, key=str.encode))
    totals = {line: sum(v for (owner, _), v in direct.items() if owner == line) for line in lines}
    unallocated = sum(v for (k, _, _), v in sums.items() if k is OwnerKind.UNALLOCATED)
    shares: list[Share] = []
    for pool in sorted(rules.pools, key=lambda p: p.pool.encode()):
        weights = _pool_weights(pool, lines, totals, users)
        for category, amount in _pool(sums, OwnerKind.SHARED, pool.pool):
            unallocated += _spread(amount, weights, shares, into=Share(pool.pool, category, pool.method, "", 0, 0))
    covered = _covered(scope, lines) if unused == "split" else {}
    left = 0
    for category, amount in _pool(sums, OwnerKind.UNUSED, OwnerKind.UNUSED.value):
        into = Share(OwnerKind.UNUSED.value, category, "covered use", "", 0, 0)
        left += _spread(amount, covered, shares, into=into)
    amounts = dict(direct)
    for share in shares:
        key = (share.line, share.category)
        amounts[key] = amounts.get(key, 0) + share.amount
    tier_shares, no_tier = over_tiers(amounts, users, rules)
    return Allocation(
        lines=lines,
        direct=totals,
        by_line={line: sum(v for (owner, _), v in amounts.items() if owner == line) for line in lines},
        by_tier={tier: sum(s.amount for s in tier_shares if s.tier == tier) for tier in TIERS},
        no_tier=no_tier,
        unused_commitment=left,
        unallocated=unallocated,
        shares=tuple(shares),
        tier_shares=tuple(tier_shares),
    )


def _sums(rows: Sequence[OwnedRow]) -> dict[tuple[OwnerKind, str, str | None], int]:
    sums: dict[tuple[OwnerKind, str, str | None], int] = {}
    for row in rows:
        key = (row.kind, row.owner, row.row.service_category)
        sums[key] = sums.get(key, 0) + row.cost
    return sums


def _pool(
    sums: Mapping[tuple[OwnerKind, str, str | None], int], kind: OwnerKind, name: str
) -> list[tuple[str | None, int]]:
    found = [(category, amount) for (k, owner, category), amount in sums.items() if k is kind and owner == name]
    return sorted(found, key=lambda item: (item[0] or "").encode())


def _pool_weights(pool: Pool, lines: Sequence[str], totals: Mapping[str, int], users: Users) -> dict[str, int]:
    if pool.method == "proportional":
        return {line: totals[line] for line in lines}
    if pool.method == "even":
        return {line: int(totals[line] != 0 or line in users.lines) for line in lines}
    if pool.method == "fixed":
        shares = pool.shares or {}
        exact = {line: shares[line].as_integer_ratio() for line in lines if line in shares}
        common = 1
        for _, denominator in exact.values():
            common *= denominator
        return {line: top * (common // bottom) for line, (top, bottom) in exact.items()}
    return {line: users.line_drivers.get(line, {}).get(str(pool.driver), 0) for line in lines}


def _spread(amount: int, weights: Mapping[str, int], shares: list[Share], *, into: Share) -> int:
    """Add a share for every line to `shares`, shaped like `into`, and return what no line could take."""
    parts = split(amount, weights)
    if parts is None:
        return amount
    shares.extend(replace(into, line=line, weight=weights[line], amount=part) for line, part in parts.items())
    return 0


def _covered(rows: Sequence[OwnedRow], lines: Sequence[str]) -> dict[str, int]:
    """Return each line's own cost covered by commitments; unused commitment follows it."""
    used = [r for r in rows if r.kind is OwnerKind.PRODUCT_LINE and r.row.commitment_status == "Used"]
    return {line: sum(r.cost for r in used if r.owner == line) for line in lines}


def over_tiers(amounts: Amounts, users: Users, rules: Rules) -> tuple[list[TierShare], int]:
    """Return the tiers' shares of each line and category, and what no tier could take."""
    shares: list[TierShare] = []
    no_tier = 0
    for (line, category), amount in sorted(amounts.items(), key=lambda i: (i[0][0].encode(), (i[0][1] or "").encode())):
        driver, weights = tier_weights(line, category, users, rules)
        parts = split(amount, weights)
        if parts is None:
            no_tier += amount
        else:
            shares.extend(TierShare(line, category, driver, tier, weights[tier], part) for tier, part in parts.items())
    return shares, no_tier


def tier_weights(line: str, category: str | None, users: Users, rules: Rules) -> tuple[str, dict[str, int]]:
    """Return the driver that decides and each tier's weight: the category's driver, the default one, user-days."""
    use = {tier: users.use[line, tier] for tier in TIERS if (line, tier) in users.use}
    for driver in (rules.driver_of(category), rules.default_driver):
        weights = {tier: used.drivers.get(driver, 0) for tier, used in use.items()}
        if any(weights.values()):
            return driver, weights
    return USER_DAYS, {tier: used.user_days or 0 for tier, used in use.items()}
