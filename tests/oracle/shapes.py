"""What a random company is like: the choices that the generator draws or a test fixes."""

from __future__ import annotations

import random
from dataclasses import dataclass, fields
from typing import Any

PROVIDERS = ["Alpha", "Beta", "Gamma"]
SERVICES: list[tuple[str | None, str | None]] = [
    ("Amazon EC2", "Compute"),
    ("Amazon S3", "Storage"),
    ("Amazon CloudFront", "Networking"),
    ("A b", "Databases"),
    ("a-b", "Compute"),
    ("日本", "Storage"),
    ("---", None),
    (None, "Compute"),
]
CATEGORIES = ["Usage"] * 7 + ["Purchase", "Tax", "Credit", "Adjustment"]
PLAIN_LINES = ["web", "search", "mail"]
HOSTILE_LINES = [
    "A b",
    "a-b",
    "日本",
    "---",
    "caf\u00e9",
    "cafe\u0301",
    "\ufb01le",
    "file",
    "unallocated",
    "unused_commitment",
    "platform",
    "NA",
    'it\'s, "quoted"',
]
DRIVERS = ["requests", "storage_gb", "egress_gb"]


@dataclass(frozen=True)
class Shape:
    """One company's features."""

    months: tuple[str, ...]
    providers: int
    currency: str
    billing_currencies: tuple[str, ...]
    default_currency: bool
    basis: str
    corrections: str
    spread: str
    exclude_categories: tuple[str, ...] | None
    min_users: int
    formats: tuple[str, ...]
    deliveries: bool
    repeated_files: bool
    tags: bool
    product_tag: str
    environment_tag: str
    account_tag: str
    lines: tuple[str, ...]
    tagged_lines: tuple[str, ...]
    active_lines: tuple[str, ...]
    drivers: tuple[str, ...]
    people: str
    users: int
    subscriptions: bool
    default_tier: str
    allocation: bool
    unused_commitment: str
    steady: bool  # the same few things are bought in every month, with amounts and quantities above 0


def draw(rng: random.Random, fixed: dict[str, Any]) -> Shape:
    """Draw every feature (so that fixing one leaves the others as they were) and apply the fixed ones."""
    unknown = fixed.keys() - {field.name for field in fields(Shape)}
    if unknown:
        raise TypeError(f"unknown features: {sorted(unknown)}")
    first = rng.choice([1, 2, 6, 11])
    names = [f"2024-{first + i:02d}" if first + i < 13 else f"2025-{first + i - 12:02d}" for i in range(4)]
    lines = rng.sample(rng.choice([PLAIN_LINES, HOSTILE_LINES]), rng.choice([1, 2, 3, 3]))
    currencies = rng.choice([("USD",), ("USD", "EUR"), ("EUR", "JPY", "USD")])
    drawn: dict[str, Any] = {
        "months": tuple(names[: rng.randrange(2, 5)]),
        "providers": rng.randrange(1, 4),
        "currency": rng.choice(["USD", "USD", "EUR"]),
        "billing_currencies": currencies,
        "default_currency": rng.random() < 0.3,
        "basis": rng.choice(["effective", "effective", "billed"]),
        "corrections": rng.choice(["restated", "as_booked"]),
        "spread": rng.choice(["days", "days", "start"]),
        "exclude_categories": rng.choice(
            [None, None, (), ("Tax",), ("Tax", "Credit", "Adjustment"), ("Purchase", "Credit")]
        ),
        "min_users": rng.choice([1, 1, 5, 20]),
        "formats": rng.choice([("csv",), ("csv", "csv.gz", "parquet"), ("parquet",)]),
        "deliveries": rng.random() < 0.4,
        "repeated_files": rng.random() < 0.4,
        "tags": rng.random() < 0.9,
        "product_tag": rng.choice(["product", "product", "Product Line"]),
        "environment_tag": rng.choice(["env", "stage"]),
        "account_tag": rng.choice(["account_id", "tenant"]),
        "lines": tuple(lines),
        "tagged_lines": tuple(lines[: rng.choice([1, 2, 3, 3])]),
        "active_lines": tuple(lines[-rng.choice([1, 2, 3, 3]) :]),
        "drivers": tuple(sorted(rng.sample(DRIVERS, rng.randrange(0, 4)))),
        "people": rng.choice(["users", "users", "users", "aggregate"]),
        "users": rng.choice([1, 3, 12, 30]),
        "subscriptions": rng.random() < 0.75,
        "default_tier": rng.choice(["free", "free", "paid"]),
        "allocation": rng.random() < 0.8,
        "unused_commitment": rng.choice(["split", "split", "pool"]),
        "steady": False,
    }
    return Shape(**{**drawn, **fixed})
