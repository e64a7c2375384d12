"""The bridge of whole companies: what the sample company has planted, the command, and what must always hold."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from material.three_lines import call

from unitcost.analyses.bridge import views as bridge_views
from unitcost.analyses.bridge.bridge import BARS, Move
from unitcost.analyses.bridge.inputs import bridge_of, cells_of
from unitcost.analyses.findings import findings as findings_of
from unitcost.analyses.opening import open_company
from unitcost.errors import DataProblem, UsageProblem
from unitcost.month.cells import OwnedCell, Sku, SkuCell
from unitcost.month.company import Company
from unitcost.month.context import read_context
from unitcost.numbers.lmdi import log_mean
from unitcost.numbers.units import to_units
from unitcost.publishing.run_id import run_id

MAY, JANUARY, FEBRUARY = "2024-05", "2024-01", "2024-02"
NAMES = [f"bridge.{name}" for name in (*BARS, "total")]


@pytest.fixture(scope="module")
def northwind(sample_company: Path) -> Company:
    """The sample company's numbers."""
    return open_company(sample_company / "report.toml")


def skus(moves: tuple[Move, ...], words: str) -> list[tuple[Move, SkuCell, SkuCell]]:
    """The moves of SKUs with cells in both months whose charges are described so."""
    found = [(m, m.before, m.now) for m in moves if isinstance(m.name, Sku) and words in bridge_views.title(m)]
    return [(m, a, b) for m, a, b in found if isinstance(a, SkuCell) and isinstance(b, SkuCell)]


def heads(company: Company, *months: str) -> list[int]:
    """The users of months."""
    return [company.result(at).users.mau or 0 for at in months]


# Marts


@pytest.mark.parametrize("at", [JANUARY, MAY])
def test_cells_add_up_to_spend_for_every_owner(northwind: Company, at: str) -> None:
    """The same money by SKU and by account, to the last digit, with licences spread over the year among them."""
    by_owner: dict[tuple[str, str], list[int]] = {}
    for cell in northwind.cells(at):
        entry = by_owner.setdefault((cell.kind, cell.owner), [0, 0, 0])
        for place, value in enumerate((to_units(cell.row.billed), to_units(cell.row.effective), cell.row.rows)):
            entry[place] += value
    wanted: dict[tuple[str, str], list[int]] = {}
    for owned in northwind.result(at).rows:
        if owned.in_scope:
            entry = wanted.setdefault((owned.kind, owned.owner), [0, 0, 0])
            for place, value in enumerate((to_units(owned.row.billed), to_units(owned.row.effective), owned.row.rows)):
                entry[place] += value
    assert by_owner == wanted


def test_tiers_agree_with_the_allocation(northwind: Company) -> None:
    """Usage by tier: shares of 50 digits and largest remainders differ by some units of 1e-18."""
    tiers = cells_of(northwind, MAY, 1)
    fixed = [tiers.fixed, tiers.unquantified]
    outside = sum(int(lump.cost * 10**18) for lumps in fixed for lump in lumps.values())
    cells = {t: sum(int(c.by_tier.get(t, 0) * 10**18) for c in tiers.cells.values()) for t in ("free", "paid")}
    allocation = northwind.result(MAY).allocation
    room = sum(allocation.by_tier.values()) - sum(cells.values())
    assert 0 <= room <= outside + 1_000
    assert all(cells[tier] <= allocation.by_tier[tier] for tier in cells)


def test_a_licence_is_spread_with_its_quantity(northwind: Company) -> None:
    """One licence of a year: 31 ÷ 366 of it in January 2024, 29 ÷ 366 in February, so that its price stays."""
    found: dict[str, OwnedCell] = {}
    for at in (JANUARY, FEBRUARY):
        [found[at]] = [cell for cell in northwind.cells(at) if "MP-GATEWATCH" in (cell.row.sku or "")]
    assert round(found[JANUARY].quantity * 366, 9) == 31
    assert round(found[FEBRUARY].quantity * 366, 9) == 29
    prices = [cell.cost / cell.quantity for cell in found.values()]
    assert abs(prices[0] / prices[1] - 1) < Decimal("1e-12")


# What is planted


