"""Why cost per user moved, by figures worked on paper and by what must hold whatever the company."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unitcost.analyses.bridge.bridge import ALLOCATION, BARS, Bridge, bridge
from unitcost.month.cells import CellMonth, OwnedCell, Shares, cell_month
from unitcost.month.owners import OwnerKind
from unitcost.numbers.lmdi import log_mean, log_ratio, product_effects
from unitcost.warehouse.rows import CellRow

D = Decimal
SPREAD = D("0.000001")


def row(
    sku: str | None = "vm",
    cost: str | int | Decimal = 1,
    quantity: str | int | Decimal | None = 1,
    *,
    owner: str = "free",
    kind: OwnerKind = OwnerKind.PRODUCT_LINE,
    unit: str | None = "Hours",
    currency: str = "USD",
    own: str | int | Decimal | None = None,
    category: str = "Usage",
    status: str | None = None,
    service: str = "Compute",
) -> OwnedCell:
    """Return one row of cells; the owner is the tier that uses it, or 'none'."""
    amount, units = D(cost), None if quantity is None else D(quantity)
    is_measured = units is not None and units > 0
    own_cost = D(own) if own is not None else amount
    cells = CellRow("Cloud", sku, unit, "eu", currency, category, status, service, "Compute", None, is_measured, None,
                    amount, amount, own_cost, own_cost, units or D(0), units or D(0), 1, ())  # fmt: skip
    return OwnedCell(cells, kind, owner, amount, own_cost, units or D(0))


def by_owner(kind: OwnerKind, owner: str, category: str | None) -> Shares:
    """Return all of it to the tier that the owner is named after."""
    del kind, category
    return {owner if owner in ("free", "paid") else None: Fraction(1)}


def month(
    *rows: OwnedCell,
    users: int = 100,
    tiers: Mapping[str, int] | None = None,
    days: int = 30,
    counted: Callable[[OwnerKind, str, str | None], Fraction | None] | None = None,
) -> CellMonth:
    """Return a month in US dollars; without `tiers` all users are free."""
    return cell_month(
        rows,
        users=users,
        tier_users=tiers or {"free": users, "paid": 0},
        days=days,
        currency="USD",
        tiers=by_owner,
        counted=counted,
    )


def bars(found: Bridge) -> dict[str, Decimal]:
    """Return the bars that are not 0."""
    return {name: value for name, value in found.bars.items() if value}


def near(found: Mapping[str, Decimal], **wanted: str) -> None:
    """Compare bars to the sixth decimal, those not named with 0."""
    assert set(found) == set(wanted)
    for name, value in wanted.items():
        assert abs(found[name] - D(value)) < SPREAD, name


# Published figures


def test_activity_structure_intensity_of_the_usual_example() -> None:
    """Two sectors, E 30, 20 → 40, 24 and Q 10, 40 → 20, 60: 26.6491, 6.3407 and −18.9898 (additive LMDI-I)."""
    energy, output = ((40, 30), (24, 20)), ((20, 10), (60, 40))
    sums = dict.fromkeys(("activity", "structure", "intensity"), D(0))
    for (e1, e0), (q1, q0) in zip(energy, output, strict=True):
        logs = {
            "activity": log_ratio(D(80), D(50)),
            "structure": log_ratio(D(q1) / 80, D(q0) / 50),
            "intensity": log_ratio(D(e1) / q1, D(e0) / q0),
        }
        for name, effect in product_effects(D(e1), D(e0), logs).items():
            sums[name] += effect
    assert [round(value, 4) for value in sums.values()] == [D("26.6491"), D("6.3407"), D("-18.9898")]


def test_logarithmic_mean() -> None:
    """L(2, 1) = 1 ÷ ln 2, L(5, 5) = 5, and nothing breaks where both are nearly the same."""
    assert round(log_mean(D(2), D(1)), 6) == D("1.442695")
    assert log_mean(D(5), D(5)) == 5
    assert abs(log_mean(D("1000000.000001"), D(1000000)) - D("1000000.0000005")) < D("1e-12")


def test_free_and_paid_users() -> None:
    """Share .95/.05 → .93/.07, usage 10/60 → 9/66, price .30 → .28: 3.7500 → 3.6372."""
    before = month(row(cost=285, quantity=950), row(cost=90, quantity=300, owner="paid"), tiers={"free": 95, "paid": 5})
    now = month(
        row(cost="234.36", quantity=837), row(cost="129.36", quantity=462, owner="paid"), tiers={"free": 93, "paid": 7}
    )
    found = bridge(now, before)
    assert (found.before, found.now, found.total) == (D("3.75"), D("3.6372"), D("-0.1128"))
    near(bars(found), mix="0.309970", usage="-0.169326", rate="-0.253444")


def test_both_tiers_get_cheaper_and_the_mean_gets_dearer() -> None:
    """Simpson: free 1.00 → 0.90, paid 10 → 9.5, paid share 10 % → 20 %: 1.90 → 2.62."""
    before = month(row("f", 90, 90), row("p", 100, 10, owner="paid"), tiers={"free": 90, "paid": 10})
    now = month(row("f", 72, 80), row("p", 190, 20, owner="paid"), tiers={"free": 80, "paid": 20})
    near(bars(bridge(now, before)), mix="0.876913", rate="-0.156913")


# One case each


def test_fixed_cost_over_more_users_is_all_dilution() -> None:
    """20,000 a month and a dollar each: 10,000 → 12,000 users is 3.0000 → 2.6667."""
    before = month(row(cost=10000, quantity=10000), row(None, 20000, None, category="Purchase"), users=10000)
    now = month(row(cost=12000, quantity=12000), row(None, 20000, None, category="Purchase"), users=12000)
    found = bridge(now, before)
    assert found.bars["dilution"] == found.total == D("-0.333333333333")
    assert bars(found).keys() == {"dilution"}


def test_fixed_cost_that_changes_is_shared_between_amount_and_users() -> None:
    """100 → 300 over 10 → 20 users: amount 200 × (1/10 + 1/20) ÷ 2 = 15, users −1/20 × 400 ÷ 2 = −10."""
    fee = [month(row(None, cost, None, category="Purchase"), users=users) for cost, users in ((100, 10), (300, 20))]
    assert bars(bridge(fee[1], fee[0])) == {"fixed": D(15), "dilution": D(-10)}


def test_unused_commitments_are_fixed() -> None:
    """What is paid and not used has a quantity and is no usage."""
    found = bridge(month(row(cost=300, quantity=3, status="Unused")), month(row(cost=100, quantity=1, status="Unused")))
    assert bars(found) == {"fixed": D(2)}


@pytest.mark.parametrize("lacks", [{"sku": None}, {"unit": None}, {"quantity": None}, {"quantity": 0}])
def test_usage_that_cannot_be_measured_has_a_bar_of_its_own(lacks: dict[str, None]) -> None:
    """Without SKU, unit or quantity nobody knows a price."""
    before, now = (month(row(**({"cost": cost, "quantity": 1} | lacks))) for cost in (100, 150))  # type: ignore[arg-type]
    assert bars(bridge(now, before)) == {"unquantified": D("0.5")}


def test_new_and_retired_skus() -> None:
    """A SKU on one side only, or free of charge on one side, is neither rate nor usage."""
    before = month(row("old", 100), row("trial", 0, 5), row("zero", 0, 1))
    now = month(row("new", 150), row("trial", 30, 5), row("zero", 0, 9))
    found = bridge(now, before)
    assert bars(found) == {"new_retired": D("0.8")}
    assert found.skus_changed == 1


def test_cells_that_are_negative_in_a_month() -> None:
    """Refunds have no logarithm; their whole change is one bar."""
    found = bridge(month(row("a", -20), row("b", 30)), month(row("a", 50), row("b", -10)))
    assert bars(found) == {"negative": D("-0.3")}


def test_a_refund_of_one_owner_larger_than_the_use_of_another() -> None:
    """The SKU as a whole has no price then, so no part of it has."""
    now = month(row("a", 10, 1, owner="free"), row("a", -12, 1, owner="paid"))
    assert bars(bridge(now, month(row("a", 5, 1)))) == {"negative": D("-0.07")}


def test_short_months_and_monthly_units() -> None:
    """The same use each day is less in February; a gigabyte-month is the same in each."""
    day = [month(row(cost=days, quantity=days), days=days) for days in (31, 28)]
    assert bars(bridge(day[1], day[0])) == {"month_length": D("-0.03")}
    monthly = [month(row(cost=cost, quantity=cost, unit="GB-Mo"), days=days) for cost, days in ((31, 31), (28, 28))]
    assert bars(bridge(monthly[1], monthly[0])) == {"usage": D("-0.03")}


@pytest.mark.parametrize("unit", ["GB-Mo", "1 GB/Month", "License Months", "mo"])
def test_units_by_the_month(unit: str) -> None:
    """They are found as words."""
    found = bridge(month(row(cost=28, unit=unit), days=28), month(row(cost=28, unit=unit), days=31))
    assert bars(found) == {}


def test_a_unit_that_only_begins_like_a_month() -> None:
    """Mobile devices and modules are counted by the day."""
    found = bridge(month(row(unit="Mobile modules"), days=28), month(row(unit="Mobile modules"), days=31))
    assert bars(found).keys() == {"month_length", "usage"}


def test_cost_of_no_tier_and_of_a_tier_without_users() -> None:
    """Both take their users from all users, so there is no mix."""
    for owner, tiers in (("none", {"free": 60, "paid": 40}), ("paid", {"free": 100, "paid": 0})):
        before = month(row(cost=100, quantity=100, owner=owner), tiers={"free": 50, "paid": 50})
        now = month(row(cost=200, quantity=200, owner=owner), tiers=tiers)
        assert bars(bridge(now, before)) == {"usage": D(1)}


def test_exchange_rates_apart_from_prices() -> None:
    """100 euros at 1.10 → 100 euros at 1.20: no price and no use changed."""
    before = month(row(cost=110, own=100, quantity=5, currency="EUR"))
    now = month(row(cost=120, own=100, quantity=5, currency="EUR"))
    assert bars(bridge(now, before)) == {"fx": D("0.1")}


def test_a_bill_that_changes_its_currency() -> None:
    """The SKU in another currency is another cell."""
    found = bridge(month(row(cost=120, own=100, currency="EUR")), month(row(cost=110)))
    assert bars(found) == {"new_retired": D("0.1")}


def test_the_bars_start_from_what_was_published() -> None:
    """The board was shown 1.10, now the month before is 1.00: −0.10 is the restatement."""
    found = bridge(month(row(cost=120, quantity=120)), month(row(cost=100, quantity=100)), published=D("1.1"))
    assert (found.before, found.total) == (D("1.1"), D("0.1"))
    assert bars(found) == {"usage": D("0.2"), "restatement": D("-0.1")}


def test_a_product_line_carries_more_of_a_pool() -> None:
    """Nothing moved but the share of the pool, from a quarter to a half: that is allocation."""

    def line(share: str) -> CellMonth:
        shares = {"web": Fraction(1), "pool": Fraction(share)}
        return month(
            row("a", 40, owner="web"),
            row("b", 80, owner="pool", kind=OwnerKind.SHARED),
            row(None, 40, None, owner="pool", kind=OwnerKind.SHARED, category="Purchase"),
            row(None, 20, None, owner="pool", kind=OwnerKind.SHARED),
            row("c", 999, owner="search"),
            counted=lambda _kind, owner, _category: shares.get(owner),
        )

    found = bridge(line("1/2"), line("1/4"))
    assert (found.before, found.now) == (D("0.75"), D("1.1"))
    assert bars(found) == {ALLOCATION: D("0.35")}
    assert bars(bridge(line("1/4"), line("0"))) == {ALLOCATION: D("0.35")}


# What holds in every company

amounts = st.decimals(-50, 400, places=4).map(lambda a: D(0) if -20 < a < 0 else a)
quantities = st.one_of(st.none(), st.decimals(0, 90, places=3))
rows = st.builds(
    row,
    sku=st.sampled_from(["a", "b", "c", None]),
    cost=amounts,
    quantity=quantities,
    owner=st.sampled_from(["free", "paid", "none"]),
    unit=st.sampled_from(["Hours", "GB-Mo"]),
    currency=st.sampled_from(["USD", "USD", "EUR"]),
    category=st.sampled_from(["Usage", "Usage", "Usage", "Purchase"]),
)


@st.composite
def months(draw: st.DrawFn) -> CellMonth:
    """Return a month of a company that may look like anything."""
    free, paid = draw(st.integers(0, 500)), draw(st.integers(1, 500))
    found: Iterable[OwnedCell] = draw(st.lists(rows, max_size=12))
    return month(
        *found, users=free + paid, tiers={"free": free, "paid": paid}, days=draw(st.sampled_from([28, 29, 30, 31]))
    )


@given(months(), months())
@settings(max_examples=150, deadline=None)
def test_bars_add_up_and_nothing_is_left(now: CellMonth, before: CellMonth) -> None:
    """Σ bars is the change of the published numbers to the last decimal; before rounding they differ by nothing."""
    found = bridge(now, before)
    assert set(found.bars) == set(BARS)
    assert sum(found.bars.values()) == found.total
    gross = sum(abs(m.cost / c.users) for c in (now, before) for m in (*c.cells.values(), *c.fixed.values()))
    assert abs(found.residual) <= D("1e-30") * (1 + gross)


@given(months(), months())
@settings(max_examples=80, deadline=None)
def test_swapping_the_months_negates_every_bar(now: CellMonth, before: CellMonth) -> None:
    """To the last decimal but for the unit that the last rounding hands out."""
    there, back = bridge(now, before), bridge(before, now)
    assert there.total == -(back.total or 0)
    assert all(abs(there.bars[name] + back.bars[name]) <= D("2e-12") for name in BARS)


simple = st.lists(
    st.builds(row, sku=st.sampled_from("abc"), cost=st.integers(1, 500), quantity=st.integers(1, 90),
              owner=st.sampled_from(["free", "paid"])),
    min_size=1, max_size=8,
)  # fmt: skip


def changed(found: list[OwnedCell], cost: str, quantity: str) -> list[OwnedCell]:
    """Return rows with cost and quantity multiplied."""
    return [
        row(o.row.sku, o.cost * D(cost), (o.row.quantity or 0) * D(quantity), owner=o.owner, own=o.own_cost * D(cost))
        for o in found
    ]


@given(simple)
@settings(max_examples=50, deadline=None)
def test_one_thing_that_changes_fills_one_bar(found: list[OwnedCell]) -> None:
    """Prices × 1.1 is all rate, use × 1.1 all usage, twice the users with twice of everything nothing."""
    before = month(*found, tiers={"free": 60, "paid": 40})
    dearer = bridge(month(*changed(found, "1.1", "1"), tiers={"free": 60, "paid": 40}), before)
    assert bars(dearer) == {"rate": dearer.total}
    more = bridge(month(*changed(found, "1.1", "1.1"), tiers={"free": 60, "paid": 40}), before)
    assert bars(more) == {"usage": more.total}
    twice = month(*changed(found, "2", "2"), users=200, tiers={"free": 120, "paid": 80})
    assert bars(bridge(twice, before)) == {}


@given(simple, simple)
@settings(max_examples=50, deadline=None)
def test_neither_names_nor_halves_matter(now: list[OwnedCell], before: list[OwnedCell]) -> None:
    """A SKU under another name, or as two identical halves, gives the same bars."""

    def renamed(found: list[OwnedCell]) -> list[OwnedCell]:
        return [o._replace(row=o.row._replace(sku=f"new {o.row.sku}")) for o in found]

    def halved(found: list[OwnedCell]) -> list[OwnedCell]:
        half = changed(found, "0.5", "0.5")
        return [*half, *renamed(half)]

    tiers = {"free": 60, "paid": 40}
    own = bridge(month(*now, tiers=tiers), month(*before, tiers=tiers))
    for change in (renamed, halved):
        other = bridge(month(*change(now), tiers=tiers), month(*change(before), tiers=tiers))
        assert all(abs(own.bars[name] - other.bars[name]) <= D("2e-12") for name in BARS)
