"""Levers from outside: a company in a folder, its scenario, and the findings that `unitcost findings --json` prints."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from oracle.companies import build
from three_lines import call

from unitcost import identity, lever_views, levers
from unitcost.company import Company
from unitcost.metrics.owners import Kind
from unitcost.metrics.units import to_units
from unitcost.warehouse.spend_by_filters import spend_by_filters

MONTH = "2024-05"
HEAD = (
    "BilledCost,EffectiveCost,BillingCurrency,BillingPeriodStart,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,"
    "ServiceName,ServiceCategory,ProviderName,PricingCategory,CommitmentDiscountStatus,Tags\n"
)
ROW = '{0},{0},USD,2024-05-01T00:00:00Z,2024-05-02T00:00:00Z,2024-05-03T00:00:00Z,{1},{2},{3},AWS,{4},{5},"{6}"\n'
WEB = '{""product"": ""web""}'
# 137 in scope, of which 100 are compute on demand and 27 are under a commitment; 7 of tax are not in scope.
BILL = HEAD + "".join(
    ROW.format(*cells)
    for cells in (
        (100, "Usage", "EC2", "Compute", "Standard", "", WEB),
        (25, "Usage", "EC2", "Compute", "Committed", "Used", WEB),
        (2, "Usage", "EC2", "Compute", "Committed", "Unused", ""),
        (10, "Usage", "S3", "Storage", "Standard", "", WEB),
        (7, "Tax", "Tax", "", "", "", ""),
    )
)
REPORT = """
[report]
company = "By hand"
min_users = 1
[costs]
paths = ["bills.csv"]
[activity]
aggregate = "mau.csv"
[targets]
cost_per_user = { "2024-12" = 1.17 }
"""
WITH = '[scenarios]\npath = "scenarios"\n'
COMPUTE = '{ ServiceCategory = "Compute" }'


def lever(name: str, kind: str, coverage: str, saving: str, applies_to: str = COMPUTE, more: str = "") -> str:
    return (
        f'[[lever]]\nid = "{name}"\nkind = "{kind}"\napplies_to = {applies_to}\ncoverage = {coverage}\n'
        f'saving = {saving}\nsource = "by hand"\nas_of = 2024-05-01\n{more}\n'
    )


SMALLER = lever("smaller", "rightsizing", "1", "0.2", more="effort_weeks = 2")
PLAN = lever("plan", "commitment", "0.8", "0.3", more="effort_weeks = 0.5")
SPOT = lever("spot", "spot", "0.5", "0.7")


def write(folder: Path, scenario: str | None, report: str = REPORT, users: int = 100) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "bills.csv").write_text(BILL)
    (folder / "mau.csv").write_text(f"month,mau\n{MONTH},{users}\n")
    (folder / "report.toml").write_text(report + (WITH if scenario is not None else ""))
    if scenario is not None:
        (folder / "scenarios").mkdir(exist_ok=True)
        (folder / "scenarios" / "base.toml").write_text(scenario)
    return folder / "report.toml"


def told(config: Path, *options: str) -> Mapping[str, Any]:
    code, out, err = call("findings", MONTH, "--config", config, "--json", *options)
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def values(config: Path, *options: str) -> dict[str, Any]:
    return {name: finding["value"] for name, finding in told(config, *options)["findings"].items()}


def test_rightsizing_then_a_commitment(tmp_path: Path) -> None:
    """137 − 39.2 for 100 users is 0.978; 17.6 and 21.6 are the fair shares, 20 and 24 what each saves alone."""
    found = values(write(tmp_path, SMALLER + PLAN))
    assert found["scope_cost"] == "137"
    assert (found["lever.smaller.saving"], found["lever.plan.saving"]) == ("17.6", "21.6")
    assert (found["lever.smaller.alone"], found["lever.plan.alone"]) == ("20", "24")
    assert (found["levers.saving"], found["levers.cost_per_user_after"]) == ("39.2", "0.978")
    # Of 1.37 to 1.17, 0.392 is nearly twice the way.
    assert found["levers.target_gap_closed"] == "1.96"
    assert found["levers.portfolio"] == ["plan", "smaller"]
    assert found["lever.plan.commit_per_hour"] is None


def test_the_order_in_the_file_changes_nothing(tmp_path: Path) -> None:
    """Neither a number nor the identity of the run."""
    one, other = told(write(tmp_path / "a", SMALLER + PLAN)), told(write(tmp_path / "b", PLAN + SMALLER))
    assert one["findings"] == other["findings"]
    assert one["run_id"] == other["run_id"]


def test_other_assumptions_are_another_run(tmp_path: Path) -> None:
    """1 and 1.0 are one assumption; another saving, another lever or another date is another question."""
    texts = (
        SMALLER,
        SMALLER.replace("coverage = 1\n", "coverage = 1.0\n"),
        SMALLER.replace("saving = 0.2", "saving = 0.25"),
        SMALLER + PLAN,
        SMALLER.replace("2024-05-01", "2024-05-02"),
    )
    ids = [told(write(tmp_path / str(n), text))["run_id"] for n, text in enumerate(texts)]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 4


def test_spot_then_the_same_commitment(tmp_path: Path) -> None:
    assert values(write(tmp_path, SPOT + PLAN))["levers.saving"] == "47"


def test_what_is_committed_already_is_left_alone(tmp_path: Path) -> None:
    """Everything idle: the 100 on demand go, the 27 under a commitment are paid until it ends."""
    found = values(write(tmp_path, lever("off", "idle", "1", "1") + PLAN))
    assert (found["levers.saving"], found["levers.cost_per_user_after"]) == ("100", "0.37")
    assert found["lever.plan.alone"] == "24"


def test_a_plan_without_levers_is_the_month_as_it_is(tmp_path: Path) -> None:
    """Text for text, whether there is no folder, no base.toml or a plan that names no lever."""
    bare = told(write(tmp_path / "a", None))["findings"]
    config = write(tmp_path / "b", 'name = "Nothing planned"\n')
    none = told(config)["findings"]
    assert none == bare
    assert none["levers.cost_per_user_after"]["value"] == none["cost_per_user"]["value"] == "1.37"
    assert (none["levers.saving"]["value"], none["levers.portfolio"]["value"]) == ("0", [])
    with_levers = told(write(tmp_path / "c", SMALLER))["findings"]
    own = {name: finding for name, finding in with_levers.items() if not name.startswith("lever")}
    assert own == {name: finding for name, finding in bare.items() if not name.startswith("lever")}


def test_a_commitment_too_large_shows_its_loss(tmp_path: Path) -> None:
    """60 % are never used: 0.7 of the price is paid two and a half times for what is."""
    found = values(write(tmp_path, lever("plan", "commitment", "0.8", "0.3", more="unused_share = 0.6")))
    assert found["levers.saving"] == "-60"
    assert (found["levers.portfolio"], found["levers.probability_negative"]) == ([], "1")


def test_too_few_users_leave_cost_per_user_unknown(tmp_path: Path) -> None:
    found = told(write(tmp_path, SMALLER, REPORT.replace("min_users = 1", "min_users = 200")))["findings"]
    for name in ("levers.cost_per_user_after", "levers.portfolio_cost_per_user_after", "levers.target_gap_closed"):
        assert found[name]["value"] is None
        assert "200" in found[name]["reason"]
    assert found["levers.saving"]["value"] == "20"


def test_without_hours_a_commitment_by_the_hour_says_so(tmp_path: Path) -> None:
    plan = PLAN.replace("coverage = 0.8", "commit_per_hour = 3")
    found = told(write(tmp_path, SMALLER + plan))["findings"]
    for key in ("saving", "alone", "commit_per_hour"):
        assert found[f"lever.plan.{key}"]["value"] is None
        assert "hourly" in found[f"lever.plan.{key}"]["reason"]
    assert found["levers.saving"]["value"] == "20"
    assert "without plan" in found["levers.saving"]["method"]


def test_ranges_hold_what_was_assumed(tmp_path: Path) -> None:
    """A saving of 10 to 30 % of 100, symmetrical: P10 and P90 lie inside it and around 20."""
    one = lever("smaller", "rightsizing", "1", "{ low = 0.1, mode = 0.2, high = 0.3 }")
    config = write(tmp_path, 'distribution = "triangular"\n' + one)
    found = told(config)["findings"]["lever.smaller.saving"]
    # A triangle of half-width 10 around 20 has its P10 at 20 − 10 × (1 − √0.2).
    assert float(found["low"]) == pytest.approx(20 - 10 * (1 - 0.2**0.5), abs=0.05)
    assert float(found["high"]) == pytest.approx(20 + 10 * (1 - 0.2**0.5), abs=0.05)
    assert (found["value"], found["level"]) == ("20", "0.8")
    again = told(write(tmp_path / "again", 'distribution = "triangular"\n' + one))["findings"]
    assert again["lever.smaller.saving"] == found


def test_the_budget_decides_on_the_portfolio(tmp_path: Path) -> None:
    """With 2 weeks smaller machines (20) do not go with the plan (24), which takes half a week."""
    found = values(write(tmp_path, "effort_budget_weeks = 2\n" + SMALLER + PLAN))
    assert (found["levers.portfolio"], found["levers.portfolio_saving"]) == (["plan"], "24")
    assert found["levers.saving"] == "39.2"


def test_an_unknown_scenario_and_a_bad_one_are_refused(tmp_path: Path) -> None:
    config = write(tmp_path, SMALLER)
    code, out, err = call("findings", MONTH, "--config", config, "--scenario", "bas")
    assert (code, out) == (2, "")
    assert "did you mean 'base'" in err
    write(tmp_path, SMALLER.replace('ServiceCategory = "Compute"', '"Tags.product" = "wbe"'))
    code, _, err = call("findings", MONTH, "--config", config)
    assert code == 2
    assert "did you mean 'web'" in err


def test_another_scenario_has_its_own_numbers(tmp_path: Path) -> None:
    config = write(tmp_path, SMALLER)
    (tmp_path / "scenarios" / "spot.toml").write_text(SPOT)
    assert values(config)["levers.saving"] == "20"
    found = told(config, "--scenario", "spot")
    assert (found["scenario"], found["findings"]["levers.saving"]["value"]) == ("spot", "35")


def test_savings_by_tier_and_of_goods_sold_follow_the_cost(sample_company: Path) -> None:
    """Everything off in one product line: its tiers lose exactly what it costs, and nothing is left of it on demand."""
    company = Company.open(sample_company / "report.toml")
    rows = levers.in_scope(company, MONTH)
    found = levers.analysis(company, MONTH)
    assert found.tiers is not None
    assert sum(units for _, _, units in rows) == to_units(Decimal(str(company.findings(MONTH)["scope_cost"].value)))
    # What falls on no tier is cost that nobody owns or uses; what falls on tiers is part of the saving.
    assert 0 < found.tiers["free"] + found.tiers["paid"] <= found.total
    assert 0 < found.tiers["cogs"] < found.total
    shares = [one.saving for one in found.levers if one.saving is not None]
    assert sum(shares) == found.total


@pytest.mark.parametrize(
    "shape",
    [
        {"spread": "days", "corrections": "restated", "providers": 3, "min_users": 1},
        {"billing_currencies": ("EUR", "JPY", "USD"), "currency": "EUR", "formats": ("parquet",)},
        {"deliveries": True, "repeated_files": True},
        {"basis": "billed", "corrections": "as_booked"},
    ],
)
def test_filters_see_what_the_marts_are_made_of(tmp_path: Path, shape: dict[str, Any]) -> None:
    """All rows add up to the marts; what a filter matches is what the marts have under that tag or category."""
    for seed in (11, 12):
        build(tmp_path / str(seed), seed, **shape)
        company = Company.open(tmp_path / str(seed) / "report.toml")
        filters = [{"ChargeCategory": ["Usage", "Tax"]}, {"ServiceName": ["*"]}, {"Tags.product": ["*"]}]
        for month in company.months:
            basis, result = company.scope.basis, company.result(month)
            rows = spend_by_filters(company.marts.repeats, month, filters, basis, company.marts.rule_order)
            own = [(owned.row, owned.cost) for owned in result.rows]
            assert sum(to_units(row.amount) for row in rows) == sum(cost for _, cost in own)
            usage = sum(cost for row, cost in own if row.charge_category in ("Usage", "Tax"))
            assert sum(to_units(row.amount) for row in rows if 0 in row.matched) == usage
            tagged = sum(cost for row, cost in own if row.product_tag is not None)
            assert sum(to_units(row.amount) for row in rows if row.product_tag is not None) == tagged
            scope = sum(cost for _, _, cost in levers.in_scope(company, month))
            assert scope == sum(owned.cost for owned in result.rows if owned.in_scope)
            kinds = {cell[0] for _, cell, _ in levers.in_scope(company, month)}
            assert kinds <= {kind.value for kind in Kind}


def test_page_one_and_sections_of_the_sample(sample_company: Path) -> None:
    """Three actions with owner, range and weeks, none of which claims that anything was saved."""
    company = Company.open(sample_company / "report.toml")
    actions = lever_views.next_actions(company, MONTH)
    assert len(actions) == 3
    assert all(action["owner"] != "no owner" and Decimal(action["low"]) < Decimal(action["high"]) for action in actions)
    after = [Decimal(action["after"]) for action in actions]
    assert after == sorted(after, reverse=True)
    headlines = [
        lever_views.ranges_headline(company, MONTH),
        lever_views.portfolio_headline(company, MONTH),
        lever_views.ahead_headline(company, MONTH),
    ]
    assert all(" would " in text for text in headlines)
    weeks = sum(Decimal(action["weeks"]) for action in actions)
    assert weeks <= (company.scenario.effort_budget_weeks or weeks)


def test_the_sample_has_an_alternative(sample_company: Path) -> None:
    config = sample_company / "report.toml"
    ids = {
        identity.run_id(
            Company.open(config, scenario=name), MONTH, scenario=name, status="final", roles=identity.roles()
        )
        for name in ("base", "commit-first")
    }
    assert len(ids) == 2
