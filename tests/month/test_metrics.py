"""The engine's small parts against figures worked by hand."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unitcost.inputs.rules import Rule, Rules
from unitcost.month.breakdown import BridgeStep, largest_with_rest, scope_bridge
from unitcost.month.double_count import counted_twice
from unitcost.month.owners import OwnerKind, Scope, assign
from unitcost.month.users import Profile, from_profiles
from unitcost.numbers.estimate import plain, ratio
from unitcost.numbers.slugs import slugs
from unitcost.numbers.split import split
from unitcost.publishing.status import Invoiced, status_of
from unitcost.warehouse.marks import Mark
from unitcost.warehouse.rows import SpendRow

SCOPE = Scope("effective", ("Tax", "Credit"), ("ServiceName",))


def row(**changes: object) -> SpendRow:
    """A row of 10 billed and effective, usage of EC2 by AWS, without tags."""
    values: dict[str, object] = dict.fromkeys(SpendRow._fields, 0)
    values |= dict.fromkeys(("seller", "publisher", "issuer", "sub_account", "sub_account_name"), None)
    values |= dict.fromkeys(
        ("service_category", "commitment_status", "product_tag", "environment_tag", "account_tag"), None
    )
    values |= {"provider": "AWS", "billing_start": dt.datetime(2024, 5, 1), "billing_account": "1", "currency": "USD"}
    values |= {"charge_category": "Usage", "service": "EC2", "rule_values": ("EC2",), "rows": 1, "example": None}
    values |= dict.fromkeys(("billed", "booked", "effective", "billed_own"), Decimal(10))
    return SpendRow(**{**values, **changes})  # type: ignore[arg-type]


def test_left_over_units_go_to_the_largest_remainders() -> None:
    """10 by 1 : 1 : 4 is 1.67, 1.67, 6.67: floors 1, 1, 6; the two left go to a and b, tied and first by name."""
    assert split(10, {"c": 4, "b": 1, "a": 1}) == {"a": 2, "b": 2, "c": 6}


def test_a_negative_total_splits_like_its_opposite() -> None:
    """Refunds follow the same shares with the sign put back."""
    assert split(-10, {"c": 4, "b": 1, "a": 1}) == {"a": -2, "b": -2, "c": -6}


def test_negative_weights_count_as_nothing_and_no_weight_is_no_split() -> None:
    """A line with a negative cost takes nothing; where nobody weighs anything, nobody takes anything."""
    assert split(7, {"a": -5, "b": 1}) == {"a": 0, "b": 7}
    assert split(7, {"a": -5, "b": 0}) is None
    assert split(7, {}) is None


def test_ties_go_by_bytes_not_by_alphabet() -> None:
    """'Z' (0x5A) sorts before 'a' (0x61), and 'ä' (0xC3…) after both."""
    assert split(1, {"ä": 1, "a": 1, "Z": 1}) == {"Z": 1, "a": 0, "ä": 0}


@given(st.integers(-(10**40), 10**40), st.dictionaries(st.text(max_size=3), st.integers(-9, 10**30), max_size=6))
def test_parts_sum_to_the_total_whatever_it_is(total: int, weights: dict[str, int]) -> None:
    """Nothing is lost and nothing invented, and no part lies a unit away from its share."""
    parts = split(total, weights)
    if parts is None:
        assert not any(weight > 0 for weight in weights.values())
        return
    whole = sum(weight for weight in weights.values() if weight > 0)
    assert sum(parts.values()) == total
    assert all(abs(parts[n] - Fraction(total * max(w, 0), whole)) < 1 for n, w in weights.items())


def test_ratios_are_rounded_once_half_even() -> None:
    """1 ÷ 3 at 12 places; an exact half goes to the even neighbour."""
    assert ratio(1, 3) == Decimal("0.333333333333")
    assert ratio(Fraction(5, 10**13), 1) == 0
    assert ratio(Fraction(15, 10**13), 1) == Decimal("0.000000000002")
    assert plain(ratio(52_200, 10_000)) == "5.22"
    assert plain(Decimal("-0.00")) == "0"


def test_slugs_are_short_unique_and_stable() -> None:
    """The first name by bytes keeps the plain slug; a clash and an empty one get six digits of their sha256."""
    found = slugs(["a-b", "A b", "日本", "Ünï"])
    assert found["A b"] == "a-b"
    assert found["a-b"].startswith("a-b-")
    assert len(found["a-b"]) == 10
    assert found["日本"].startswith("-")
    assert found["Ünï"] == "n"


@pytest.mark.parametrize(
    ("changes", "kind", "owner"),
    [
        ({}, OwnerKind.UNALLOCATED, "unallocated"),
        ({"product_tag": "web"}, OwnerKind.PRODUCT_LINE, "web"),
        ({"product_tag": "web", "commitment_status": "Unused"}, OwnerKind.UNUSED, "unused_commitment"),
        ({"product_tag": "web", "rule_values": ("CDN",)}, OwnerKind.SHARED, "platform"),
        ({"charge_category": "Tax", "rule_values": ("Store",)}, OwnerKind.EXCLUDED, "Tax"),
        ({"commitment_status": "Unused", "rule_values": ("Store",)}, OwnerKind.OUT_OF_SCOPE, "marketplace"),
    ],
)
def test_every_row_has_one_owner(changes: dict[str, object], kind: OwnerKind, owner: str) -> None:
    """Excluded, out of scope, unused, rule, tag, nobody: in this order."""
    rules = Rules(
        (
            Rule(when={"ServiceName": "CDN"}, shared="platform"),
            Rule(when={"ServiceName": "Sto*"}, out_of_scope="marketplace"),
        )
    )
    [owned] = assign([row(**changes)], rules, SCOPE)
    assert (owned.kind, owned.owner) == (kind, owner)


def test_the_way_from_billed_to_scope_adds_up() -> None:
    """A purchase of 100 for later, 30 of covered use, 5 unused, tax 7 and a credit of −2: 37 are in scope."""
    money = {name: Decimal(amount) for name, amount in (("n0", 0), ("n30", 30), ("n5", 5), ("n7", 7), ("n100", 100))}
    zero, two = Decimal(0), Decimal(-2)

    def amounts(billed: Decimal, effective: Decimal) -> dict[str, object]:
        return {"billed": billed, "booked": effective, "effective": effective}

    rows = [
        row(charge_category="Purchase", marks=Mark.LATER_USE, **amounts(money["n100"], zero)),
        row(commitment_status="Used", **amounts(zero, money["n30"])),
        row(commitment_status="Unused", **amounts(zero, money["n5"])),
        row(charge_category="Tax", **amounts(money["n7"], money["n7"])),
        row(charge_category="Credit", **amounts(two, two)),
        row(**amounts(Decimal(2), Decimal(2))),
    ]
    steps = scope_bridge(assign(rows, Rules(), SCOPE), SCOPE)
    assert steps == [
        BridgeStep("Billed", Decimal(107), "total"),
        BridgeStep("Purchases for later use", Decimal(-100), "step"),
        BridgeStep("Use covered by commitments", Decimal(30), "step"),
        BridgeStep("Unused commitments", Decimal(5), "step"),
        BridgeStep("Effective", Decimal(42), "total"),
        BridgeStep("Tax", Decimal(-7), "step"),
        BridgeStep("Credits", Decimal(2), "step"),
        BridgeStep("In scope", Decimal(37), "total"),
    ]


def test_corrections_and_spread_charges_are_steps_of_their_own() -> None:
    """A refund of 3 that is 1 in effect, 12 spread to 4 in the month and 2 of another's, a step that cancels out."""

    def amounts(billed: int, booked: int, effective: int) -> dict[str, object]:
        return {"billed": Decimal(billed), "booked": Decimal(booked), "effective": Decimal(effective)}

    rows = [
        row(marks=Mark.CORRECTION, commitment_status="Used", **amounts(-3, -1, -1)),
        row(marks=Mark.SPREAD, **amounts(12, 12, 4)),
        row(marks=Mark.SPREAD, rows=0, commitment_status="Unused", **amounts(0, 0, 2)),
        row(commitment_status="Used", **amounts(1, 1, 1)),
        row(charge_category="Adjustment", **amounts(5, 5, 5)),
        row(rule_values=("Store",), **amounts(6, 8, 8)),
    ]
    rules = Rules((Rule(when={"ServiceName": "Store"}, out_of_scope="marketplace"),))
    scope = Scope("effective", ("Tax", "Adjustment"), SCOPE.rule_order)
    assert [(step.name, step.amount) for step in scope_bridge(assign(rows, rules, scope), scope)] == [
        ("Billed", Decimal(21)),
        ("Use covered by commitments", Decimal(0)),
        ("Corrections", Decimal(2)),
        ("Other differences", Decimal(2)),
        ("Charges spread over months", Decimal(-6)),
        ("Effective", Decimal(19)),
        ("Excluded: Adjustment", Decimal(-5)),
        ("Out of scope", Decimal(-8)),
        ("In scope", Decimal(6)),
    ]


