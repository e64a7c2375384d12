"""What a filter matches in the bills: hours, what is committed already, and that nothing gets lost."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from pathlib import Path

import duckdb
import pytest
from material.small_bills import PLAIN, Row, company, row

from unitcost.analyses.commitments.inputs import loads
from unitcost.analyses.opening import open_company
from unitcost.errors import DataProblem
from unitcost.inputs.rules import Rule
from unitcost.warehouse.bills import matched
from unitcost.warehouse.bills.bill_rows import condition
from unitcost.warehouse.engine import literal

D = Decimal
MORE = ("PricingCategory", "CommitmentDiscountStatus", "ServiceCategory", "PricingUnit", "RegionId")


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test starts without answers."""
    monkeypatch.setenv("UNITCOST_CACHE", str(tmp_path / "store"))
    for name in MORE:
        monkeypatch.setitem(PLAIN, name, "")


def hourly(day: str, hour: int, cost: str, **changes: str) -> Row:
    """A row of one hour."""
    end = f"{day}T{hour + 1:02d}:00:00Z" if hour < 23 else f"{day[:8]}{int(day[8:]) + 1:02d}T00:00:00Z"
    times = {"ChargePeriodStart": f"{day}T{hour:02d}:00:00Z", "ChargePeriodEnd": end}
    return row(day, **{**times, "BilledCost": cost, "EffectiveCost": cost, **changes})


def test_hours_land_where_they_were(tmp_path: Path) -> None:
    """Two rows of one hour add up, the last hour of a day is one, half an hour is of its hour, absent hours are 0."""
    half = {"ChargePeriodStart": "2024-05-03T10:30:00Z", "ChargePeriodEnd": "2024-05-03T11:00:00Z"}
    tiny = "0.000000000000000001"
    one, two = hourly("2024-05-01", 0, "1.25"), hourly("2024-05-01", 0, "2")
    it = company(tmp_path, [one, two, hourly("2024-05-02", 23, tiny), hourly("2024-05-03", 10, "4", **half)])
    found = loads(it, "2024-05", {})
    hours = found.by_provider["AWS"].hours
    assert len(hours) == 31 * 24
    assert {n: cost for n, cost in enumerate(hours) if cost} == {0: D("3.25"), 47: D("1E-18"), 58: D(4)}
    assert found.by_provider["AWS"].longer == 0
    assert found.matched == found.on_demand == D("7.250000000000000001")


def test_longer_rows_are_known_as_such(tmp_path: Path) -> None:
    """A day, an hour and a half, and what of a period over months falls into the month; all of it adds up."""
    crossing = {"ChargePeriodStart": "2024-05-03T10:30:00Z", "ChargePeriodEnd": "2024-05-03T12:00:00Z"}
    year = {"ChargePeriodStart": "2024-05-01T00:00:00Z", "ChargePeriodEnd": "2024-07-01T00:00:00Z"}
    it = company(
        tmp_path,
        [hourly("2024-05-01", 5, "1"), row("2024-05-02"), hourly("2024-05-03", 1, "2", **crossing),
         row("2024-05-01", **year, BilledCost="61", EffectiveCost="61"), hourly("2024-06-01", 0, "7")],
    )  # fmt: skip
    found = loads(it, "2024-05", {}).by_provider["AWS"]
    assert (sum(found.hours), found.longer) == (1, D("1.5") + 2 + 31)
    assert loads(it, "2024-05", {}).matched == it.result("2024-05").findings["scope_cost"].value
    assert loads(it, "2024-06", {}).by_provider["AWS"].longer == 30


def test_on_a_billed_basis_money_counts_when_it_is_billed(tmp_path: Path) -> None:
    """Nothing is spread, and it is the billed amount."""
    year = {"ChargePeriodStart": "2024-05-01T00:00:00Z", "ChargePeriodEnd": "2024-07-01T00:00:00Z"}
    rows = [row("2024-05-01", **year, BilledCost="50", EffectiveCost="61"), row("2024-06-01", BilledCost="3")]
    it = company(tmp_path, rows, costs='basis = "billed"')
    assert loads(it, "2024-05", {}).matched == 50
    assert loads(it, "2024-06", {}).matched == 3


def test_what_is_paid_otherwise_cannot_be_committed(tmp_path: Path) -> None:
    """Used and unused parts of commitments, spot, and what is no use are apart."""
    differences = [
        {"PricingCategory": "Standard"},
        {"PricingCategory": "Dynamic"},
        {"CommitmentDiscountStatus": "Used"},
        {"CommitmentDiscountStatus": "Unused"},
        {"PricingCategory": "Committed"},
        {"ChargeCategory": "Purchase"},
        {"ChargeCategory": "Tax"},
    ]
    it = company(tmp_path, [hourly("2024-05-01", 0, str(2**n), **each) for n, each in enumerate(differences)])
    found = loads(it, "2024-05", {})
    assert found.by_provider["AWS"].hours[0] == found.on_demand == 1
    assert (found.spot, found.committed, found.other, found.matched) == (2, 28, 32, 63)


FILTERS: list[dict[str, str | list[str]]] = [
    {"ServiceName": "Compute"},
    {"ServiceName": "compute"},
    {"ServiceName": "Comp*"},
    {"ServiceName": ["Storage", "Comp*"]},
    {"Tags.team": "a"},
    {"Tags.team": "*"},
    {"Tags.team": ["a", "b"], "RegionId": "us-*"},
    {"SkuId": "*"},
    {"RegionId": "us-%"},
    {"Tags.it's": "o'*"},
]


