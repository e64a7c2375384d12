"""The bridge of whole companies: what the sample company has planted, the command, and what must always hold."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_bridge import between, bought, month, users
from three_lines import call

from unitcost import bridge_views
from unitcost.bridges import cell_rows
from unitcost.company import Company
from unitcost.errors import DataProblem, UsageProblem
from unitcost.identity import run_id
from unitcost.metrics.cells import MonthCells
from unitcost.metrics.moves import BARS
from unitcost.metrics.owners import Matching, Scope, owner_of
from unitcost.metrics.units import to_units

MAY, JANUARY, FEBRUARY = "2024-05", "2024-01", "2024-02"
NAMES = [f"bridge.{name}" for name in (*BARS, "total")]


@pytest.fixture(scope="module")
def northwind(sample_company: Path) -> Company:
    """The sample company's numbers."""
    return Company.open(sample_company / "report.toml")


# Marts


@pytest.mark.parametrize("at", [JANUARY, MAY])
def test_cells_add_up_to_spend_for_every_owner(northwind: Company, at: str) -> None:
    """The same money by SKU and by account, to the last digit, with licences spread over the year among them."""
    scope = Scope(northwind.config.costs.basis, northwind.config.costs.exclude_categories, northwind.marts.rule_order)
    matching = Matching(northwind.rules, scope)
    by_owner: dict[tuple[str, str], list[int]] = {}
    for row in cell_rows(northwind, at):
        kind, owner, _ = owner_of(row, matching.of(row), scope)
        entry = by_owner.setdefault((kind, owner), [0, 0, 0])
        for place, value in enumerate((to_units(row.billed), to_units(row.effective), row.rows)):
            entry[place] += value
    wanted: dict[tuple[str, str], list[int]] = {}
    for owned in northwind.result(at).rows:
        entry = wanted.setdefault((owned.kind, owned.owner), [0, 0, 0])
        for place, value in enumerate((to_units(owned.row.billed), to_units(owned.row.effective), owned.row.rows)):
            entry[place] += value
    assert by_owner == wanted


def test_tiers_agree_with_the_allocation(northwind: Company) -> None:
    """Shares of 40 digits and largest remainders differ by some units of 1e-18."""
    allocation = northwind.result(MAY).allocation
    costs = northwind.bridges.cells(MAY).tier_costs
    for tier, units in allocation.by_tier.items():
        assert abs(costs[tier] * 10**18 - units) < 1_000


def test_a_licence_is_spread_with_its_quantity(northwind: Company) -> None:
    """One licence of a year: 31 ÷ 366 of it in January 2024, 29 ÷ 366 in February, so that its price stays."""
    quantities = {}
    for at in (JANUARY, FEBRUARY):
        [row] = [r for r in cell_rows(northwind, at) if "MP-GATEWATCH" in (r.sku or "")]
        quantities[at] = row.quantity, row.effective
    assert round(quantities[JANUARY][0] * 366, 9) == 31
    assert round(quantities[FEBRUARY][0] * 366, 9) == 29
    prices = [effective / quantity for quantity, effective in quantities.values()]
    assert abs(prices[0] / prices[1] - 1) < Decimal("1e-12")


# What is planted


def test_the_price_rise_at_the_vendor_is_rate(northwind: Company) -> None:
    """12 % more on all metered prices in January 2024: ten in eleven of all that prices did."""
    found = northwind.bridge(JANUARY)
    metered = [m for m in found.moves if m.key.provider.startswith("Harborlight") and m.price_before]
    assert metered
    assert all(m.price_now == m.price_before * Decimal("1.12") for m in metered if m.price_before)
    heads = [Decimal(northwind.result(at).users.mau or 0) for at in ("2023-12", JANUARY)]
    planted = sum(
        (m.price_before or 0) * ((m.quantity_before or 0) / heads[0] + (m.quantity_now or 0) / heads[1]) / 2
        for m in metered
    ) * Decimal("0.12")
    assert sum(m.parts["rate"] for m in metered) == pytest.approx(planted, rel=Decimal("0.05"))
    assert bridge_views.facts(northwind, JANUARY).claims[0].bar == "rate"


def test_the_savings_plan_is_rate(northwind: Company) -> None:
    """28 % off covered hours of m5.xlarge, 0.18432 an hour on demand, from February 2024; unused hours are no rate."""
    found = northwind.bridge(FEBRUARY)
    [move] = [m for m in found.moves if m.price_before == Decimal("0.18432") and "rate" in m.parts]
    covered = sum(
        r.quantity
        for r in cell_rows(northwind, FEBRUARY)
        if (r.sku, r.region, r.commitment_status) == (move.key.sku, move.key.region, "Used")
    )
    assert move.quantity_now
    assert move.quantity_before
    heads = [Decimal(northwind.result(at).users.mau or 0) for at in (JANUARY, FEBRUARY)]
    per_user = (move.quantity_before / heads[0] + move.quantity_now / heads[1]) / 2
    planted = -Decimal("0.28") * Decimal("0.18432") * covered / move.quantity_now * per_user
    assert move.parts["rate"] == pytest.approx(planted, rel=Decimal("0.05"))
    assert found.bars["rate"] == pytest.approx(planted, rel=Decimal("0.05"))


