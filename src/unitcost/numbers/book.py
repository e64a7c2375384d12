"""Findings as they are collected: each with its unit, its method, and a reason where there is no value."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from unitcost.numbers.estimate import Estimate, ratio
from unitcost.numbers.units import to_money

UNIT_COST = "20_cost_per_user"
USERS = "22_users"
Findings = dict[str, Estimate]


class Book:
    """Collects findings with their units; knows when a denominator is too small.

    `notebook` is the one that shows them. Money needs the `currency`, cost per user that and `min_users`, the fewest
    users it takes.
    """

    def __init__(self, currency: str = "", min_users: int = 0, notebook: str = UNIT_COST) -> None:
        self.findings: Findings = {}
        self.currency = currency
        self.min_users = min_users
        self.notebook = notebook

    def value(
        self, name: str, value: Decimal | None, unit: str, method: str, reason: str = "", *, label: str | None = None
    ) -> None:
        """Publish a number in `unit`, or null with the reason. Raises ValueError for null without one."""
        self.findings[name] = Estimate(
            value,
            unit,
            method=method,
            notebook=self.notebook,
            label=label,
            reason=reason if value is None else None,
        )

    def money(self, name: str, units: int, method: str, notebook: str, label: str | None = None) -> None:
        """Publish an amount in units of 1e-18."""
        self.findings[name] = Estimate(to_money(units), self.currency, method=method, notebook=notebook, label=label)

    def count(
        self,
        name: str,
        value: int | None,
        method: str,
        reason: str = "",
        *,
        label: str | None = None,
    ) -> None:
        """Publish a number of users, or null with the reason."""
        self.value(name, None if value is None else Decimal(value), "users", method, reason, label=label)

    def unknown(self, name: str, unit: str, method: str, reason: str, label: str | None = None) -> None:
        """Publish that a number cannot be known, and why."""
        self.value(name, None, unit, method, reason, label=label)

    def per_user(
        self,
        name: str,
        units: int,
        users: int | None,
        method: str,
        reason: str = "",
        *,
        label: str | None = None,
    ) -> None:
        """Publish units ÷ users, or null where the users are unknown or fewer than `min_users`."""
        unit = f"{self.currency}/user"
        if users is None:
            self.unknown(name, unit, method, reason, label)
        elif users < self.min_users:
            why = f"only {users} of the {self.min_users} users that a unit cost needs (min_users)"
            self.unknown(name, unit, method, why, label)
        else:
            self.value(name, ratio(Fraction(units, 10**18), users), unit, method, label=label)
