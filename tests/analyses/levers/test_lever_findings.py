"""Levers from outside: a company in a folder, its scenario, and the findings that `unitcost findings --json` prints."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pytest
from material.lever_company import COMPUTE, HEAD, MONTH, PLAN, REPORT, SMALLER, lever, write
from material.three_lines import call
from oracle.companies import build

from unitcost.analyses.commitments import views as commitment_views
from unitcost.analyses.findings import findings as findings_of
from unitcost.analyses.levers import inputs as levers
from unitcost.analyses.levers import views as lever_views
from unitcost.analyses.levers.scenarios import scenario_of
from unitcost.analyses.levers.spend_by_filters import spend_by_filters
from unitcost.analyses.opening import open_company
from unitcost.display.tables import Unknown
from unitcost.month.owners import Kind
from unitcost.numbers.units import to_units
from unitcost.publishing import run_id as identity

SPOT = lever("spot", "spot", "0.5", "0.7")


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
    company = open_company(sample_company / "report.toml")
    rows = levers.in_scope(company, MONTH)
    found = levers.analysis(company, MONTH)
    assert found.tiers is not None
    assert sum(units for _, _, units in rows) == to_units(Decimal(str(findings_of(company, MONTH)["scope_cost"].value)))
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
    for seed in (11,):
        build(tmp_path / str(seed), seed, **shape)
        company = open_company(tmp_path / str(seed) / "report.toml")
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
    company = open_company(sample_company / "report.toml")
    actions = lever_views.next_actions(company, MONTH)
    assert len(actions) == 3
    assert all(action.owner != "no owner" and action.low < action.high for action in actions)
    after = [Decimal(str(action.after)) for action in actions]
    assert after == sorted(after, reverse=True)
    headlines = [
        lever_views.ranges_headline(company, MONTH),
        lever_views.portfolio_headline(company, MONTH),
        lever_views.ahead_headline(company, MONTH),
    ]
    assert all(" would " in text for text in headlines)
    weeks = sum(action.weeks for action in actions)
    assert weeks <= (scenario_of(company).effort_budget_weeks or weeks)


def test_the_sample_has_an_alternative(sample_company: Path) -> None:
    config = sample_company / "report.toml"
    ids = {
        identity.run_id(
            open_company(config, scenario=name), MONTH, scenario=name, status="final", roles=identity.roles()
        )
        for name in ("base", "commit-first")
    }
    assert len(ids) == 2


# Commitments by the hour with several providers

HOURS = 31 * 24
TIME = "%Y-%m-%dT%H:%M:%SZ"
PLAN_BY_HOUR = lever("plan", "commitment", "1", "0.4").replace("coverage = 1\n", "")
DAY_AND_NIGHT = ["100", "40"] * (HOURS // 2)
TEN = ["10"] * HOURS


def hourly(provider: str, costs: Sequence[str]) -> str:
    """A row for each hour of May on demand, priced by the hour; a day's rows where there are fewer than hours."""
    step = dt.timedelta(hours=HOURS // len(costs))
    first = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
    starts = [first + number * step for number in range(len(costs))]
    return "".join(
        f"{cost},{cost},USD,{first:{TIME}},{at:{TIME}},{at + step:{TIME}},Usage,VM,Compute,{provider},Standard,,\n"
        for cost, at in zip(costs, starts, strict=True)
    )


def by_the_hour(folder: Path, bills: str, scenario: str = PLAN_BY_HOUR) -> dict[str, Any]:
    """The findings of a scenario on these bills."""
    config = write(folder, scenario)
    (folder / "bills.csv").write_text(HEAD + bills)
    found: dict[str, Any] = told(config)["findings"]
    return found


def of(provider: str) -> str:
    """The same commitment with one provider alone."""
    return PLAN_BY_HOUR.replace(COMPUTE, f'{{ ProviderName = "{provider}" }}')


def test_two_providers_have_a_commitment_each(tmp_path: Path) -> None:
    """40 % off. AWS 40 an hour (16 saved in each of 744), Google 10 (4 saved): 50 an hour, and 14,880 saved."""
    bills = hourly("AWS", DAY_AND_NIGHT) + hourly("Google Cloud", TEN)
    found = by_the_hour(tmp_path, bills)
    amounts = {name: found[f"lever.plan.commit_per_hour{name}"] for name in ("", ".aws", ".google-cloud")}
    assert [one["value"] for one in amounts.values()] == ["50", "40", "10"]
    assert [(one["low"], one["high"], one["level"]) for one in amounts.values()][1:] == [
        ("40", "40", "0.9"),
        ("10", "10", "0.9"),
    ]
    assert (amounts[""]["low"], amounts[""]["high"]) == ("50", "50")
    assert [one["label"] for one in amounts.values()] == [None, "AWS", "Google Cloud"]
    assert "the sum over AWS and Google Cloud" in amounts[""]["method"]
    assert found["lever.plan.saving"]["value"] == found["lever.plan.alone"]["value"] == str(HOURS * 20)


def test_each_amount_is_that_of_the_provider_alone(tmp_path: Path) -> None:
    """Use of N(100, 20) and twice as much: each provider's best amount, interval and saving as if it were alone."""
    normal, chance = NormalDist(100, 20), random.Random(3)
    loads = [f"{normal.inv_cdf((i + 0.5) / HOURS):.6f}" for i in range(HOURS)]
    chance.shuffle(loads)
    twice = [f"{2 * Decimal(load)}" for load in loads[100:] + loads[:100]]
    bills = hourly("AWS", loads) + hourly("Microsoft", twice)
    both = by_the_hour(tmp_path / "both", bills)
    alone = {name: by_the_hour(tmp_path / name, bills, of(name)) for name in ("AWS", "Microsoft")}
    for name, slug in (("AWS", "aws"), ("Microsoft", "microsoft")):
        one, whole = both[f"lever.plan.commit_per_hour.{slug}"], alone[name]["lever.plan.commit_per_hour"]
        for part in ("value", "low", "high", "level"):
            assert one[part] == whole[part]
        assert alone[name][f"lever.plan.commit_per_hour.{slug}"]["value"] == whole["value"]
    # 94.933 is the quantile of the curve; 744 hours come close to it.
    assert float(both["lever.plan.commit_per_hour.aws"]["value"]) == pytest.approx(94.933, abs=0.1)
    parts = [Decimal(alone[name]["lever.plan.saving"]["value"]) for name in alone]
    assert Decimal(both["lever.plan.saving"]["value"]) == sum(parts)
    ends = [Decimal(one["lever.plan.commit_per_hour"]["low"]) for one in alone.values()]
    assert Decimal(both["lever.plan.commit_per_hour"]["low"]) == sum(ends)


def test_a_lever_at_one_provider_leaves_the_other_s_amount(tmp_path: Path) -> None:
    """A fifth less use at AWS: 32 and 10 an hour, 80 % of 16 and all of 4 saved on what is left."""
    smaller = lever("smaller", "rightsizing", "1", "0.2", '{ ProviderName = "AWS" }')
    bills = hourly("AWS", DAY_AND_NIGHT) + hourly("Google Cloud", TEN)
    found = by_the_hour(tmp_path, bills, smaller + PLAN_BY_HOUR)
    assert found["lever.plan.commit_per_hour.aws"]["value"] == "32"
    assert found["lever.plan.commit_per_hour.google-cloud"]["value"] == "10"
    assert Decimal(found["levers.saving"]["value"]) == HOURS * (Decimal(14) + Decimal("12.8") + 4)


def test_a_provider_billed_by_the_day_is_named_and_left_out(tmp_path: Path) -> None:
    """Its amount is unknown, the others' stands, and every sum says what it is without."""
    bills = hourly("AWS", DAY_AND_NIGHT) + hourly("Google Cloud", TEN) + hourly("Azure", ["500"] * 31)
    found = by_the_hour(tmp_path, bills)
    one, whole = found["lever.plan.commit_per_hour.azure"], found["lever.plan.commit_per_hour"]
    assert (one["value"], one["low"], one["level"]) == (None, None, None)
    assert one["reason"].startswith("nothing of the matched on-demand cost is billed by the hour")
    assert (whole["value"], whole["reason"]) == ("50", None)
    for name in ("commit_per_hour", "saving", "alone"):
        assert "nothing is known with Azure: nothing of the matched" in found[f"lever.plan.{name}"]["method"]
    assert "without plan with Azure" in found["levers.saving"]["method"]
    assert found["levers.saving"]["value"] == str(HOURS * 20)


def test_without_hours_anywhere_each_provider_has_its_reason(tmp_path: Path) -> None:
    """The lever is unknown as a whole, for one reason where it is the same everywhere."""
    found = by_the_hour(tmp_path, hourly("AWS", ["500"] * 31) + hourly("Azure", ["500"] * 31))
    reasons = {found[f"lever.plan.{name}"]["reason"] for name in ("commit_per_hour", "saving", "commit_per_hour.azure")}
    assert len(reasons) == 1
    assert found["levers.saving"]["value"] == "0"


def test_an_amount_of_one_s_own_names_one_provider(tmp_path: Path) -> None:
    """With two providers nobody can tell whose it is; with one of them it counts."""
    bills = hourly("AWS", DAY_AND_NIGHT) + hourly("Google Cloud", TEN)
    given = PLAN_BY_HOUR + "commit_per_hour = 20\n"
    found = by_the_hour(tmp_path / "a", bills, given)
    assert "usage of AWS and Google Cloud matches" in found["lever.plan.saving"]["reason"]
    assert found["lever.plan.commit_per_hour"]["value"] is None
    assert "lever.plan.commit_per_hour.aws" not in found
    alone = by_the_hour(tmp_path / "b", bills, of("AWS") + "commit_per_hour = 20\n")
    assert alone["lever.plan.saving"]["value"] == str(HOURS * 8)
    amount = alone["lever.plan.commit_per_hour.aws"]
    assert (amount["value"], amount["low"], amount["level"]) == ("20", None, None)


def test_pages_show_a_row_and_a_curve_for_each_provider(tmp_path: Path) -> None:
    """All together stand last, and whoever tells nothing has the reason."""
    bills = hourly("AWS", DAY_AND_NIGHT) + hourly("Google Cloud", TEN) + hourly("Azure", ["500"] * 31)
    by_the_hour(tmp_path, bills)
    it = open_company(tmp_path / "report.toml")
    [(name, discount, known)] = lever_views.hourly(it, MONTH)
    rows, columns = commitment_views.commitment_table(it, known)
    assert [row[0] for row in rows] == ["AWS", "Google Cloud", "Together", "Azure"]
    assert [row[2] for row in rows[:3]] == [40, 10, 50]
    # Used whole; of 70 and 10 an hour 50 are covered.
    assert rows[2][5:] == [1, Decimal("0.625"), HOURS * 20]
    assert isinstance(rows[3][2], Unknown)
    assert {len(row) for row in rows} == {len(columns)}
    assert "50.00 an hour over 2 providers" in lever_views.hourly_headline(it, name, known)
    assert len(commitment_views.commitment_notes(known)) == 2
    assert len([commitment_views.commitment_curve(it, known, one, discount) for one in known.by_provider]) == 2