def test_more_users_dilute_what_is_fixed(northwind: Company) -> None:
    """The mean of both months' fixed cost, over 8,004 instead of 7,819 users."""

    def fixed(at: str) -> Decimal:
        rows = [o for o in northwind.result(at).rows if o.in_scope]
        units = sum(o.cost for o in rows if o.row.charge_category != "Usage" or o.row.commitment_status == "Unused")
        return Decimal(units).scaleb(-18)

    mean = (fixed("2024-04") + fixed(MAY)) / 2
    planted = mean * (Decimal(1) / northwind.result(MAY).users.mau - Decimal(1) / northwind.result("2024-04").users.mau)  # type: ignore[operator]
    assert northwind.bridge(MAY).bars["dilution"] == pytest.approx(planted, abs=Decimal("2e-12"))


def test_debug_logs_are_use_and_never_more(northwind: Company) -> None:
    """Nine days of April at six times the gigabytes: use went up with them and down again in May."""
    up, down = northwind.bridge("2024-04"), northwind.bridge(MAY)
    for found in (up, down):
        assert found.largest("usage", 1)[0].service == "Harborlight Logs"
    assert up.bars["usage"] > 0 > down.bars["usage"]


# Findings


def test_the_first_month_has_no_bar_and_a_reason(northwind: Company) -> None:
    """All null, or none."""
    first = northwind.findings(northwind.months[0])
    assert {first[name].value for name in NAMES} == {None}
    assert {first[name].reason for name in NAMES} == {"there is no month before with data"}
    later = northwind.findings(MAY)
    assert all(later[name].value is not None for name in NAMES)
    assert sum(later[name].value for name in NAMES[:-1]) == later["bridge.total"].value  # type: ignore[misc]
    assert later["bridge.total"].previous == northwind.findings("2024-04")["bridge.total"].value
    assert {later[name].unit for name in NAMES} == {"USD/user"}


def test_services_add_up_to_the_whole(northwind: Company) -> None:
    """Every SKU belongs to one service, so their bars are those of the company but for rounding."""
    whole, parts = northwind.bridge(MAY), bridge_views.bars_by(northwind, MAY, "service")
    for bar in BARS:
        room = Decimal("1e-12") * len(parts)
        assert abs(sum(found.bars[bar] for _, found in parts) - whole.bars[bar]) <= room, bar


def test_steps_lead_from_one_month_to_the_other(northwind: Company) -> None:
    """The waterfall starts at April, ends at May and misses it by nothing."""
    first, *between_, last = bridge_views.steps(northwind, MAY)
    assert first.amount + sum(step.amount for step in between_) == last.amount
    assert last.amount == northwind.findings(MAY)["cost_per_user"].value
    assert bridge_views.steps(northwind, northwind.months[0]) == []


def test_lines_have_their_cells(northwind: Company) -> None:
    """Three cells a line, and their bars add up to the line's change."""
    rows = bridge_views.moved_most(northwind, MAY)
    assert sorted({str(row[0]) for row in rows}) == ["mobile", "search", "web"]
    for _, found in bridge_views.bars_by(northwind, MAY, "product"):
        assert sum(found.bars.values()) == found.total


def test_prose_says_nothing_below_the_material_share(northwind: Company) -> None:
    """March moved by 0.001 in all: it is not material, although the bars are."""
    facts = bridge_views.facts(northwind, "2024-03")
    assert not facts.is_material
    assert facts.material is not None
    assert all(abs(claim.amount) >= facts.material for claim in facts.claims)


def test_where_skus_changed_neither_prices_nor_use_are_claimed(northwind: Company) -> None:
    """From May 2022 to May 2023 the search nodes were replaced and a service was new."""
    found = northwind.bridge("2023-05", "2022-05")
    assert found.skus_changed
    facts = bridge_views.facts(northwind, "2023-05", "2022-05")
    assert not {claim.bar for claim in facts.claims} & {"rate", "usage"}


@pytest.mark.parametrize("against", [MAY, "2024-06", "2019-01"])
def test_a_bridge_leads_forward(northwind: Company, against: str) -> None:
    """From a month with data, before this one."""
    with pytest.raises(DataProblem):
        northwind.findings(MAY, against=against)


def test_what_was_published_restates_and_is_another_run(
    northwind: Company, monkeypatch: pytest.MonkeyPatch, sample_company: Path
) -> None:
    """Published 4 for April, now 4.0926: the restatement is the difference, and the total starts from 4."""
    monkeypatch.setenv("UNITCOST_PUBLISHED", '{"2024-04": "4"}')
    again = Company.open(sample_company / "report.toml")
    found, plain = again.findings(MAY), northwind.findings(MAY)
    april = northwind.findings("2024-04")["cost_per_user"].value
    assert found["bridge.restatement"].value == april - 4  # type: ignore[operator]
    assert found["bridge.total"].value == plain["cost_per_user"].value - 4  # type: ignore[operator]
    assert bridge_views.steps(again, MAY)[0].amount == 4
    ids = {run_id(c, MAY, scenario="base", status="final", roles=["cfo"]) for c in (northwind, again)}
    assert len(ids) == 2
    monkeypatch.setenv("UNITCOST_PUBLISHED", f'{{"2024-04": "{april}"}}')
    same = Company.open(sample_company / "report.toml")
    assert run_id(same, MAY, scenario="base", status="final", roles=["cfo"]) in ids