@pytest.mark.parametrize("seed", range(50))
def test_any_way_from_billed_to_scope_adds_up(seed: int) -> None:
    """Totals and steps of random rows, by either basis, to the last of 18 decimals."""
    chance = random.Random(seed)

    def amount() -> Decimal:
        return Decimal(chance.choice((0, 0, chance.randint(-(10**30), 10**30)))).scaleb(-18)

    rows = [
        row(
            charge_category=chance.choice(("Usage", "Purchase", "Tax", "Credit", "Adjustment")),
            commitment_status=chance.choice((None, "Used", "Unused")),
            marks=chance.choice((0, Mark.LATER_USE, Mark.SPREAD, Mark.CORRECTION, Mark.CORRECTION | Mark.SPREAD)),
            rule_values=(chance.choice((None, "Store")),),
            rows=chance.randint(0, 3),
            billed=amount(),
            booked=amount(),
            effective=amount(),
        )
        for _ in range(chance.randint(0, 40))
    ]
    rules = Rules((Rule(when={"ServiceName": "Store"}, out_of_scope="marketplace"),))
    excluded = tuple(chance.sample(("Tax", "Credit", "Adjustment"), chance.randint(0, 3)))
    scope = Scope(chance.choice(("effective", "billed")), excluded, SCOPE.rule_order)
    steps = scope_bridge(assign(rows, rules, scope), scope)
    with localcontext(prec=100):
        level = steps[0].amount
        for step in steps[1:]:
            if step.kind == "total":
                assert step.amount == level, step.name
            else:
                level += step.amount
        assert steps[0].amount == sum((r.billed for r in rows), Decimal(0))
    assert len({step.name for step in steps}) == len(steps)


