"""Inputs of every mart with what may trip an engine: nulls, foreign texts, edges of months and of amounts."""

from __future__ import annotations

import random
from collections.abc import Callable

from unitcost.warehouse.engine import Connection

# The marts in an order in which each finds what it reads.
ORDER = (
    "cost_days", "cost_parts", "cost_cells", "cost_commitments", "cost_service_days", "spend", "cells", "commitments",
    "service_days", "days",
    "subscriptions_of_month", "dedicated_accounts",
    "dedicated_users", "other_tier_periods", "other_tier_days", "known_days", "user_lines", "line_users", "line_places",
    "active_users", "users", "profiles", "line_sets", "usage",
)  # fmt: skip
TEXTS = (None, "", " ", "Ä", "a", "Z", "ß", "日本", "it's", 'say "so"', "tab\there", "null", "1")
NAMES = tuple(text for text in TEXTS if text)
AMOUNTS = (
    None, "0", "-0.000000000000000001", "0.000000000000000001", "99999999999.999999999999999999",
    "-99999999999.000000000000000001", "1234567.891",
)  # fmt: skip
MOMENTS = (
    None, "2024-02-29 23:59:59.999999", "2024-03-01 00:00:00", "2024-03-31 23:00:00", "2024-11-03 01:30:00",
    "1970-01-01 00:00:00",
)  # fmt: skip
SUMMED = ("decimal(38, 18)", "decimal(20, 0)", "bigint")
DAYS = tuple(f"2024-03-{day:02d}" for day in range(1, 32))
PERIODS = (
    ("paid", "2023-12-31", "2024-03-01"),
    ("free", "2024-03-01", "2024-03-01"),
    ("paid", "2024-03-01", "2024-03-17"),
    ("free", "2024-03-17", "2024-03-31"),
    ("paid", "2024-03-31", "2024-06-01"),
    ("free", "2024-07-01", None),
)
WORDS = (
    "provider", "seller", "publisher", "issuer", "billing_account", "sub_account", "sub_account_name", "currency",
    "charge_category", "service", "service_category", "commitment_status", "product_tag", "environment_tag",
    "account_tag", "rule_0", "rule_1", "example", "description", "sku", "pricing_unit", "region",
    "commitment_id", "pricing_category",
)  # fmt: skip
COSTS = (
    dict.fromkeys(WORDS, "varchar")
    | dict.fromkeys(("billed", "booked", "effective", "billed_own", "effective_given"), "decimal(38, 18)")
    | dict.fromkeys(("own", "effective_own", "pricing_quantity", "quantity", "quantity_booked"), "decimal(38, 18)")
    | dict.fromkeys(("list", "contracted"), "decimal(38, 18)")
    | {"is_measured": "boolean", "correction": "boolean"}
    | {"content": "decimal(20, 0)", "marks": "integer", "counts": "integer", "month": "date"}
    | dict.fromkeys(("billing_start", "charge_start", "charge_end"), "timestamp")
)
PARTS = COSTS | {
    "rows": "bigint",
    "delivery": "varchar",
    "effective_rows": "bigint",
    "span": "varchar",
    "day": "date",
    "list_known": "boolean",
    "contracted_known": "boolean",
    "term_end": "timestamp",
}
ACTIVITY = {
    "date": "date",
    "user_id": "varchar",
    "product_line": "varchar",
    "requests": "decimal(38, 18)",
    "storage, in GB": "decimal(38, 18)",
}
SUBSCRIPTIONS = {
    "user_id": "varchar",
    "tier": "varchar",
    "started_on": "date",
    "ended_on": "date",
    "account_id": "varchar",
    "tenancy": "varchar",
}


def put_inputs(con: Connection) -> None:
    """Make every table that a mart reads and that is no mart."""
    chance = random.Random(11)
    makers: dict[str, Callable[[], object]] = {
        "varchar": lambda: chance.choice(TEXTS),
        "timestamp": lambda: chance.choice(MOMENTS),
        "date": lambda: chance.choice(DAYS),
        "decimal(38, 18)": lambda: chance.choice(AMOUNTS),
        "decimal(20, 0)": lambda: str(chance.getrandbits(64)),
        "integer": lambda: chance.randrange(5),
        "bigint": lambda: chance.randrange(5),
        "boolean": lambda: chance.random() < 0.5,
    }
    parts = ("parts", "part_cells", "part_commitments", "part_days", "part_service_days")
    shapes = {"cost_rows": COSTS} | dict.fromkeys(parts, PARTS)
    for table, columns in shapes.items():
        # Few different rows, each with many amounts, so that groups have something to add up.
        alike = [[makers[kind]() for kind in columns.values()] for _ in range(40)]
        rows = [
            [makers[kind]() if kind in SUMMED else value for kind, value in zip(columns.values(), row, strict=True)]
            for row in (chance.choice(alike) for _ in range(300))
        ]
        put(con, table, columns, rows)
    # Commitments look at use and purchases alone.
    con.execute(
        "update cost_rows set charge_category = case when counts % 2 = 0 then 'Usage' else 'Purchase' end"
        " where marks > 1"
    )
    bill = "select provider, billing_account, billing_start, max(delivery) as delivery from"
    con.execute(
        f"create or replace temp table bills as {bill} (from parts union all from part_cells"
        " union all from part_commitments union all from part_days union all from part_service_days)"
        " group by provider, billing_account, billing_start"
    )
    active = [
        [chance.choice(DAYS), chance.choice(NAMES), chance.choice(NAMES[:4]), chance.choice(AMOUNTS), None]
        for _ in range(500)
    ]
    put(con, "activity_rows", ACTIVITY, active)
    periods = [
        [user, *period, chance.choice(["acc", "Ä", None]), chance.choice(["shared", "shared", "dedicated"])]
        for user in NAMES[:-2]
        for period in PERIODS
    ]
    put(con, "subscriptions", SUBSCRIPTIONS, periods)
    con.execute(
        "create or replace temp table settings as select 'free' as default_tier, 'paid' as other_tier,"
        " date '2024-03-01' as first_day, date '2024-04-01' as next_month"
    )


def put(con: Connection, table: str, columns: dict[str, str], rows: list[list[object]]) -> None:
    """Make a table of rows."""
    kinds = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    con.execute(f"create or replace temp table {table} ({kinds})")
    con.executemany(f"insert into {table} values ({', '.join('?' for _ in columns)})", rows)
