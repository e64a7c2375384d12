"""Published findings against a second computation that shares no code and no SQL with the first."""

from __future__ import annotations

import contextlib
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from material.three_lines import call

from oracle.companies import build
from oracle.exact import amount
from oracle.landing import plain
from oracle.oracle import findings, months
from oracle.reading import load_config

Findings = dict[str, dict[str, Any]]

COVERED = re.compile(
    r"(billed|effective|scope)_cost|cost\..+|reconciliation_gap|mau(\..+)?|user_months\..+|registered_users"
    r"|cost_per_user(\..+)?|cost_per_registered_user|(tag|allocation)_coverage|growth\..+|concentration\..+|bridge\..+"
    r"|revenue\..+|margin\..+|freemium\.(subsidy|paid_share|arpu|conversions|monthly_flow|cost_per_conversion)"
    r"|freemium\.(payback_months|mrr_per_paid_user|break_even_(serving_cost|paid_share(\.same_cost)?))"
)

SHAPES: list[dict[str, Any]] = [
    {"users": 1, "people": "users", "subscriptions": True},
    {"people": "aggregate", "min_users": 1},
    {"people": "aggregate", "subscriptions": False, "drivers": ("requests",), "allocation": True},
    {"basis": "billed", "corrections": "as_booked"},
    {"tags": False, "allocation": False},
    {"drivers": (), "people": "users", "tags": True},
    {"deliveries": True, "repeated_files": True},
    {"billing_currencies": ("EUR", "JPY", "USD"), "currency": "EUR", "formats": ("parquet",)},
    {"exclude_categories": (), "unused_commitment": "pool"},
    {"spread": "days", "corrections": "restated", "providers": 3, "min_users": 1},
    {
        "users": 30,
        "people": "users",
        "subscriptions": True,
        "min_users": 5,
        "drivers": ("egress_gb", "requests"),
    },
    *(
        {"steady": True, "people": "users", "users": users, "subscriptions": True, "min_users": 1, "spread": spread}
        for users, spread in ((12, "days"), (30, "start"), (30, "days"), (12, "days"))
    ),
    {
        "steady": True,
        "people": "users",
        "users": 30,
        "subscriptions": True,
        "min_users": 1,
        "currency": "USD",
        "billing_currencies": ("EUR",),
        "allocation": False,
    },
    {
        "lines": ("A b", "a-b", "日本", "---"),
        "tagged_lines": ("A b", "a-b", "---"),
        "active_lines": ("日本", "A b"),
    },
]


def published(folder: Path, month: str) -> Findings:
    """What `unitcost findings` prints for a company's month."""
    with contextlib.chdir(folder):
        code, out, err = call("findings", month, "--config", folder / "report.toml", "--json")
    assert code == 0, f"exit {code}\n{err[-2000:]}"
    found: Findings = json.loads(out)["findings"]
    return found


def differences(got: Findings, wanted: Findings) -> list[str]:
    """One line for every name, value, label, previous value or missing reason that differs."""
    covered = {name for name in got if COVERED.fullmatch(name)}
    lines = [f"{name}: published, not expected" for name in sorted(covered - wanted.keys())]
    for name, expected in sorted(wanted.items()):
        if name not in got:
            lines.append(f"{name}: not published, expected {expected['value']}")
            continue
        actual = {**got[name], "reason": got[name]["reason"] is not None}
        lines += [
            f"{name} {key}: published {actual[key]}, expected {expected[key]}"
            for key in ("value", "label", "previous", "reason")
            if actual[key] != expected[key]
        ]
    return lines


def money(found: Findings, name: str) -> int:
    """A money finding in units of 1e-18."""
    return amount(found[name]["value"])


def family(found: Findings, prefix: str) -> dict[str, str | None]:
    """Real names and values of the findings below a prefix that go by slug."""
    slug = re.compile(re.escape(prefix) + r"\.[^._]+")
    return {each["label"]: each["value"] for name, each in found.items() if slug.fullmatch(name)}


def check_identities(found: Findings, min_users: int) -> None:
    """What must hold in every month of every company, whoever computed it."""
    scope = money(found, "scope_cost")
    outside = sum(money(found, f"cost.{name}") for name in ("no_tier", "unused_commitment", "unallocated"))
    left = outside - money(found, "cost.no_tier")
    assert money(found, "cost.free") + money(found, "cost.paid") + outside == scope
    products = family(found, "cost.product")
    assert sum(amount(value) for value in products.values() if value) + left == scope
    assert money(found, "cost.cogs") + money(found, "cost.rnd") == scope
    assert found["reconciliation_gap"]["value"] == "0"
    assert products.keys() == family(found, "mau.product").keys()
    assert products.keys() == family(found, "cost_per_user.product").keys()
    if found["mau.multi_product"]["value"] is not None:
        _check_heads(found)
    _check_growth(found)
    _check_methods(found)
    _check_services(found, scope)
    for name, each in found.items():
        assert (each["value"] is None) == bool(each["reason"]), name
        assert not each["value"] or re.fullmatch(r"-?(0|[1-9]\d*)(\.\d*[1-9])?", each["value"]), name
    heads = found["mau"]["value"]
    assert (found["cost_per_user"]["value"] is None) == (heads is None or int(heads) < min_users)


