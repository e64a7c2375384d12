"""Who owns a cost row, in which environment it ran, and whether it is in scope."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .costs import Piece, Row
from .reading import Config

COGS_ENVIRONMENTS = ("prod", "production", None)
OWNER_KEYS = ("product_line", "shared", "out_of_scope")


@dataclass(frozen=True)
class Owner:
    """`kind` is line, pool, unused, unallocated; `by` says what decided: rule, tag, status or nothing."""

    kind: str
    name: str
    by: str


@dataclass(frozen=True)
class Owned:
    """One in-scope piece with its owner, environment and the amount of the chosen basis."""

    piece: Piece
    owner: Owner
    environment: str | None
    cost: int

    @property
    def is_cogs(self) -> bool:
        return self.owner.kind == "pool" or self.environment in COGS_ENVIRONMENTS


@dataclass(frozen=True)
class Scope:
    """A month's rows: in scope with owner, and the sums of what is beside it (units of 1e-18)."""

    owned: list[Owned]
    tax: int
    credits: int
    excluded: int
    out_of_scope: int


def scope(month_pieces: Iterable[Piece], config: Config) -> Scope:
    """Sort a month's rows; an excluded category beats a rule."""
    excluded_categories = set(config.costs["exclude_categories"])
    rules = config.allocation.get("rule", [])
    owned: list[Owned] = []
    sums = dict.fromkeys(("Tax", "Credit", "excluded", "out_of_scope"), 0)
    for piece in month_pieces:
        row = piece.row
        cost = piece.billed if config.costs["basis"] == "billed" else piece.effective
        if row.category in ("Tax", "Credit"):
            sums[row.category] += cost
        if row.category in excluded_categories:
            sums["excluded"] += 0 if row.category in ("Tax", "Credit") else cost
        elif leaves_scope(row, rules):
            sums["out_of_scope"] += cost
        else:
            environment = _environment(row, rules, config)
            owned.append(Owned(piece, _owner(row, rules, config), environment, cost))
    return Scope(owned, sums["Tax"], sums["Credit"], sums["excluded"], sums["out_of_scope"])


def leaves_scope(row: Row, rules: list[dict[str, Any]]) -> bool:
    """Out-of-scope rules come before all others, wherever they stand in the file."""
    return any("out_of_scope" in rule and matches(row, rule["when"]) for rule in rules)


def _owner(row: Row, rules: list[dict[str, Any]], config: Config) -> Owner:
    if row.commitment == "Unused":
        return Owner("unused", "", "status")
    for rule in rules:
        if any(key in rule for key in OWNER_KEYS) and matches(row, rule["when"]):
            if "shared" in rule:
                return Owner("pool", rule["shared"], "rule")
            return Owner("line", rule["product_line"], "rule")
    tag = row.tags.get(config.costs["product_tag"])
    return Owner("line", tag, "tag") if tag else Owner("unallocated", "", "nothing")


def _environment(row: Row, rules: list[dict[str, Any]], config: Config) -> str | None:
    for rule in rules:
        if "environment" in rule and matches(row, rule["when"]):
            return str(rule["environment"])
    return row.tags.get(config.costs["environment_tag"])


def matches(row: Row, when: dict[str, Any]) -> bool:
    """Every key must match; a list means any of its values; null never matches."""
    return all(_matches_key(row, key, wanted) for key, wanted in when.items())


def _matches_key(row: Row, key: str, wanted: str | list[str]) -> bool:
    is_tag = key.startswith("Tags.")
    value = row.tags.get(key.removeprefix("Tags.")) if is_tag else row.record.get(key.lower())
    if value is None:
        return False
    return any(_matches_value(value, each) for each in ([wanted] if isinstance(wanted, str) else wanted))


def _matches_value(value: str, wanted: str) -> bool:
    return value.startswith(wanted[:-1]) if wanted.endswith("*") else value == wanted