@pytest.mark.parametrize("text", ["x", "[]", '{"2024-04": 4}', '{"2024-04": "x"}', '{"2024-04": "NaN"}'])
def test_what_was_published_is_decimal_text(text: str, monkeypatch: pytest.MonkeyPatch, sample_company: Path) -> None:
    """A float would not be what was published."""
    monkeypatch.setenv("UNITCOST_PUBLISHED", text)
    with pytest.raises(UsageProblem, match="UNITCOST_PUBLISHED"):
        Company.open(sample_company / "report.toml")


def test_the_command_takes_a_month_to_start_from(sample_company: Path) -> None:
    """Any earlier month with data; another one is bad input, a month that is none bad usage."""
    report = str(sample_company / "report.toml")
    code, out, _ = call("findings", MAY, "--config", report, "--against", "2023-05")
    assert code == 0
    assert "bridge.total" in out
    for against, expected in (("2019-01", 3), (MAY, 3), ("May", 2)):
        code, out, err = call("findings", MAY, "--config", report, "--against", against)
        assert (code, out) == (expected, ""), err


def test_another_quantity_is_another_run(tmp_path: Path) -> None:
    """The bridge rests on quantities, so they are part of what a run is."""
    ids = []
    for name, quantity in (("one", "1"), ("two", "2")):
        folder = tmp_path / name
        assert call("init", str(folder))[0] == 0
        bill = folder / "bills.csv"
        lines = bill.read_text().splitlines()
        bill.write_text(
            "\n".join([lines[0] + ",PricingQuantity", *(line + f",{quantity}" for line in lines[1:])]) + "\n"
        )
        company = Company.open(folder / "report.toml")
        ids.append(run_id(company, company.months[-1], scenario="base", status="final", roles=["cfo"]))
        shutil.rmtree(folder)
    assert ids[0] != ids[1]


# What always holds

AMOUNTS = st.integers(1, 10**9).map(lambda n: Decimal(n).scaleb(-4))
ROW = st.tuples(st.sampled_from("abc"), st.sampled_from(["Hours", "GB-Mo"]), AMOUNTS, AMOUNTS)
SIDE = st.tuples(st.lists(ROW, min_size=1, max_size=6), st.integers(1, 50), st.integers(1, 50), st.integers(28, 31))
Drawn = tuple[list[tuple[str, str, Decimal, Decimal]], int, int, int]


def side(drawn: Drawn, factor: int = 1, suffix: str = "") -> MonthCells:
    """A month of drawn rows, with `factor` times the users, money and quantities."""
    rows, free, paid, days = drawn
    made = [bought(str(c * factor), str(q * factor), sku=s + suffix, unit=u) for s, u, c, q in rows]
    return month(made, users(free * factor, paid * factor), days)


@given(SIDE, SIDE)
def test_swapping_the_months_negates_every_bar(one: Drawn, other: Drawn) -> None:
    """To the last digit."""
    there, back = between(side(one), side(other)), between(side(other), side(one))
    assert {name: -value for name, value in back.bars.items()} == there.bars


@given(SIDE, SIDE)
def test_names_do_not_matter(one: Drawn, other: Drawn) -> None:
    """Another name on both sides changes nothing."""
    assert between(side(one), side(other)).bars == between(side(one, suffix="x"), side(other, suffix="x")).bars


@given(SIDE, SIDE)
def test_two_identical_halves_are_the_whole(one: Drawn, other: Drawn) -> None:
    """Every SKU split into two of half the cost and quantity."""

    def halves(drawn: Drawn) -> MonthCells:
        rows, free, paid, days = drawn
        return side(([(s + h, u, c / 2, q / 2) for s, u, c, q in rows for h in "xy"], free, paid, days))

    assert between(halves(one), halves(other)).bars == between(side(one), side(other)).bars


@given(SIDE)
def test_twice_everything_is_nothing(drawn: Drawn) -> None:
    """Twice the users with twice the cost and quantity."""
    assert set(between(side(drawn), side(drawn, 2)).bars.values()) == {0}


@given(SIDE)
def test_dearer_is_rate_and_more_is_use(drawn: Drawn) -> None:
    """Prices × 1.1 are all rate; quantities × 1.1 at the same price all usage."""
    rows, *rest = drawn
    more = Decimal("1.1")
    dearer = between(side(drawn), side(([(s, u, c * more, q) for s, u, c, q in rows], *rest)))
    used = between(side(drawn), side(([(s, u, c * more, q * more) for s, u, c, q in rows], *rest)))
    assert {name for name, value in dearer.bars.items() if value} == {"rate"}
    assert {name for name, value in used.bars.items() if value} == {"usage"}
    assert dearer.bars["rate"] == dearer.total
