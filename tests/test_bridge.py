"""Why cost per user moved, against figures that were published or worked by hand."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest

from unitcost.metrics.bridge import bridge
from unitcost.metrics.cells import Bought, Key, MonthCells
from unitcost.metrics.estimate import ratio
from unitcost.metrics.lmdi import log_mean, rounded, shapley
from unitcost.metrics.moves import BARS, Bridge, Ends
from unitcost.metrics.owners import Kind
from unitcost.metrics.sides import Side, of_company, of_line
from unitcost.metrics.users import Use, Users
from unitcost.rules import Rules

ONE = 10**18
Tiers = Mapping[str, int]


def users(free: int, paid: int = 0, use: Tiers | None = None, lines: Tiers | None = None) -> Users:
    """So many users; `use` are requests of the line `app` by tier."""
    return Users(
        mau=free + paid,
        by_tier={"free": free, "paid": paid},
        by_line=dict(lines or {"app": free + paid}),
        multi_product=0,
        switched=0,
        user_months=None,
        registered=None,
        tenancy=None,
        use={("app", t): Use(0, {"requests": n}) for t, n in (use or {"free": free, "paid": paid}).items()},
        line_drivers={},
        lines=frozenset(lines or {"app"}),
    )


def bought(
    cost: str,
    quantity: str = "1",
    *,
    sku: str = "s",
    unit: str = "Hours",
    currency: str = "USD",
    own: str = "",
    part: str = "cell",
    kind: Kind = Kind.PRODUCT_LINE,
    owner: str = "app",
) -> Bought:
    """A row of a month: usage of one SKU by the line `app` for `cost` in all."""
    key = Key("AWS", sku, unit, "here", currency)
    return Bought(key, part, kind, owner, "EC2", None, Decimal(cost), Decimal(own or cost), Decimal(quantity))


def month(
    rows: list[Bought], who: Users, days: int = 30, pools: Mapping[str, Mapping[str, str]] | None = None
) -> MonthCells:
    """A month of these rows."""
    shared = {(Kind.SHARED, name): {k: Decimal(v) for k, v in to.items()} for name, to in (pools or {}).items()}
    return MonthCells(tuple(rows), who, days, shared, Rules())


def between(before: MonthCells, now: MonthCells, published: str = "", line: str = "") -> Bridge:
    """The bridge of the whole company, or of one product line."""
    sides = [of_line(m, line) if line else of_company(m) for m in (before, now)]
    costs = [cost_of(side) for side in sides]
    values = [ratio(cost.quantize(Decimal("1e-18")), side.users) for cost, side in zip(costs, sides, strict=True)]
    ends = Ends(*values, *costs, Decimal(published) if published else None)
    found = bridge(*sides, ends, month="2024-05", against="2024-04", currency="USD", lines=bool(line))
    assert sum(found.bars.values()) == found.total
    assert found.residual is not None
    assert found.level is not None
    assert abs(found.residual) <= Decimal("1e-12") * found.level
    return found


def cost_of(side: Side) -> Decimal:
    """All that a side costs."""
    rest = [amount * side.share[key.pool] for part in (side.fixed, side.unquantified) for key, amount in part.items()]
    return sum([*side.costs.values(), *rest], Decimal(0))


def bars(found: Bridge, places: int = 6) -> dict[str, str]:
    """The bars that are not 0, rounded."""
    return {name: f"{value:.{places}f}" for name, value in found.bars.items() if value}


# Two tiers


def two_tiers(shares: tuple[int, int], use: tuple[str, str], prices: tuple[str, str]) -> MonthCells:
    """Free and paid users with a SKU each, bought at so much a unit; 100 users."""
    amounts = [Decimal(u) * n for u, n in zip(use, shares, strict=True)]
    rows = [
        bought(str(q * Decimal(p)), str(q), sku=tier, owner=tier)
        for q, p, tier in zip(amounts, prices, ("free", "paid"), strict=True)
    ]
    who = users(*shares)
    by_line = {(tier, tier): Use(0, {"requests": ONE}) for tier in ("free", "paid")}
    return month(rows, Users(**{**{f: getattr(who, f) for f in who.__slots__}, "use": by_line}))


def test_the_worked_example_of_two_tiers() -> None:
    """Shares .95/.05 → .93/.07, usage 10/60 → 9/66, price .30 → .28: 3.7500 → 3.6372."""
    found = between(two_tiers((95, 5), ("10", "60"), (".30", ".30")), two_tiers((93, 7), ("9", "66"), (".28", ".28")))
    assert (found.before, found.now) == (Decimal("3.75"), Decimal("3.6372"))
    assert bars(found) == {"rate": "-0.253444", "usage": "-0.169326", "mix": "0.309970"}


def test_simpson() -> None:
    """Free 1.00 → 0.90 and paid 10 → 9.5 both fell, paid went from 10 % to 20 %: 1.90 → 2.62."""
    found = between(two_tiers((90, 10), ("1", "1"), ("1", "10")), two_tiers((80, 20), ("1", "1"), (".9", "9.5")))
    assert (found.before, found.now) == (Decimal("1.9"), Decimal("2.62"))
    assert bars(found) == {"rate": "-0.156913", "mix": "0.876913"}


# Formulas


@pytest.mark.parametrize(
    ("a", "b", "mean"),
    [
        ("2", "1", "1.442695"),
        ("1", "2", "1.442695"),
        ("5", "5", "5.000000"),
        ("7", "0", "0.000000"),
        ("0", "7", "0.000000"),
        ("1000000.000001", "1000000", "1000000.000000"),
    ],
)
def test_the_logarithmic_mean(a: str, b: str, mean: str) -> None:
    """1 ÷ ln 2 for 2 and 1, the number itself for equal ones, 0 with 0, and no loss of digits close to equality."""
    assert f"{log_mean(Decimal(a), Decimal(b)):.6f}" == mean


def test_close_numbers_have_the_mean_of_their_series() -> None:
    """L(b(1+ε), b) = b(1 + ε/2 − ε²/12 …): for ε = 1e-9 that is 1 + 5e-10 − 8.33e-20."""
    found = log_mean(Decimal("1.000000001"), Decimal(1))
    assert f"{found:.22f}" == "1.0000000004999999999167"


def test_the_two_sectors_of_ang() -> None:
    """Energy 30, 20 → 40, 24 and output 10, 40 → 20, 60: activity 26.6491, structure 6.3407, intensity −18.9898."""
    sums = {"activity": Decimal(0), "structure": Decimal(0), "intensity": Decimal(0)}
    for (e0, e1), (q0, q1) in zip([(30, 40), (20, 24)], [(10, 20), (40, 60)], strict=True):
        mean = log_mean(Decimal(e1), Decimal(e0))
        sums["activity"] += mean * (Decimal(80) / 50).ln()
        sums["structure"] += mean * (Decimal(q1) / 80 / (Decimal(q0) / 50)).ln()
        sums["intensity"] += mean * (Decimal(e1) / q1 / (Decimal(e0) / q0)).ln()
    assert [f"{value:.4f}" for value in sums.values()] == ["26.6491", "6.3407", "-18.9898"]


def test_shapley_of_the_two_sectors() -> None:
    """The same data: 27.225, 6.550, −19.775."""
    d = Decimal
    one = shapley((d(50), d(10) / 50, d(3)), (d(80), d(20) / 80, d(2)))
    two = shapley((d(50), d(40) / 50, d(20) / 40), (d(80), d(60) / 80, d(24) / 60))
    assert [f"{a + b:.3f}" for a, b in zip(one, two, strict=True)] == ["27.225", "6.550", "-19.775"]


def test_left_over_units_go_to_the_largest_rounding_errors() -> None:
    """Three bars of 0.4 units make 1 unit: each rounds to 0 and the first by name takes it; so with 0.4, 0.3, 0.3."""
    unit = Decimal("1e-12")
    third = {name: unit * Decimal("0.4") for name in "cab"}
    assert rounded(third, unit) == {"c": 0, "a": unit, "b": 0}
    assert (
        rounded({"a": unit * Decimal("0.3"), "b": unit * Decimal("0.4"), "c": unit * Decimal("0.3")}, unit)["b"] == unit
    )
    assert rounded({name: -value for name, value in third.items()}, -unit) == {"c": 0, "a": -unit, "b": 0}


# Special cases


def test_only_more_users_dilute_a_fixed_amount() -> None:
    """20,000 and 1 a user, users 10,000 → 12,000: 3.0000 → 2.6667, all −0.3333 in dilution."""
    a = month([bought("20000", part="fixed", sku="fee"), bought("10000", "10000")], users(10_000))
    b = month([bought("20000", part="fixed", sku="fee"), bought("12000", "12000")], users(12_000))
    assert bars(between(a, b), 4) == {"dilution": "-0.3333"}


def test_a_changed_fixed_amount_and_more_users() -> None:
    """1000 → 1200 over 100 → 120 users: (200 × (1/100 + 1/120)/2) = 1.8333 and −1.8333."""
    a = month([bought("1000", part="fixed")], users(100))
    b = month([bought("1200", part="fixed")], users(120))
    assert bars(between(a, b), 4) == {"fixed": "1.8333", "dilution": "-1.8333"}


def test_a_new_service_is_neither_rate_nor_usage() -> None:
    """10 → 11 units at .3 is usage +.3; a new SKU of 4 units at .5 is +2."""
    a = month([bought("300", "1000")], users(100))
    b = month([bought("330", "1100"), bought("200", "400", sku="new")], users(100))
    found = between(a, b)
    assert bars(found, 4) == {"usage": "0.3000", "new_retired": "2.0000"}
    assert found.skus_changed


def test_few_new_skus_are_no_news() -> None:
    """Usage +3 and new +0.9: 0.9 is less than 30 % of 3.9."""
    a = month([bought("300", "1000")], users(100))
    b = month([bought("600", "2000"), bought("90", "400", sku="new")], users(100))
    found = between(a, b)
    assert bars(found, 4) == {"usage": "3.0000", "new_retired": "0.9000"}
    assert not found.skus_changed


def test_a_negative_cell_is_a_bar_of_its_own() -> None:
    """A refund larger than the use, −50 in one month and 100 in the other: 1.5 a user, and no logarithm."""
    a = month([bought("100"), bought("300", sku="t")], users(100))
    b = month([bought("-50"), bought("300", sku="t")], users(100))
    assert bars(between(a, b), 4) == {"negative": "-1.5000"}
    assert bars(between(b, a), 4) == {"negative": "1.5000"}


def test_usage_without_quantity_is_unquantified() -> None:
    """100 → 150 over 100 users."""
    a = month([bought("100", part="unquantified")], users(100))
    b = month([bought("150", part="unquantified")], users(100))
    assert bars(between(a, b), 4) == {"unquantified": "0.5000"}


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("Hours", {"month_length": "0.3226"}),
        ("GB-Mo", {"usage": "0.3226"}),
        ("1 GB/Month", {"usage": "0.3226"}),
        ("Licence months", {"usage": "0.3226"}),
        ("Moves", {"month_length": "0.3226"}),
        ("Metric-MO", {"usage": "0.3226"}),
    ],
)
def test_a_longer_month_is_no_use(unit: str, expected: dict[str, str]) -> None:
    """300 hours a day for 30 and for 31 days at 1 cent; a unit that counts months already has the days in it."""
    a = month([bought("9000", "900000", unit=unit)], users(930), days=30)
    b = month([bought("9300", "930000", unit=unit)], users(930), days=31)
    assert bars(between(a, b), 4) == expected


def test_the_rate_of_conversion_is_its_own_bar() -> None:
    """100 EUR in both months at 1.10 and 1.21 over 10 users: 11 → 12.1, the price in euros stayed."""
    a = month([bought("110", "50", currency="EUR", own="100")], users(10))
    b = month([bought("121", "50", currency="EUR", own="100")], users(10))
    assert bars(between(a, b), 4) == {"fx": "1.1000"}


def test_another_currency_is_another_cell() -> None:
    """The same SKU billed in euros and then in dollars: retired 11 and new 10."""
    a = month([bought("110", "50", currency="EUR", own="100")], users(10))
    b = month([bought("100", "50")], users(10))
    assert bars(between(a, b), 4) == {"new_retired": "-1.0000"}


def test_a_tier_without_users_in_one_month_has_no_mix() -> None:
    """Nobody paid in the first month, although half of the requests came from the paid tier: all of it is usage."""
    a = month([bought("100", "100")], users(10, 0, {"free": 1, "paid": 1}))
    b = month([bought("200", "200")], users(10, 10, {"free": 1, "paid": 1}))
    # Free: 5 → 5 a user, users 10 → 10 of 20: mix 5 ln ½ · …; worked: v = 50/10 → 100/20, both 5, so L = 5.
    # mix = 5 · ln(½) = −3.4657, usage = 5 · ln 2. Paid: U_t/U = 1, nothing moved.
    assert bars(between(a, b), 4) == {"usage": "3.4657", "mix": "-3.4657"}


def test_what_was_published_before_is_restated() -> None:
    """Published 3.00, now computed 3.20, and 3.50 this month: +0.20 restated, +0.30 by usage, +0.50 in all."""
    a, b = (month([bought(c, c)], users(100)) for c in ("320", "350"))
    found = between(a, b, published="3.00")
    assert bars(found, 4) == {"usage": "0.3000", "restatement": "0.2000"}
    assert found.total == Decimal("0.5")


# Product lines


def test_a_changed_share_of_a_pool_is_allocation() -> None:
    """A pool of 100 in both months, of which the line takes half and then three quarters: 5 → 7.5 a user."""
    pool = bought("100", "10", kind=Kind.SHARED, owner="platform")
    a = month([pool], users(10), pools={"platform": {"app": "0.5", "web": "0.5"}})
    b = month([pool], users(10), pools={"platform": {"app": "0.75", "web": "0.25"}})
    assert bars(between(a, b, line="app"), 4) == {"allocation": "2.5000"}
    assert bars(between(a, b)) == {}


@pytest.mark.parametrize("part", ["fixed", "unquantified", "cell"])
def test_a_line_that_joins_a_pool(part: str) -> None:
    """The line took nothing of 100 and then a half: 5 a user, whatever the pool is made of."""
    pool = bought("100", "10", kind=Kind.SHARED, owner="platform", part=part)
    rest = bought("10")
    a = month([pool, rest], users(10), pools={"platform": {"web": "1"}})
    b = month([pool, rest], users(10), pools={"platform": {"app": "0.5", "web": "0.5"}})
    assert bars(between(a, b, line="app"), 4) == {"allocation": "5.0000"}


def test_a_dearer_pool_is_rate_for_a_line() -> None:
    """A pool of 100 becomes 110 for the same quantity and the line keeps its half: 0.5 a user."""
    a, b = (
        month([bought(c, "10", kind=Kind.SHARED, owner="platform")], users(10), pools={"platform": {"app": "0.5"}})
        for c in ("100", "110")
    )
    assert bars(between(a, b, line="app"), 4) == {"rate": "0.5000"}


def test_a_refunded_pool_keeps_its_share_apart() -> None:
    """−20 → −40 with shares ½ → 1 over 10 users: −1 → −4; share −(2+4)/2 · ½ = −1.5, amount −2 · ¾ = −1.5."""
    a = month([bought("-20", kind=Kind.SHARED, owner="p")], users(10), pools={"p": {"app": "0.5", "web": "0.5"}})
    b = month([bought("-40", kind=Kind.SHARED, owner="p")], users(10), pools={"p": {"app": "1"}})
    assert bars(between(a, b, line="app"), 4) == {"negative": "-1.5000", "allocation": "-1.5000"}


def test_no_bar_is_missing() -> None:
    """Every bar has a value, be it 0, and product lines have one more."""
    a, b = (month([bought("100")], users(n)) for n in (100, 110))
    assert tuple(between(a, b).bars) == BARS
    assert set(between(a, b, line="app").bars) - set(BARS) == {"allocation"}