@pytest.mark.parametrize("applies_to", FILTERS, ids=str)
def test_filters_match_as_allocation_rules_do(tmp_path: Path, applies_to: dict[str, str | list[str]]) -> None:
    """The same rows as `when` of a rule takes, whose own evaluation is held against this one."""
    tags = ["", '{"team": "a"}', '{"team": "b", "it\'s": "o\'k"}', '{"team": true}']
    services, regions = ["Compute", "Storage", ""], ["us-1", "eu-1", ""]
    made = list(product(services, regions, tags))
    rows = [
        row("2024-05-01", ServiceName=s, RegionId=r, Tags=t, EffectiveCost=str(2**n), BilledCost="0")
        for n, (s, r, t) in enumerate(made)
    ]
    it = company(tmp_path, rows)
    rule = Rule.model_validate({"when": applies_to, "product_line": "x"})
    texts = {"": {}, tags[1]: {"team": "a"}, tags[2]: {"team": "b", "it's": "o'k"}, tags[3]: {"team": "true"}}
    expected = 0
    for number, (service, region, tag) in enumerate(made):
        values = {"ServiceName": service or None, "RegionId": region or None}
        values |= {f"Tags.{key}": value for key, value in texts[tag].items()}
        expected += 2**number * rule.matches(values)
    assert loads(it, "2024-05", applies_to).matched == expected


def test_what_is_out_of_scope_is_not_matched(tmp_path: Path) -> None:
    """A rule may send a row out of scope whatever other rules say."""
    rules = (
        '[[rule]]\nwhen = { ServiceName = "Compute" }\nproduct_line = "web"\n'
        '[[rule]]\nwhen = { RegionId = "eu-*" }\nout_of_scope = "elsewhere"\n'
    )
    rows = [hourly("2024-05-01", 0, "1", RegionId="us-1"), hourly("2024-05-01", 0, "2", RegionId="eu-1")]
    it = company(tmp_path, rows, more='[allocation]\npath = "allocation.toml"', allocation_toml=rules)
    assert loads(it, "2024-05", {"ServiceName": "Compute"}).matched == 1


def test_a_later_delivery_replaces_the_hours_too(tmp_path: Path) -> None:
    """Only what counts is matched, whole bills at a time; the same file twice in a delivery counts once."""
    bills = {
        "delivery=2024-06-01T00:00:00Z/a.csv": [hourly("2024-05-01", 0, "1")],
        "delivery=2024-06-02T00:00:00Z/a.csv": [hourly("2024-05-01", 0, "5")],
        "delivery=2024-06-02T00:00:00Z/b.csv": [hourly("2024-05-01", 0, "5")],
    }
    it = company(tmp_path, bills)
    assert loads(it, "2024-05", {}).matched == 5


def test_foreign_hours_are_converted_as_the_marts_convert_them(tmp_path: Path) -> None:
    """Euros at the rate of the charge's month."""
    it = company(
        tmp_path,
        [hourly("2024-05-01", 0, "3", BillingCurrency="EUR"), hourly("2024-05-01", 0, "1", ProviderName="GCP")],
        more='[fx]\npath = "fx.csv"',
        fx_csv="month,currency,rate\n2024-05,EUR,1.1\n",
    )
    found = loads(it, "2024-05", {})
    assert (found.by_provider["AWS"].hours[0], found.by_provider["GCP"].hours[0]) == (D("3.3"), 1)


def test_an_answer_is_kept_until_the_bill_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bills are opened once for a question; another amount in them is another question."""
    asked: list[str] = []
    ask = matched.Matched._ask

    def counted(self: matched.Matched, question: matched.RowQuery, *rest: object) -> object:
        asked.append(question.month)
        return ask(self, question, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(matched.Matched, "_ask", counted)
    it = company(tmp_path / "c", [hourly("2024-05-01", 0, "1")])
    first = loads(it, "2024-05", {})
    assert (loads(it, "2024-05", {}), len(asked)) == (first, 1)
    loads(it, "2024-05", {"ServiceName": "Compute"})
    assert len(asked) == 2
    changed = company(tmp_path / "c", [hourly("2024-05-01", 0, "2")])
    assert (loads(changed, "2024-05", {}).matched, len(asked)) == (2, 3)
    with pytest.raises(DataProblem):
        loads(it, "2025-05", {})


def test_all_rows_of_the_sample_company_are_matched(sample_company: Path) -> None:
    """Everything matched is what is in scope, to the last digit, in a month with corrections, spot and licences."""
    it = open_company(sample_company / "report.toml")
    for month in ("2024-03", "2024-05"):
        found = loads(it, month, {})
        assert found.matched == it.result(month).findings["scope_cost"].value
    workers = loads(it, "2024-05", {"Tags.product": "search", "SkuMeter": "Instance", "RegionId": "us-east-1",
                                    "ChargeDescription": ["c5.2xlarge*", "Spot c5*"]})  # fmt: skip
    assert set(workers.by_provider) == {"AWS"} and workers.by_provider["AWS"].longer == 0
    assert all(hour > 0 for hour in workers.by_provider["AWS"].hours)
    assert workers.committed == 0 < workers.spot


def test_texts_of_filters_stay_texts() -> None:
    """Quotes and wildcards of SQL in a value are letters."""
    text_of = condition({"a": ["it's", "50%*", "_"]}, {"a": "x"})
    for text, expected in (("it's", True), ("50% off", True), ("500", False), ("y", False), ("_", True)):
        assert duckdb.execute(f"select {text_of} from (select {literal(text)} as x)").fetchall() == [(expected,)]
    assert duckdb.execute(f"select {text_of} from (select null::varchar as x)").fetchall() == [(False,)]
