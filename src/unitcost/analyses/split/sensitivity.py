"""How sure are we about the split: the same month with every pool split in each way, and without shared cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from unitcost.inputs.rules import Pool, Rules
from unitcost.month.allocation import Allocation, allocate, over_tiers
from unitcost.month.owners import OwnerKind
from unitcost.month.result import MonthResult
from unitcost.month.users import TIERS
from unitcost.numbers.book import Book, Findings

CONFIGURED = "as configured"
METHODS = ("even", "proportional", "driver")
SAME = "the total does not depend on how shared cost is split: scope_cost ÷ mau"


@dataclass(frozen=True)
class Sensitivity:
    """A month's allocations by method, that of the configuration among them, and its usage cost alone."""

    result: MonthResult
    rules: Rules
    unused_commitment: str

    @cached_property
    def allocations(self) -> Mapping[str, Allocation]:
        """Return the allocation as configured and with every pool split by each of METHODS."""
        found = {CONFIGURED: self.result.allocation}
        for method in METHODS:
            rules = replace(self.rules, pools=tuple(_pool(pool, method, self.rules) for pool in self.rules.pools))
            same = rules.pools == self.rules.pools
            found[method] = (
                self.result.allocation
                if same
                else allocate(self.result.rows, self.result.users, rules, self.unused_commitment)
            )
        return found

    @cached_property
    def marginal(self) -> Mapping[str, int]:
        """Return the cost of usage that product lines own themselves, by tier, in units of 1e-18."""
        amounts: dict[tuple[str, str | None], int] = {}
        for owned in self.result.rows:
            # Unused commitments have an owner of their own, so they are not among these.
            if owned.kind is OwnerKind.PRODUCT_LINE and owned.row.charge_category == "Usage":
                key = (owned.owner, owned.row.service_category)
                amounts[key] = amounts.get(key, 0) + owned.cost
        shares, _ = over_tiers(amounts, self.result.users, self.rules)
        return {tier: sum(share.amount for share in shares if share.tier == tier) for tier in TIERS}

    def tier_range(self, tier: str) -> tuple[int, int]:
        """Return the lowest and the highest cost of a tier over all methods, in units of 1e-18."""
        found = [allocation.by_tier[tier] for allocation in self.allocations.values()]
        return min(found), max(found)

    def line_range(self, line: str) -> tuple[int, int]:
        """Return the lowest and the highest cost of a product line over all methods, in units of 1e-18."""
        found = [allocation.by_line[line] for allocation in self.allocations.values()]
        return min(found), max(found)


def _pool(pool: Pool, method: str, rules: Rules) -> Pool:
    driver = (pool.driver or rules.default_driver) if method == "driver" else None
    return Pool.model_validate({"pool": pool.pool, "method": method, "driver": driver})


def sensitivity_findings(found: Sensitivity, currency: str, min_users: int) -> Findings:
    """Return the lowest and highest cost per user by method, in total, by tier and by line, and the marginal cost."""
    book, users = Book(currency, min_users), found.result.users
    scope = sum(row.cost for row in found.result.rows if row.in_scope)
    for end in ("low", "high"):
        book.per_user(f"cost_per_user.{end}_method", scope, users.mau, SAME, users.reasons.get("mau", ""))
    ways = f"every pool split {CONFIGURED}, {', '.join(METHODS)}"
    why = users.reasons.get("mau.tier", "")
    for tier in TIERS:
        heads = users.by_tier[tier]
        for end, word, cost in zip(("low", "high"), ("lowest", "highest"), found.tier_range(tier), strict=True):
            method = f"{word} cost.{tier} ÷ mau.{tier} with {ways}"
            book.per_user(f"cost_per_user.{tier}.{end}_method", cost, heads, method, why)
        method = f"usage that product lines own, by the tiers' drivers, without shared and fixed parts ÷ mau.{tier}"
        book.per_user(f"cost_per_user.{tier}.marginal", found.marginal[tier], heads, method, why)
    why = users.reasons.get("mau.product", "")
    for line, slug in found.result.slugs["product"].items():
        heads = users.by_line.get(line, 0 if users.by_user else None)
        for end, word, cost in zip(("low", "high"), ("lowest", "highest"), found.line_range(line), strict=True):
            method = f"{word} cost.product.{slug} ÷ mau.product.{slug} with {ways}"
            book.per_user(f"cost_per_user.product.{slug}.{end}_method", cost, heads, method, why, label=line)
    return book.findings