def _check_heads(found: Findings) -> None:
    """Tiers and user-months add up to the active users; product lines overlap."""
    heads = int(found["mau"]["value"])
    tiers = ("free", "paid")
    assert sum(int(found[f"mau.{tier}"]["value"]) for tier in tiers) == heads
    assert sum(Decimal(found[f"user_months.{tier}"]["value"]) for tier in tiers) == heads
    lines = [int(value or 0) for value in family(found, "mau.product").values()]
    assert max(lines) <= heads <= sum(lines)
    assert int(found["mau.multi_product"]["value"]) <= sum(lines) - heads
    assert int(found["mau.switched_tier"]["value"]) <= heads


def _check_growth(found: Findings) -> None:
    """Groups add up to the users of both months, and a larger share of the users makes no smaller part of the use."""
    sizes = {name: found[f"growth.{name}"]["value"] for name in ("new", "retained", "resurrected", "lost")}
    if None not in sizes.values():
        new, retained, resurrected, lost = map(int, sizes.values())
        assert new + retained + resurrected == int(found["mau"]["value"])
        assert retained + lost >= 0
        if found["mau"]["previous"] is not None:
            assert retained + lost == int(found["mau"]["previous"])
    tops = [found[f"concentration.top_{top}"]["value"] for top in (1, 5, 10)]
    if None not in tops:
        shares = [Decimal(top) for top in tops]
        assert shares == sorted(shares)
        assert 0 <= shares[0] <= shares[-1] <= 1
        assert all(
            share >= Decimal(top) / 100 - Decimal("1e-12") for share, top in zip(shares, (1, 5, 10), strict=True)
        )


def _check_methods(found: Findings) -> None:
    """What is configured is one of the ways to split."""
    for name, each in found.items():
        if f"{name}.low_method" in found and each["value"] is not None:
            low, high = (Decimal(found[f"{name}.{end}_method"]["value"]) for end in ("low", "high"))
            assert low <= Decimal(each["value"]) <= high, name
    ends = {found[f"cost_per_user.{end}_method"]["value"] for end in ("low", "high")}
    assert ends == {found["cost_per_user"]["value"]}


def _check_services(found: Findings, scope: int) -> None:
    """Services, each rounded to 12 decimals, give the whole again."""
    services = family(found, "cost_per_user.service")
    if any(value is None for value in services.values()) or not services:
        return
    whole = sum(Decimal(value) for value in services.values() if value)
    heads = int(found["mau"]["value"])
    room = Decimal(heads * len(services)) * Decimal("1e-12")
    assert abs(whole * heads - Decimal(scope).scaleb(-18)) <= room


def compare(folder: Path, seed: int, **shape: Any) -> None:
    """Build a company and hold every month's published findings against the oracle's."""
    build(folder, seed, **shape)
    for month in months(plain(folder)):
        got = published(folder, month)
        assert differences(got, findings(plain(folder), month)) == [], f"company {seed}, {month}"
        check_identities(got, load_config(plain(folder)).min_users)


@pytest.mark.parametrize("number", range(len(SHAPES)))
def test_shaped_companies(tmp_path: Path, number: int) -> None:
    """Corners that a random draw meets too rarely are computed alike, text for text."""
    compare(tmp_path / "company", 1000 + number, **SHAPES[number])


@pytest.mark.parametrize("seed", range(10))
def test_random_companies(tmp_path: Path, seed: int) -> None:
    """Any company gives the same findings, text for text, as the row by row computation."""
    compare(tmp_path / "company", seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", [*range(10, 28), *range(100, 482)])
def test_many_random_companies(tmp_path: Path, seed: int) -> None:
    """The same over a long run of companies."""
    compare(tmp_path / "company", seed)


@pytest.mark.parametrize("seed", [3, 17])
def test_formats_do_not_matter(tmp_path: Path, seed: int) -> None:
    """CSV, compressed CSV and Parquet with text, decimals or doubles say the same as plain CSV."""
    folder = build(tmp_path / "company", seed, formats=("csv", "csv.gz", "parquet"), months=("2024-05", "2024-06"))
    assert published(folder, "2024-06") == published(plain(folder), "2024-06")


@pytest.mark.parametrize("seed", range(2000, 2060))
def test_identities_of_the_oracle(tmp_path: Path, seed: int) -> None:
    """The second computation loses no unit either."""
    folder = build(tmp_path / "company", seed, min_users=1)
    for month in months(plain(folder)):
        check_identities(findings(plain(folder), month), 1)