def test_the_price_rise_at_the_vendor_is_rate(northwind: Company) -> None:
    """12 % more on all metered prices in January 2024, at the mean of both months' use."""
    found = skus(bridge_of(northwind, JANUARY).moves, "Harborlight")
    assert len(found) > 2
    before, now = heads(northwind, "2023-12", JANUARY)
    planted = Decimal(0)
    for _, then, cell in found:
        assert abs(cell.cost / cell.quantity / (then.cost / then.quantity) - Decimal("1.12")) < Decimal("1e-12")
        planted += Decimal("0.12") * then.cost / then.quantity * (then.quantity / before + cell.quantity / now) / 2
    assert sum(m.effects["rate"] for m, _, _ in found) == pytest.approx(planted, rel=Decimal("0.05"))
    assert bridge_views.reasons(bridge_of(northwind, JANUARY), Decimal("0.01"))[0].bar in ("rate", "usage")


def test_the_savings_plan_is_rate(northwind: Company) -> None:
    """28 % off covered hours of m5.xlarge, 0.18432 an hour on demand, from February 2024; unused hours are no rate."""
    found = bridge_of(northwind, FEBRUARY)
    [(move, then, cell)] = skus(found.moves, "m5.xlarge Linux in US East")
    assert then.cost / then.quantity == Decimal("0.18432")
    covered = sum(
        c.quantity
        for c in northwind.cells(FEBRUARY)
        if c.row.commitment_status == "Used" and (c.row.sku, c.row.region) == (move.name[1], "us-east-1")
    )
    before, now = heads(northwind, JANUARY, FEBRUARY)
    per_user = (then.quantity / before + cell.quantity / now) / 2
    planted = -Decimal("0.28") * Decimal("0.18432") * covered / cell.quantity * per_user
    assert move.effects["rate"] == pytest.approx(planted, rel=Decimal("0.05"))
    assert found.bars["rate"] == pytest.approx(planted, rel=Decimal("0.05"))


@pytest.mark.parametrize("words", ["Standard-IA storage", "PostgreSQL storage", "Standard storage in Europe"])
def test_storage_that_grows_faster_than_users_is_use(northwind: Company, words: str) -> None:
    """1.5 % a month more gigabytes per user: 12 × ln 1.015 in a year, where meters hold what users keep."""
    [(move, then, cell)] = skus(bridge_of(northwind, MAY, "2023-05").moves, words)
    before, now = heads(northwind, "2023-05", MAY)
    weight = log_mean(cell.cost / now, then.cost / before)
    assert move.effects["usage"] / weight == pytest.approx(12 * Decimal("1.015").ln(), rel=Decimal("0.05"))
    assert not move.effects["rate"]


def test_more_users_dilute_what_is_fixed(northwind: Company) -> None:
    """The mean of both months' fixed cost, over 8,004 instead of 7,819 users."""

    def fixed(at: str) -> Decimal:
        rows = [o for o in northwind.result(at).rows if o.in_scope]
        units = sum(o.cost for o in rows if o.row.charge_category != "Usage" or o.row.commitment_status == "Unused")
        return Decimal(units).scaleb(-18)

    mean = (fixed("2024-04") + fixed(MAY)) / 2
    planted = mean * (Decimal(1) / northwind.result(MAY).users.mau - Decimal(1) / northwind.result("2024-04").users.mau)  # type: ignore[operator]
    assert bridge_of(northwind, MAY).bars["dilution"] == pytest.approx(planted, abs=Decimal("2e-12"))


def test_debug_logs_are_use_and_never_more(northwind: Company) -> None:
    """Nine days of April at six times the gigabytes: use went up with them and down again in May."""
    up, down = bridge_of(northwind, "2024-04"), bridge_of(northwind, MAY)
    for found in (up, down):
        assert "Harborlight Logs" in bridge_views.reasons(found, Decimal(0), 1)[0].names[0]
    assert up.bars["usage"] > 0 > down.bars["usage"]


# Findings


def test_the_first_month_has_no_bar_and_a_reason(northwind: Company) -> None:
    """All null, or none."""
    first = findings_of(northwind, northwind.months[0])
    assert {first[name].value for name in NAMES} == {None}
    assert {first[name].reason for name in NAMES} == {"there is no earlier month with data to compare with"}
    later = findings_of(northwind, MAY)
    assert all(later[name].value is not None for name in NAMES)
    assert sum(later[name].value for name in NAMES[:-1]) == later["bridge.total"].value  # type: ignore[misc]
    assert later["bridge.total"].previous == findings_of(northwind, "2024-04")["bridge.total"].value
    assert {later[name].unit for name in NAMES} == {"USD/user"}