def test_user_months_follow_days_and_heads_the_last_day() -> None:
    """3 users of 10 days with 4 paid ones, last on paid; 2 of one free day: 1.2 + 0 paid, 1.8 + 2 free months."""
    profiles = [Profile("paid", 10, 4, 2, False, False, 3), Profile("free", 1, 0, 1, True, True, 2)]
    users = from_profiles(
        profiles, {"web": 5}, {}, registered=None, dedicated_accounts=frozenset({"acme"}), no_subscription=2
    )
    assert (users.mau, users.by_tier, users.switched, users.multi_product) == (5, {"free": 2, "paid": 3}, 3, 3)
    assert users.user_months == {"paid": Fraction(6, 5), "free": Fraction(19, 5)}
    assert users.tenancy is not None
    assert users.tenancy.users == 2


@pytest.mark.parametrize(
    ("providers", "day", "name", "said"),
    [
        ([Invoiced("AWS", 10, 0, 99, 0)], dt.date(2024, 5, 20), "final", "complete"),
        ([Invoiced("AWS", 10, 3, 99, 3)], dt.date(2024, 9, 1), "preliminary", "AWS (3 of 10 rows"),
        ([Invoiced("GCP", 10, 10, 99, 99)], dt.date(2024, 6, 9), "preliminary", "GCP (closes on 2024-06-10)"),
        ([Invoiced("GCP", 10, 10, 99, 99)], dt.date(2024, 6, 10), "final", "complete"),
        ([Invoiced("Gone", 0, 0, 99, 99)], dt.date(2024, 5, 2), "final", "complete"),
    ],
)
def test_a_month_is_final_when_every_provider_says_so(
    providers: list[Invoiced], day: dt.date, name: str, said: str
) -> None:
    """Invoice numbers where they are filled, the closing day where they never are."""
    status = status_of("2024-05", providers, day, 10)
    assert status.name == name
    assert said in status.reason


def test_a_vendor_sold_by_another_provider_is_found_beside_its_own_bill() -> None:
    """Datadog's bill and Datadog through AWS in one billing period are one too many; two periods are not."""
    own = row(provider="Datadog", publisher="Datadog")
    through = row(publisher="Datadog")
    later = row(publisher="Datadog", billing_start=dt.datetime(2024, 6, 1))
    plain_row = row(publisher="Amazon Web Services, Inc.")

    def found(*rows: SpendRow) -> list[tuple[str, str, str]]:
        return counted_twice(assign(rows, Rules(), SCOPE))

    assert found(own, through, plain_row) == [("Datadog", "2024-05", "AWS")]
    assert found(own, later, plain_row) == []
    assert found(through, plain_row) == []


def test_the_rest_is_exact() -> None:
    """What is not among the largest is summed, to the last digit."""
    amounts = {"a": Decimal(5), "b": Decimal("0.1"), "c": Decimal("0.000000000000000001"), "d": Decimal(-9)}
    assert largest_with_rest(amounts, 3, "Other") == {
        "d": Decimal(-9),
        "a": Decimal(5),
        "Other": Decimal("0.100000000000000001"),
    }
