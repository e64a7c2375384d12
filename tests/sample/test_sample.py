"""The sample company: deterministic, exact, and with everything its README says is planted really in it."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import os
import signal
import subprocess
import sys
import time
import tomllib
from collections import Counter, defaultdict
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
from material.sample_rows import MONEY, Company, Row, header, in_month, months

from unitcost.errors import EnvironmentProblem, UsageProblem
from unitcost.sample import MARKER, generate, is_sample

RUN = (
    "import pathlib, sys; from unitcost.sample import generate; "
    "generate(pathlib.Path(sys.argv[1]), seed=int(sys.argv[2]))"
)


@pytest.fixture(scope="module")
def company(sample_company: Path) -> Company:
    return Company.read(sample_company)


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def generate_elsewhere(folder: Path, seed: int, **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(folder), str(seed)],
        env={**os.environ, **environment},
        cwd=folder.parent,
    )


def test_bytes_depend_on_the_seed_alone(company: Company, tmp_path: Path) -> None:
    """Same seed: same bytes in another process, time zone and hash seed. Another seed: other data."""
    same, other = tmp_path / "same", tmp_path / "other"
    other.mkdir()
    (other / MARKER).write_text("an earlier sample")
    (other / "stale.csv").write_text("left over")
    runs = [
        generate_elsewhere(same, 20240501, TZ="Asia/Tokyo", LC_ALL="C", PYTHONHASHSEED="7"),
        generate_elsewhere(other, 1),
    ]
    assert [run.wait(timeout=300) for run in runs] == [0, 0]
    first, again, different = digests(company.folder), digests(same), digests(other)
    assert again == first
    assert first.keys() == different.keys(), "an earlier sample company is replaced as a whole"
    changed = {name for name in first if first[name] != different[name]}
    assert changed >= {name for name in first if name.startswith("raw/")} | {"subscriptions.csv"}
    assert list(tmp_path.glob(".*")) == [], "nothing is left beside the folders"


def test_foreign_folder_is_refused_and_untouched(tmp_path: Path) -> None:
    """A folder with anything else in it, or a file, is a usage problem and stays as it was."""
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "report.toml").write_text("precious")
    for place in (mine, mine / "report.toml"):
        with pytest.raises(UsageProblem, match="only written to a new or empty folder"):
            generate(place)
    assert (mine / "report.toml").read_text() == "precious"
    assert not is_sample(mine)
    with pytest.raises(EnvironmentProblem):
        generate(mine / "report.toml" / "below-a-file")
    assert [mine] == list(tmp_path.iterdir())


def test_killed_run_leaves_the_old_company(tmp_path: Path) -> None:
    """A run killed in the middle changes nothing at its target."""
    target = tmp_path / "company"
    target.mkdir()
    (target / MARKER).write_text("an earlier sample")
    (target / "old.csv").write_text("old")
    run = generate_elsewhere(target, 3)
    deadline = time.monotonic() + 60
    while not any(tmp_path.glob(".company.partial-*/new/raw/focus/harborlight/*")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    run.send_signal(signal.SIGKILL)
    assert run.wait(timeout=60) == -signal.SIGKILL
    assert {MARKER, "old.csv"} == {path.name for path in target.iterdir()}


def test_forty_two_months_of_at_most_twelve_thousand_rows(company: Company) -> None:
    """Each month has rows of all three providers, activity, and no more than 12,000 cost rows in all."""
    assert months() == list(company.activity)
    for month in months():
        counts = [len(in_month(rows, month)) for rows in company.rows.values()]
        assert all(counts)
        assert 2_500 <= sum(counts) <= 12_000
    size = sum(path.stat().st_size for path in company.folder.rglob("*") if path.is_file())
    assert size <= 40_000_000


def test_billed_cost_is_price_times_quantity_to_the_last_digit(company: Company) -> None:
    """All money has at most 12 decimals; billed, list and contracted cost are exact products."""
    checked = 0
    for row in company.all_rows():
        assert all(-row[name].as_tuple().exponent <= 12 for name in MONEY if row[name] is not None)
        if row["ChargeCategory"] != "Usage":
            continue
        quantity = row["PricingQuantity"]
        assert quantity * row["ListUnitPrice"] == row["ListCost"]
        assert quantity * row["ContractedUnitPrice"] == row["ContractedCost"]
        if row["PricingCategory"] == "Committed":
            assert row["BilledCost"] == 0 < row["EffectiveCost"]
        else:
            assert row["ContractedCost"] == row["BilledCost"] == row["EffectiveCost"]
        checked += 1
    assert checked > 100_000


def test_about_eight_thousand_users_and_growing(company: Company) -> None:
    """8,000 active users in May 2024, each year well above the last, test users not among them."""
    counts = {month: len(company.users(month)) for month in months()}
    assert counts["2024-05"] == pytest.approx(8000, rel=0.03)
    assert 1.5 < counts["2022-05"] / counts["2021-05"] < 2.2
    assert 1.2 < counts["2023-05"] / counts["2022-05"] < 1.8
    assert 1.2 < counts["2024-05"] / counts["2023-05"] < 1.6
    table = company.activity["2024-05"]
    internal = set(pc.unique(table.filter(table["is_internal"])["user_id"]).to_pylist())
    assert {f"internal-{number:02d}" for number in range(1, 7)} == internal
    assert {"web", "search", "mobile"} == set(pc.unique(table["product_line"]).to_pylist())
    earlier, later = company.users("2024-03"), company.users("2024-05")
    assert (earlier & later) - company.users("2024-04"), "some users pause for a month"


@pytest.fixture(scope="module")
def subscriptions(company: Company) -> dict[str, list[dict[str, str]]]:
    """Periods by user, in the order of the file."""
    periods = defaultdict(list)
    with (company.folder / "subscriptions.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            periods[row["user_id"]].append(row)
    return dict(periods)


def paying(periods: list[dict[str, str]], first: str, last: str) -> bool:
    paid = [row for row in periods if row["tier"] == "paid" and row["started_on"] <= last]
    return any(not row["ended_on"] or row["ended_on"] > first for row in paid)


def test_a_few_per_cent_pay_and_some_switch(company: Company, subscriptions: dict[str, list[dict[str, str]]]) -> None:
    """A few per cent pay; conversions and downgrades fall within months; periods follow without overlap."""
    for month in ("2021-05", "2024-05"):
        users = company.users(month)
        paid = sum(paying(subscriptions.get(user, []), f"{month}-01", f"{month}-28") for user in users)
        assert 0.03 < paid / len(users) < 0.09
    assert company.users("2024-05") - subscriptions.keys(), "some active users have no subscription row"
    switches: Counter[tuple[str, str]] = Counter()
    for periods in subscriptions.values():
        for before, after in pairwise(periods):
            assert before["started_on"] < before["ended_on"] <= after["started_on"]
            assert before["ended_on"] == after["started_on"]
            if after["started_on"].startswith("2024-") and not after["started_on"].endswith("-01"):
                switches[before["tier"], after["tier"]] += 1
    assert switches["free", "paid"] > 100
    assert switches["paid", "free"] > 20
    assert switches["paid", "paid"] > 5


def test_one_customer_has_machines_of_its_own(company: Company, subscriptions: dict[str, list[dict[str, str]]]) -> None:
    """The dedicated account has at least 40 active users in every month of 2024, and rows with its tag."""
    dedicated = {user for user, rows in subscriptions.items() if rows[-1]["tenancy"] == "dedicated"}
    assert {"acct-aurora-health"} == {subscriptions[user][-1]["account_id"] for user in dedicated}
    for month in months("2024-01", 6):
        assert len(dedicated & company.users(month)) >= 40
        tagged = [r for r in in_month(company.rows["aws"], month) if "account_id" in r["Tags"]]
        assert {"acct-aurora-health"} == {row["Tags"]["account_id"] for row in tagged}


def test_currencies_and_exchange_rates(company: Company) -> None:
    """Azure bills in euros with a rate for every month, the others in dollars."""
    found = {name: {row["BillingCurrency"] for row in rows} for name, rows in company.rows.items()}
    assert {"aws": {"USD"}, "azure": {"EUR"}, "harborlight": {"USD"}} == found
    with (company.folder / "fx.csv").open(newline="") as file:
        rates = {r["month"]: Decimal(r["rate"]) for r in csv.DictReader(file) if r["currency"] == "EUR"}
    assert list(rates) == months()
    assert all(Decimal("0.9") < rate < Decimal("1.3") for rate in rates.values())


def test_focus_versions_side_by_side(company: Company) -> None:
    """1.0 lacks what 1.2 added; 1.4 has no ProviderName; Tags in Parquet is text, then a map."""
    focus = company.folder / "raw" / "focus"

    old, new = header(focus / "aws/focus-1.0/2023-12.csv.gz"), header(focus / "aws/focus-1.2/2024-01.csv.gz")
    assert 43 == len(old) < len(new)
    assert {"InvoiceId", "SkuMeter", "ServiceSubcategory"} <= new - old
    vendor = header(focus / "harborlight/2024-05.csv")
    assert "ServiceProviderName" in vendor
    assert not {"ProviderName", "PublisherName"} & vendor
    text = pq.read_schema(focus / "azure/focus-1.0/billing_month=2022-12/part-0.parquet").field("Tags").type
    as_map = pq.read_schema(focus / "azure/focus-1.2/billing_month=2023-01/part-0.parquet").field("Tags").type
    assert pa.types.is_string(text)
    assert pa.types.is_map(as_map)
    invoices = pacsv.read_csv(focus / "aws/focus-1.2/2024-05.csv.gz")["InvoiceId"].to_pylist()
    assert {"AWS-2024-05"} == set(invoices)
    assert {None} == set(pacsv.read_csv(focus / "aws/focus-1.2/2024-06.csv.gz")["InvoiceId"].to_pylist())


def test_cost_per_user_stays_between_one_and_ten(company: Company) -> None:
    """Effective cost without tax and credits over active users: 1 to 10 dollars, falling over the years."""
    with (company.folder / "fx.csv").open(newline="") as file:
        rates = {row["month"]: Decimal(row["rate"]) for row in csv.DictReader(file)}
    cost: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in company.all_rows():
        if row["ChargeCategory"] not in ("Tax", "Credit"):
            month = row["ChargePeriodStart"][:7]
            cost[month] += row["EffectiveCost"] * (rates[month] if row["BillingCurrency"] == "EUR" else 1)
    unit = {month: cost[month] / len(company.users(month)) for month in months()}
    assert all(1 < value < 10 for value in unit.values())
    assert Decimal("3.3") < unit["2024-05"] < Decimal("4.7")
    assert unit["2021-05"] > unit["2022-05"] > unit["2023-05"] > unit["2024-05"]


def search_workers(company: Company) -> list[Row]:
    sku = next(row["SkuId"] for row in company.rows["aws"] if row["PricingCategory"] == "Dynamic")
    return [row for row in company.rows["aws"] if row["SkuId"] == sku and row["RegionId"] == "us-east-1"]


def test_spot_is_planted(company: Company) -> None:
    """No spot before 2024-03-11, a ramp of seven days, then 80 % of the hours at a price 62 % lower."""
    hours: defaultdict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    prices = defaultdict(set)
    for row in search_workers(company):
        assert row["Tags"]["product"] == "search"
        hours[row["ChargePeriodStart"]][row["PricingCategory"]] += row["PricingQuantity"]
        prices[row["PricingCategory"]].add(row["ContractedUnitPrice"])
    share = {day: float(by["Dynamic"] / (by["Dynamic"] + by["Standard"])) for day, by in hours.items()}
    assert {0.0} == {value for day, value in share.items() if day < "2024-03-11"}
    ramp = [share[f"2024-03-{day}"] for day in range(11, 19)]
    assert ramp == pytest.approx([0.1 * step for step in range(1, 9)], abs=0.001)
    assert all(value == pytest.approx(0.8, abs=0.001) for day, value in share.items() if day >= "2024-03-18")
    (standard,), (spot,) = prices["Standard"], prices["Dynamic"]
    assert spot == standard * Decimal("0.38")
    rows_a_day = Counter(row["ChargePeriodStart"] for row in search_workers(company) if row["Tags"])
    assert rows_a_day["2024-05-02"] == 48, "search workers are billed by the hour"


def test_savings_plan_is_planted(company: Company) -> None:
    """Bought on 2024-02-01; covered hours cost 28 % less; a small part is unused; all adds up."""
    plan = [row for row in company.rows["aws"] if "savingsplan" in (row["CommitmentDiscountId"] or "")]
    purchase, *more = [row for row in plan if row["ChargeCategory"] == "Purchase"]
    assert more == []
    assert (purchase["ChargePeriodStart"], purchase["PricingCategory"]) == ("2024-02-01", "Committed")
    assert purchase["EffectiveCost"] == 0 < purchase["BilledCost"]
    use = [row for row in plan if row["ChargeCategory"] == "Usage"]
    assert min(row["ChargePeriodStart"] for row in use) == "2024-02-01"
    for row in use:
        assert row["EffectiveCost"] == row["PricingQuantity"] * row["ContractedUnitPrice"] * Decimal("0.72")
    by_day: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in use:
        by_day[row["ChargePeriodStart"]] += row["EffectiveCost"]
    assert {purchase["BilledCost"] / 366} == set(by_day.values())
    unused = sum(row["EffectiveCost"] for row in use if row["CommitmentDiscountStatus"] == "Unused")
    assert Decimal("0.005") < unused / sum(by_day.values()) < Decimal("0.08")
    assert {"web"} == {row["Tags"]["product"] for row in use if row["CommitmentDiscountStatus"] == "Used"}


def test_reserved_instances_cost_what_was_paid_for_them(company: Company) -> None:
    """Used and unused rows of a finished commitment add up to its purchases; unused parts are common."""
    for name, rows in (("nn-mobile-2022", company.rows["aws"]), ("nn-sync-2022", company.rows["azure"])):
        mine = [row for row in rows if (row["CommitmentDiscountId"] or "").endswith(name)]
        assert sum(row["BilledCost"] for row in mine) == sum(row["EffectiveCost"] for row in mine) > 0
    unused = [row for row in company.all_rows() if row["CommitmentDiscountStatus"] == "Unused"]
    assert len({row["ChargePeriodStart"][:7] for row in unused}) >= 40


def test_storage_grows_faster_than_users(company: Company) -> None:
    """Stored GB per active user grows by 1.5 % a month, in the activity and in the bill."""
    infrequent = [row for row in company.rows["aws"] if row["ListUnitPrice"] == Decimal("0.0125")]

    def billed(month: str) -> Decimal:
        return sum((row["PricingQuantity"] for row in in_month(infrequent, month)), Decimal(0))

    def held(month: str) -> float:
        table = company.counted(month)
        by_line = table.group_by(["user_id", "product_line"]).aggregate([("storage_gb", "max")])
        return float(pc.sum(by_line["storage_gb_max"]).as_py())

    def growth(first: float, last: float) -> float:
        return float((last / first) ** (1 / 36) - 1)

    users = {month: len(company.users(month)) for month in ("2021-05", "2024-05")}
    per_user = [held(month) / users[month] for month in users]
    assert 0.012 < growth(*per_user) < 0.019
    assert 0.012 < growth(*(float(billed(month)) / users[month] for month in users)) < 0.019


def ingested(company: Company) -> dict[str, Decimal]:
    """GB of logs by day, production only."""
    volume: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in company.rows["harborlight"]:
        if row["ServiceName"] == "Harborlight Logs" and row["Tags"]["env"] == "prod":
            volume[row["ChargePeriodStart"]] += row["PricingQuantity"]
    return dict(volume)


def test_log_accident_is_planted(company: Company) -> None:
    """From 9 to 17 April 2024 six times the usual gigabytes of that weekday, and nowhere else."""
    volume = ingested(company)
    start = dt.date(2024, 4, 9)
    for offset in range(-14, 24):
        date = start + dt.timedelta(days=offset)
        usual = volume[(date - dt.timedelta(days=28)).isoformat()]
        ratio = float(volume[date.isoformat()] / usual)
        assert ratio == pytest.approx(6 if 0 <= offset < 9 else 1, rel=0.3), date


def test_vendor_price_rise_is_planted(company: Company) -> None:
    """Every metered price of the vendor is 12 % higher from 2024-01-01, and constant before and after."""
    prices: defaultdict[str, dict[bool, set[Decimal]]] = defaultdict(lambda: {False: set(), True: set()})
    for row in company.rows["harborlight"]:
        if row["ChargeCategory"] == "Usage":
            after = row["ChargePeriodStart"] >= "2024-01-01"
            prices[row["ServiceName"]][after] |= {row["ContractedUnitPrice"]}
    assert {"Harborlight Logs", "Harborlight APM", "Harborlight Metrics"} == prices.keys()
    for by_time in prices.values():
        (before,), (after,) = by_time[False], by_time[True]
        assert after == before * Decimal("1.12")


def test_machines_are_measured_as_planted(company: Company) -> None:
    """From 2024 on, with the ResourceIds of the bills; the planted ones are little busy, all others are busy."""
    with (company.folder / "utilisation.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    days: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for row in rows:
        days[row["resource_id"].rpartition("/")[2]][row["date"]] = float(row["cpu_p95"])
    billed = {row["ResourceId"] for key in ("aws", "azure") for row in company.rows[key]}
    assert {row["resource_id"] for row in rows} <= billed
    assert {len(found) for name, found in days.items() if name != "nn-index-eu"} == {182}
    assert min(days["nn-index-eu"]) == "2024-05-20"
    assert min(min(found) for found in days.values()) == "2024-01-01"
    idle = {"nn-bastion", "nn-search-staging-virtual-machine"}
    little = {"nn-web-db", "nn-search-workers-eu", "nn-aurora-web"}
    assert {name for name, found in days.items() if max(found.values()) < 0.05} == idle
    assert {name for name, found in days.items() if 0.05 <= max(found.values()) < 0.3} == little
    assert min(max(found.values()) for name, found in days.items() if name not in idle | little) > 0.4


def test_readme_lists_every_plant(company: Company) -> None:
    """Each planted fact stands in the README of the folder with its date and its size."""
    text = (company.folder / "README.md").read_text()
    facts = (
        ("2024-03-11", "80 %", "62 %", "7 days"),
        ("2024-02-01", "28 %", "30 instances"),
        ("1.5 % a month",),
        ("2024-04-09", "2024-04-17", "× 6"),
        ("2024-01-01", "12 %"),
        ("nn-web-db", "18.5 % and 34 %", "nn-aurora-web"),
        ("nn-bastion", "1.8 % and 21 %"),
    )
    lines = text.splitlines()
    for fact in facts:
        assert any(all(part in line for part in fact) for line in lines), fact
    assert "{{" not in text


def test_what_makes_bills_hard_is_there(company: Company) -> None:
    """Tax, credits, refunds, support, corrections, untagged rows, R&D and charges for a year."""
    rows = list(company.all_rows())
    assert {"Usage", "Purchase", "Tax", "Credit", "Adjustment"} == {row["ChargeCategory"] for row in rows}
    late = [row for row in rows if row["ChargeClass"] == "Correction"]
    assert {"2024-03-14", "2022-05-30", "2023-10-01"} == {row["ChargePeriodStart"] for row in late}
    assert sum(row["ChargePeriodStart"][:7] < row["BillingPeriodStart"][:7] for row in late) == 2
    negative = [row for row in rows if row["ChargeCategory"] == "Usage" and row["BilledCost"] < 0]
    refunds = [row["ChargePeriodStart"] for row in negative if not row["ChargeClass"]]
    assert sorted(refunds) == ["2023-08-17", "2024-05-22"]
    may = [row for row in rows if row["ChargePeriodStart"].startswith("2024-05")]
    assert {True, "", "web", "search", "mobile"} == {row["Tags"].get("product", "web") for row in may}
    assert any(not row["Tags"] and row["ChargeCategory"] == "Usage" for row in may)
    assert {"prod", "dev", "staging"} <= {row["Tags"].get("env") for row in may}
    assert any("Support" in row["ServiceName"] for row in may)
    long = [r for r in rows if r["EffectiveCost"] and days_long(r) > 31]
    assert {row["ServiceName"] for row in long} == {
        "Gatewatch Vulnerability Scanner",
        "Harborlight Synthetics",
    }


def days_long(row: Row) -> int:
    start, end = (dt.date.fromisoformat(row[name]) for name in ("ChargePeriodStart", "ChargePeriodEnd"))
    return (end - start).days


def test_invoices_agree_but_for_one(company: Company) -> None:
    """Every bill adds up to whole cents and to its invoice, except Microsoft's of May 2024."""
    billed: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for key, name in (("aws", "AWS"), ("azure", "Microsoft"), ("harborlight", "Harborlight")):
        for row in company.rows[key]:
            billed[name, row["BillingPeriodStart"][:7]] += row["BilledCost"]
    with (company.folder / "invoices.csv").open(newline="") as file:
        invoices = {(r["provider"], r["billing_month"]): Decimal(r["amount"]) for r in csv.DictReader(file)}
    assert {("AWS", "2024-06")} == billed.keys() - invoices.keys()
    different = {key: amount - billed[key] for key, amount in invoices.items() if amount != billed[key]}
    assert {("Microsoft", "2024-05"): Decimal("14.28")} == different


def test_configuration_names_files_that_are_there(company: Company) -> None:
    """report.toml and allocation.toml are TOML, and every path in them leads to a file."""
    settings = tomllib.loads((company.folder / "report.toml").read_text())
    assert settings["report"]["company"] == "Northwind Notes"
    for section in ("fx", "invoices", "subscriptions", "allocation", "plan", "utilisation"):
        assert (company.folder / settings[section]["path"]).is_file()
    assert list(company.folder.glob(settings["activity"]["path"]))
    rules = tomllib.loads((company.folder / "allocation.toml").read_text())
    used = {rule["shared"] for rule in rules["rule"] if "shared" in rule}
    assert {pool["pool"] for pool in rules["shared"]} == used == {"platform", "observability"}
