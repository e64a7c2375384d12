"""Random report.toml and allocation.toml."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from itertools import pairwise

from .shapes import DRIVERS, Shape

POOLS = ["platform", "web", "Zz pool"]


def toml(value: object) -> str:
    """One TOML value; JSON text is TOML for the texts and lists used here."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{toml(key)} = {toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml(each) for each in value) + "]"
    if isinstance(value, Decimal):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def report_toml(shape: Shape, rng: random.Random) -> str:
    """report.toml of a company of this shape."""
    people = 'aggregate = "raw/people/*"' if shape.people == "aggregate" else 'path = "raw/activity/**/*"'
    lines = [
        "[report]",
        'company = "Random Company"',
        f"currency = {toml(shape.currency)}",
        f"min_users = {shape.min_users}",
        'as_of = "2026-01-15"',
        "[costs]",
        f"paths = {toml([rng.choice(['raw/focus/**/*', 'raw/focus'])])}",
        f"basis = {toml(shape.basis)}",
        f"product_tag = {toml(shape.product_tag)}",
        f"environment_tag = {toml(shape.environment_tag)}",
        f"account_tag = {toml(shape.account_tag)}",
        f"corrections = {toml(shape.corrections)}",
        f"spread = {toml(shape.spread)}",
    ]
    if shape.default_currency:
        lines.append(f"defaults = {toml({'BillingCurrency': shape.billing_currencies[0]})}")
    if shape.exclude_categories is not None:
        lines.append(f"exclude_categories = {toml(shape.exclude_categories)}")
    lines += ["[fx]", 'path = "fx.csv"', "[activity]", people]
    if shape.subscriptions:
        default_tier = f"default_tier = {toml(shape.default_tier)}"
        lines += ["[subscriptions]", 'path = "raw/subscriptions/*"', default_tier]
    lines += ["[allocation]", f"unused_commitment = {toml(shape.unused_commitment)}"]
    if shape.allocation:
        lines.append('path = "allocation.toml"')
    return "\n".join(lines) + "\n"


def allocation_toml(shape: Shape, rng: random.Random) -> str:
    """allocation.toml with rules of every kind, pools of every method and drivers by category."""
    blocks = [_rule(shape, rng) for _ in range(rng.randrange(0, 7))]
    blocks += [_pool(pool, shape, rng) for pool in POOLS]
    if rng.random() < 0.7:
        drivers = {"default": rng.choice([*DRIVERS, "requests"])} if rng.random() < 0.7 else {}
        drivers |= {each: rng.choice(DRIVERS) for each in ("Storage", "Networking") if rng.random() < 0.6}
        blocks.append("[drivers]\n" + "".join(f"{key} = {toml(each)}\n" for key, each in drivers.items()))
    return "\n".join(blocks)


def _rule(shape: Shape, rng: random.Random) -> str:
    when = dict(rng.sample(_conditions(shape, rng), rng.choice([1, 1, 2])))
    text = f"[[rule]]\nwhen = {toml(when)}\n"
    effect = rng.choice(["product_line", "shared", "shared", "out_of_scope", ""])
    if effect:
        names = {"product_line": [*shape.lines, "ruled"], "shared": POOLS, "out_of_scope": ["elsewhere"]}
        text += f"{effect} = {toml(rng.choice(names[effect]))}\n"
    if not effect or rng.random() < 0.3:
        text += f"environment = {toml(rng.choice(['prod', 'dev', 'PROD', 'production']))}\n"
    return text


def _conditions(shape: Shape, rng: random.Random) -> list[tuple[str, object]]:
    services: list[object] = ["Amazon EC2", "Amazon*", ["日本", "a-b"], ["A*", "---"], "amazon*"]
    return [
        ("ServiceName", rng.choice(services)),
        ("ServiceCategory", rng.choice(["Storage", "Comp*", ["Databases", "Networking"]])),
        ("SubAccountId", rng.choice(["s-1", "s-*", ["t-1", "s-2"]])),
        ("RegionId", rng.choice(["eu-1", "us*"])),
        ("ChargeCategory", rng.choice(["Usage", "Purchase", ["Adjustment", "Tax"]])),
        ("CommitmentDiscountStatus", rng.choice(["Used", "Unused", "U*"])),
        ("BillingCurrency", rng.choice(["USD", "EUR"])),
        ("Tags.team", rng.choice(["core", "edge*", ["core", "edge-2"]])),
        (f"Tags.{shape.environment_tag}", rng.choice(["dev", "prod*", ["staging", "Prod"]])),
        (f"Tags.{shape.product_tag}", rng.choice(list(shape.lines))),
    ]


def _pool(name: str, shape: Shape, rng: random.Random) -> str:
    method = rng.choice(["proportional", "even", "fixed", "driver"])
    text = f"[[shared]]\npool = {toml(name)}\nmethod = {toml(method)}\n"
    if method == "fixed":
        text += f"shares = {toml(_shares(shape, rng))}\n"
    if method == "driver":
        text += f"driver = {toml(rng.choice(list(shape.drivers) or DRIVERS))}\n"
    return text


def _shares(shape: Shape, rng: random.Random) -> dict[str, Decimal]:
    """Shares that sum to 1 exactly, one of them for a line that may not exist."""
    names = [*shape.lines, "absent"] if rng.random() < 0.3 else list(shape.lines)
    cuts = sorted(rng.randrange(1001) for _ in names[1:])
    edges = [0, *cuts, 1000]
    parts = [high - low for low, high in pairwise(edges)]
    return {name: Decimal(part).scaleb(-3) for name, part in zip(names, parts, strict=True)}