def test_services_add_up_to_the_whole(northwind: Company) -> None:
    """Every SKU belongs to one service, so their bars are those of the company but for rounding."""
    whole, parts = bridge_of(northwind, MAY), bridge_views.by_service(northwind, MAY, 99)
    for bar in BARS:
        room = Decimal("1e-12") * len(parts)
        assert abs(sum(found.bars[bar] for found in parts.values()) - whole.bars[bar]) <= room, bar


def test_steps_lead_from_one_month_to_the_other(northwind: Company) -> None:
    """The waterfall starts at April, ends at May and misses it by nothing."""
    first, *between, last = bridge_views.steps(bridge_of(northwind, MAY), "April", "May")
    assert sum((amount or 0 for _, amount, _ in (first, *between)), Decimal(0)) == last[1]
    assert last[1] == findings_of(northwind, MAY)["cost_per_user"].value


def test_lines_have_their_cells(northwind: Company) -> None:
    """Three cells a line, and their bars add up to the line's change."""
    lines = bridge_views.by_line(northwind, MAY)
    rows = bridge_views.movers_of_lines(lines)
    assert [str(row[0]) for row in rows] == ["mobile"] * 3 + ["search"] * 3 + ["web"] * 3
    findings = findings_of(northwind, MAY)
    for line, found in lines.items():
        unit = findings[f"cost_per_user.product.{line}"]
        assert sum(found.bars.values()) == found.total == unit.value - unit.previous  # type: ignore[operator]


def test_nothing_below_the_material_share_is_a_reason(northwind: Company) -> None:
    """One per cent of the earlier month's cost per user."""
    for at in northwind.months[1:]:
        found = bridge_of(northwind, at)
        least = (found.before or 0) * Decimal("0.01")
        assert all(abs(r.amount) >= least for r in bridge_views.reasons(found, Decimal("0.01")))


def test_where_skus_changed_neither_prices_nor_use_are_claimed(northwind: Company) -> None:
    """From May 2022 to May 2023 the search nodes were replaced and a service was new."""
    found = bridge_of(northwind, "2023-05", "2022-05")
    assert bridge_views.skus_changed(found)
    assert not {r.bar for r in bridge_views.reasons(found, Decimal("0.01"))} & {"rate", "usage"}
    assert any("SKUs changed" in note for note in bridge_views.notes(found, str))


@pytest.mark.parametrize("against", [MAY, "2024-06", "2019-01"])
def test_a_bridge_leads_forward(northwind: Company, against: str) -> None:
    """From a month with data, before this one."""
    with pytest.raises(DataProblem):
        findings_of(northwind, MAY, against=against)


def test_what_was_published_restates_and_is_another_run(northwind: Company) -> None:
    """Published 4 for April, now 4.0926: the restatement is the difference, and the total starts from 4."""
    again = northwind.saying({"2024-04": Decimal(4)}, ())
    found, plain = findings_of(again, MAY), findings_of(northwind, MAY)
    april = findings_of(northwind, "2024-04")["cost_per_user"].value
    assert found["bridge.restatement"].value == april - 4  # type: ignore[operator]
    assert found["bridge.total"].value == plain["cost_per_user"].value - 4  # type: ignore[operator]
    assert bridge_of(again, MAY).before == 4
    ids = {run_id(c, MAY, scenario="base", status="final", roles=["cfo"]) for c in (northwind, again)}
    assert len(ids) == 2
    same = northwind.saying({"2024-04": april}, ())  # type: ignore[dict-item]
    assert run_id(same, MAY, scenario="base", status="final", roles=["cfo"]) in ids


@pytest.mark.parametrize("text", ["x", "[]", "{}", '{"month": "2024-05", "findings": {"mau": 4}}'])
def test_a_torn_context_is_named(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a notebook is told by the report that runs it is read whole or not at all."""
    (tmp_path / "report.json").write_text(text)
    monkeypatch.setenv("UNITCOST_REPORT", str(tmp_path / "report.json"))
    with pytest.raises(UsageProblem, match="UNITCOST_REPORT"):
        read_context()


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
        company = open_company(folder / "report.toml")
        ids.append(run_id(company, company.months[-1], scenario="base", status="final", roles=["cfo"]))
        shutil.rmtree(folder)
    assert ids[0] != ids[1]
