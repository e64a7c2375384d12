"""allocation.toml: who owns a cost row, how pools are split, which driver splits a line between tiers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import reduce
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from unitcost.errors import UsageProblem, nearest
from unitcost.inputs import focus
from unitcost.inputs.toml_file import Strict, check, load_toml, shown

TAG = "Tags."
DEFAULT_DRIVER = "requests"
Name = Annotated[str, Field(min_length=1)]
Patterns = str | tuple[str, ...]


class Rule(Strict):
    """One [[rule]]: a row that matches every key of `when` gets this owner and this environment."""

    when: Annotated[dict[str, Patterns], Field(min_length=1)]
    product_line: Name | None = None
    shared: Name | None = None
    out_of_scope: Name | None = None
    environment: Name | None = None

    @field_validator("when")
    @classmethod
    def _known_columns(cls, value: dict[str, Patterns]) -> dict[str, Patterns]:
        return known_when(value)

    @model_validator(mode="after")
    def _one_owner(self) -> Rule:
        owners = [n for n in ("product_line", "shared", "out_of_scope") if getattr(self, n) is not None]
        if len(owners) > 1:
            raise ValueError(f"a rule names one owner, this one has {' and '.join(owners)}")
        if not owners and self.environment is None:
            raise ValueError("a rule sets product_line, shared, out_of_scope or environment; this one sets none")
        return self

    @property
    def owner(self) -> tuple[str, str] | None:
        """Return (kind, name) with kind 'product_line' or 'shared', or None."""
        if self.product_line is not None:
            return ("product_line", self.product_line)
        if self.shared is not None:
            return ("shared", self.shared)
        return None

    def matches(self, row: Mapping[str, str | None]) -> bool:
        """Tell whether every key matches; null never does, a trailing * is a prefix, case counts."""
        return all(matches(row.get(key), patterns) for key, patterns in self.when.items())


def known_when(value: dict[str, Patterns]) -> dict[str, Patterns]:
    """Return conditions on a row if each can hold. Raises ValueError for unknown columns and impossible patterns."""
    for key, patterns in value.items():
        if key not in focus.COLUMNS and not (key.startswith(TAG) and len(key) > len(TAG)):
            raise ValueError(f"'{key}' is not a FOCUS column or Tags.<key>; {nearest(key, focus.COLUMNS)}")
        choices = (patterns,) if isinstance(patterns, str) else patterns
        if not choices or not all(choices):
            raise ValueError(f"'{key}' has no value to match")
        if any("*" in choice[:-1] for choice in choices):
            raise ValueError(f"'{key}': a * stands for the rest of a text, at its end and nowhere else")
    return value


def matches(value: str | None, patterns: Patterns) -> bool:
    """Tell whether a cell is one of the patterns; null never is, a trailing * is a prefix, case counts."""
    if value is None:
        return False
    choices = (patterns,) if isinstance(patterns, str) else patterns
    return any(value.startswith(p[:-1]) if p.endswith("*") else value == p for p in choices)


class Pool(Strict):
    """One [[shared]] pool and its method."""

    pool: Name
    method: Literal["proportional", "even", "fixed", "driver"] = "proportional"
    shares: dict[Name, Annotated[Decimal, Field(ge=0, le=1, allow_inf_nan=False)]] | None = None
    driver: Name | None = None

    @field_validator("driver")
    @classmethod
    def _lower(cls, value: str | None) -> str | None:
        return value and value.lower()  # columns of activity are matched without regard to case

    @model_validator(mode="after")
    def _complete(self) -> Pool:
        if (self.shares is not None) != (self.method == "fixed"):
            raise ValueError(f"pool '{self.pool}': 'shares' belongs to method = \"fixed\", and to it alone")
        if (self.driver is not None) != (self.method == "driver"):
            raise ValueError(f"pool '{self.pool}': 'driver' belongs to method = \"driver\", and to it alone")
        if self.shares is not None and _sum(self.shares.values()) != 1:
            raise ValueError(f"pool '{self.pool}': shares sum to {_sum(self.shares.values())}, not to 1")
        return self


def _sum(shares: Iterable[Decimal]) -> Decimal:
    # The usual 28 digits would round a sum that is almost 1.
    exact = Context(prec=1_000)
    return reduce(exact.add, shares, Decimal(0))


class _AllocationFile(Strict):
    rule: tuple[Rule, ...] = ()
    shared: tuple[Pool, ...] = ()
    drivers: dict[str, Name] = Field(default={})


@dataclass(frozen=True, slots=True)
class Rules:
    """The whole of allocation.toml; an absent file is `Rules()`."""

    rules: tuple[Rule, ...] = ()
    pools: tuple[Pool, ...] = ()
    drivers: Mapping[str, str] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the FOCUS columns and Tags.<key> that rules look at, sorted."""
        return tuple(sorted({key for rule in self.rules for key in rule.when}))

    @property
    def default_driver(self) -> str:
        """Return the driver for categories without one of their own."""
        return (self.drivers or {}).get("default", DEFAULT_DRIVER)

    def driver_of(self, category: str | None) -> str:
        """Return the driver that splits a service category between tiers."""
        if category is None or category == "default":
            return self.default_driver
        return (self.drivers or {}).get(category, self.default_driver)

    def tier_drivers(self) -> frozenset[str]:
        """Return every driver that can split a product line between tiers, the default one among them."""
        return frozenset({self.default_driver} | set((self.drivers or {}).values()))

    def named_drivers(self) -> tuple[str, ...]:
        """Return every driver that can decide, sorted: those the file names and the default one."""
        return tuple(sorted({pool.driver for pool in self.pools if pool.driver} | self.tier_drivers()))


def load_rules(path: Path) -> Rules:
    """Return the checked rules. Raises UsageProblem with file, rule and remedy."""
    file = check(_AllocationFile, load_toml(path), path)
    pools = [pool.pool for pool in file.shared]
    for number, name in enumerate(pools):
        if name in pools[:number]:
            raise UsageProblem(
                f"Pool '{name}' is defined twice",
                where=f"{shown(path)}, shared[{number + 1}]",
                fix="keep one [[shared]]",
            )
    for number, rule in enumerate(file.rule, start=1):
        if rule.shared is not None and rule.shared not in pools:
            raise UsageProblem(
                f"Rule {number} sends cost to an unknown pool '{rule.shared}'",
                where=f"{shown(path)}, rule[{number}]",
                why="no [[shared]] defines it",
                fix=nearest(rule.shared, pools) if pools else f'add [[shared]] with pool = "{rule.shared}"',
            )
    drivers = {category: column.lower() for category, column in file.drivers.items()}
    return Rules(file.rule, file.shared, drivers)
