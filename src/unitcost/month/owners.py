"""Who owns a cost row: rules first, then tags. Each in-scope row has exactly one owner."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Protocol

from unitcost.inputs.rules import Rule, Rules
from unitcost.numbers.units import to_units
from unitcost.warehouse.rows import SpendRow

PRODUCTION = (None, "prod", "production")
RuleValues = tuple[str | None, ...]


class OwnerKind(StrEnum):
    """What kind of owner a row has."""

    PRODUCT_LINE = "product_line"
    SHARED = "shared"
    UNUSED = "unused_commitment"
    UNALLOCATED = "unallocated"
    EXCLUDED = "excluded"
    OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True, slots=True)
class OwnedRow:
    """A spend row with its owner; `cost` and `size` are the basis and its absolute value in units of 1e-18.

    `in_scope` tells whether the row is part of the numerator.
    """

    row: SpendRow
    kind: OwnerKind
    owner: str
    by_rule: bool
    environment: str | None
    cost: int
    size: int
    in_scope: bool

    @property
    def is_cogs(self) -> bool:
        """Tell production and shared cost from research and development."""
        return self.kind is OwnerKind.SHARED or self.environment in PRODUCTION


@dataclass(frozen=True, slots=True)
class Scope:
    """What counts: the basis, the categories left out and the names behind `rule_values`."""

    basis: str
    excluded: tuple[str, ...]
    rule_order: tuple[str, ...]


def assign(rows: Iterable[SpendRow], rules: Rules, scope: Scope) -> list[OwnedRow]:
    """Return every row with its one owner.

    Order: excluded categories, out-of-scope rules, unused commitment, the first rule that sets an owner, the
    product tag, unallocated. The environment comes from the first rule that sets one, else from its tag.
    """
    matching = matching_rules(rules, scope)
    return [_assign(row, matching(row.rule_values), scope) for row in rows]


def matching_rules(rules: Rules, scope: Scope) -> Callable[[RuleValues], Sequence[Rule]]:
    """Return a function from what rules look at in a row to the rules that match it, in their order."""

    @cache
    def matching(values: RuleValues) -> Sequence[Rule]:
        named = dict(zip(scope.rule_order, values, strict=True))
        return [rule for rule in rules.rules if rule.matches(named)]

    return matching


def _assign(row: SpendRow, matching: Sequence[Rule], scope: Scope) -> OwnedRow:
    kind, owner, by_rule = owner_of(row, matching, scope)
    environment = next((r.environment for r in matching if r.environment is not None), row.environment_tag)
    cost = to_units(row.billed if scope.basis == "billed" else row.effective)
    return OwnedRow(
        row=row,
        kind=kind,
        owner=owner,
        by_rule=by_rule,
        environment=environment,
        cost=cost,
        # All rows behind a row of the mart have the same sign, because the marks tell negative from other amounts.
        size=abs(cost),
        in_scope=kind not in (OwnerKind.EXCLUDED, OwnerKind.OUT_OF_SCOPE),
    )


class Ownable(Protocol):
    """What the owner of a row of spend or of cells depends on, besides its rule values."""

    @property
    def charge_category(self) -> str: ...
    @property
    def commitment_status(self) -> str | None: ...
    @property
    def product_tag(self) -> str | None: ...


def owner_of(row: Ownable, matching: Sequence[Rule], scope: Scope) -> tuple[OwnerKind, str, bool]:
    """Return the kind and name of a row's owner and whether a rule decided; `matching` are the rules that match it."""
    if row.charge_category in scope.excluded:
        return OwnerKind.EXCLUDED, row.charge_category, False
    for rule in matching:
        if rule.out_of_scope is not None:
            return OwnerKind.OUT_OF_SCOPE, rule.out_of_scope, True
    if row.commitment_status == "Unused":
        return OwnerKind.UNUSED, OwnerKind.UNUSED.value, False
    for rule in matching:
        if rule.owner is not None:
            return OwnerKind(rule.owner[0]), rule.owner[1], True
    if row.product_tag:
        return OwnerKind.PRODUCT_LINE, row.product_tag, False
    return OwnerKind.UNALLOCATED, OwnerKind.UNALLOCATED.value, False
