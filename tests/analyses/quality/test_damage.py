"""What is damaged in small bills is found and said with its money; what only looks odd is left in peace."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from pathlib import Path

import pytest
from material.small_bills import Row, company, daily, damage, row

from unitcost.analyses.opening import open_company
from unitcost.analyses.quality import inputs as quality
from unitcost.analyses.quality.bill_days import in_words
from unitcost.analyses.quality.damage import Damage
from unitcost.publishing import run_id as identity

MAY, APRIL = range(1, 32), range(1, 31)
FULL = daily("2024-05", MAY)


def told(found: list[Damage]) -> list[tuple[str, str, Decimal, str]]:
    return [(d.kind.value, d.where, d.money, d.currency) for d in found]


# EffectiveCost


def test_whole_effective_costs_beside_fractions_are_damage(tmp_path: Path) -> None:
    """1.25 + 2.50 billed against 1 + 3: the difference is −0.25; the purchase of 100.50 for later use is no part."""
    bill = [
        row(BilledCost="1.25", EffectiveCost="1"),
        row(BilledCost="2.50", EffectiveCost="3.00"),
        row(ChargeCategory="Purchase", BilledCost="100.50", EffectiveCost="0"),
        row(ProviderName="GCP", BilledCost="7.5", EffectiveCost="7.25"),
    ]
    found = damage(tmp_path, bill)
    assert told(found) == [("effective_whole", "AWS, billing period 2024-05", Decimal("-0.25"), "USD")]
    assert found[0].seen == "Every EffectiveCost is a whole number, BilledCost is not."
    assert found[0].measure == "billed − effective"


def test_effective_costs_that_are_all_zero_are_damage(tmp_path: Path) -> None:
    """4 + 6 billed, nothing effective."""
    found = damage(tmp_path, [row(BilledCost=amount, EffectiveCost="0") for amount in ("4", "6")])
    assert told(found) == [("effective_zero", "AWS, billing period 2024-05", Decimal(10), "USD")]


def test_empty_effective_costs_are_damage(tmp_path: Path) -> None:
    """2 of 3 rows lack one: 1.50 + 2.25 is billed for them. A purchase without one, and a row billed 0, are not."""
    bill = [
        row(EffectiveCost=""),
        row(BilledCost="2.25", EffectiveCost=""),
        row(),
        row(ChargeCategory="Purchase", BilledCost="90", EffectiveCost=""),
        row(ProviderName="GCP", BilledCost="0", EffectiveCost=""),
        row(ProviderName="GCP"),
    ]
    [found] = damage(tmp_path, bill)
    assert told([found]) == [("effective_null", "AWS, billing period 2024-05", Decimal("3.75"), "USD")]
    assert found.seen == "EffectiveCost is empty in 2 of 3 rows, BilledCost is not; they count 0."


@pytest.mark.parametrize(
    "bill",
    [
        [row(BilledCost="2", EffectiveCost="1")],
        [row(BilledCost="0", EffectiveCost="0")],
        [row(ChargeCategory="Purchase", BilledCost="99.5", EffectiveCost="0")],
        [row(EffectiveCost="1.5"), row(EffectiveCost="-0.5"), row(EffectiveCost="2")],
        [row(BilledCost="0", EffectiveCost="3"), row(ChargeCategory="Purchase", BilledCost="9.5", EffectiveCost="0")],
    ],
    ids=["whole bill", "nothing at all", "purchase", "fractions that cancel", "covered use in whole numbers"],
)
def test_effective_costs_that_may_be_so_are_no_damage(bill: list[Row], tmp_path: Path) -> None:
    """Whole bills, purchases, covered use: nothing says that anything was lost."""
    assert damage(tmp_path, bill) == []


def test_a_damaged_account_beside_a_sound_one_is_named(tmp_path: Path) -> None:
    """Account 2 alone is rounded: 1.5 billed, 2 effective."""
    bill = [row(), row(BillingAccountId="2", EffectiveCost="2")]
    found = damage(tmp_path, bill)
    assert told(found) == [("effective_whole", "AWS, account 2, billing period 2024-05", Decimal("-0.5"), "USD")]


def test_another_month_of_the_bill_does_not_speak_for_this_one(tmp_path: Path) -> None:
    """A correction of April in the bill of May has a fraction; the rows of May have none."""
    late = row("2024-04-03", BillingPeriodStart="2024-05-01T00:00:00Z", BillingPeriodEnd="2024-06-01T00:00:00Z")
    bills = [late, row(EffectiveCost="1")]
    assert [d.kind for d in damage(tmp_path / "a", bills)] == ["effective_whole"]
    assert damage(tmp_path / "b", bills, "2024-04") == []


def test_the_amount_is_in_the_currency_of_the_bill(tmp_path: Path) -> None:
    """EUR 1.5 − 1; the larger amount by the month's rate comes first."""
    bill = [
        row(EffectiveCost="1", BillingCurrency="EUR"),
        row(ProviderName="GCP", EffectiveCost="0", BilledCost="0.60"),
    ]
    found = damage(tmp_path, bill, more='[fx]\npath = "fx.csv"', fx_csv="month,currency,rate\n2024-05,EUR,1.5\n")
    assert [(d.money, d.currency) for d in found] == [(Decimal("0.5"), "EUR"), (Decimal("0.6"), "USD")]


# Days


def test_days_missing_inside_a_daily_bill(tmp_path: Path) -> None:
    """28 days of 2 × 1.50 are a mean of 3.00; three days are about 9.00."""
    [found] = damage(tmp_path, [r for r in FULL if r["ChargePeriodStart"][8:10] not in ("10", "11", "20")])
    assert told([found]) == [("missing_days", "AWS", Decimal(9), "USD")]
    assert found.seen == (
        "The bill comes daily until 2024-05-31 and has no usage on 3 days: 2024-05-10 to 2024-05-11 and 2024-05-20."
    )
    assert found.measure.replace("\u00a0", " ") == "about: mean of a day × 3"


def test_a_bill_that_ends_before_its_month(tmp_path: Path) -> None:
    """From the 21st on 11 days lack: about 11 × 3.00. One day is not enough to say so."""
    [found] = damage(tmp_path / "a", daily("2024-05", range(1, 21)))
    assert told([found]) == [("early_end", "AWS", Decimal(33), "USD")]
    assert found.seen == "The bill comes daily and ends on 2024-05-20; 11 days are missing to the month's end."
    assert damage(tmp_path / "b", daily("2024-05", range(1, 31))) == []


def test_the_month_before_tells_that_a_bill_comes_daily(tmp_path: Path) -> None:
    """Daily in April, on the 3rd to 5th of May alone: two days lack before, 26 after."""
    bill = [*daily("2024-04", APRIL), *daily("2024-05", range(3, 6))]
    found = damage(tmp_path, bill)
    assert told(found) == [
        ("early_end", "AWS", Decimal(78), "USD"),
        ("missing_days", "AWS", Decimal(6), "USD"),
    ]


SEED = random.Random(5)
BY_CHANCE = [row(f"2024-05-{SEED.choice(MAY):02d}", ResourceId=f"vm-{n}") for n in range(40)]
UP_AND_DOWN = (
    *(14, 19, 11, 9, 20, 15, 13, 10, 10, 25, 12, 25, 24, 4, 14, 12, 12, 13, 5, 9, 17, 15, 14, 3),
    *(0, 2, 9, 13, 8, 15, 9),
)
UNTIL_28 = (1, 1, 2, 3, 5, 6, 6, 8, 9, 11, 12, 14, 14, 17, 18, 20, 21, 22, 25, 26, 26, 26, 28)


@pytest.mark.parametrize(
    "bill",
    [
        FULL,
        [row(ChargePeriodEnd="2024-06-01T00:00:00Z")],
        daily("2024-05", (1, 8, 15, 22)),
        daily("2024-05", [day for day in MAY if day % 7 not in (4, 5)], 20),
        daily("2024-06", [day for day in range(1, 31) if day % 7 not in (1, 2)], 20),
        BY_CHANCE,
        [row(f"2024-05-{day:02d}", ResourceId=f"vm-{n}") for n, day in enumerate(UNTIL_28)],
        [r for day, times in enumerate(UP_AND_DOWN, 1) for r in daily("2024-05", [day], times)],
        daily("2024-05", range(15, 32)),
    ],
    ids=[
        *("whole", "monthly", "weekly", "rests at weekends", "ends on a weekend"),
        *("a handful of rows", "a handful that ends by chance", "up and down", "a new account"),
    ],
)
def test_days_that_need_not_be_there_are_no_damage(bill: list[Row], tmp_path: Path) -> None:
    """In May 2024 the 4th and 5th are a weekend, in June the 1st and 2nd and the 29th and 30th."""
    assert damage(tmp_path, bill, bill[0]["ChargePeriodStart"][:7]) == []


def test_runs_of_days_are_short() -> None:
    """Runs are joined, and many of them are cut."""
    days = [dt.date(2024, 5, number) for number in (1, 2, 3, 9, 12, 20)]
    assert in_words(days) == "2024-05-01 to 2024-05-03, 2024-05-09 and 2 more"
    assert in_words(days[:3]) == "2024-05-01 to 2024-05-03"


# Providers


def test_a_provider_that_vanishes(tmp_path: Path) -> None:
    """GCP cost 1.50 + tax 0.30 in April and has no row in May; a new provider is no damage."""
    april = [
        row("2024-04-02", ProviderName="GCP"),
        row("2024-04-02", ProviderName="GCP", ChargeCategory="Tax", BilledCost="0.30", EffectiveCost="0.30"),
    ]
    [found] = damage(tmp_path, [*april, row(ProviderName="New")])
    assert told([found]) == [("vanished", "GCP", Decimal("1.8"), "USD")]
    assert (found.seen, found.measure) == ("It has rows in 2024-04 and none in 2024-05.", "cost of 2024-04")


def test_an_account_that_vanishes_is_named(tmp_path: Path) -> None:
    """The provider is still there with another account."""
    found = damage(tmp_path, [row("2024-04-02"), row("2024-04-02", BillingAccountId="2"), row()])
    assert told(found) == [("vanished", "AWS, account 2", Decimal("1.5"), "USD")]


def test_what_is_bought_for_a_year_does_not_vanish(tmp_path: Path) -> None:
    """A licence charged in April for a year, and a commitment bought in April, promise no row in May."""
    licence = row(
        "2024-04-01", ProviderName="Scanner", ChargeCategory="Purchase", ChargePeriodEnd="2025-04-01T00:00:00Z"
    )
    commitment = row("2024-04-01", ProviderName="Plans", ChargeCategory="Purchase", EffectiveCost="0")
    tax = row("2024-04-01", ProviderName="Scanner", ChargeCategory="Tax", BilledCost="0.3", EffectiveCost="0.3")
    assert damage(tmp_path, [licence, commitment, tax, row()]) == []


# A day delivered twice


def corrected(rows: list[Row], day: str) -> list[Row]:
    return [{**r, "BilledCost": "1.51"} for r in rows if r["ChargePeriodStart"].startswith(day)]


@pytest.mark.parametrize("names", [("a.csv", "b.csv"), ("a.parquet", "b.csv.gz"), ("a.csv", "a2.parquet")])
def test_a_day_in_two_files_with_other_amounts(names: tuple[str, str], tmp_path: Path) -> None:
    """12 May is there as first told and as corrected: 4 × 1.50 effective, so about half of 6.00."""
    [found] = damage(tmp_path, {names[0]: FULL, names[1]: corrected(FULL, "2024-05-12")})
    assert told([found]) == [("delivered_twice", "AWS", Decimal(3), "USD")]
    assert found.seen == "4 of 4 rows of 2024-05-12 are there twice: they say the same but for amounts."


def test_the_verdict_is_the_same_in_one_file(tmp_path: Path) -> None:
    """The same rows in one file, in any order, or day by day."""
    rows = [*FULL, *corrected(FULL, "2024-05-12")]
    random.Random(1).shuffle(rows)
    whole = damage(tmp_path / "a", rows)
    days = {r["ChargePeriodStart"][:10] for r in rows}
    split = {f"{d}.csv": [r for r in rows if r["ChargePeriodStart"].startswith(d)] for d in days}
    assert damage(tmp_path / "b", split) == whole
    assert [d.kind for d in whole] == ["delivered_twice"]


def test_a_day_that_counts_as_doubled_is_another_run(tmp_path: Path) -> None:
    """The same amounts for the same times, of machines of their own: other pages, so another run."""
    again = [{**r, "ResourceId": "vm-0"} for r in FULL if r["ChargePeriodStart"].startswith("2024-05-12")]
    other = [{**r, "ResourceId": f"new-{n}"} for n, r in enumerate(again)]
    twice = company(tmp_path / "a", {"a.csv": FULL, "b.csv": [*again, *again]})
    busy = company(tmp_path / "b", {"a.csv": FULL, "b.csv": [*other, *other]})
    runs = {identity.run_id(c, "2024-05", scenario="base", status="final", roles=["cto"]) for c in (twice, busy)}
    assert [len(quality.damage(c, "2024-05")) for c in (twice, busy)] == [1, 0]
    assert len(runs) == 2


@pytest.mark.parametrize(
    "more",
    [
        daily("2024-05", [12], 2, ServiceName="Storage"),
        [row("2024-05-12", ResourceId=f"burst-{n}") for n in range(4)],
        [row("2024-05-12", ChargeCategory="Tax", ServiceName=f"Tax {n}") for n in range(4)],
    ],
    ids=["another service", "machines of one day", "tax"],
)
def test_a_busy_day_is_not_accused(more: list[Row], tmp_path: Path) -> None:
    """Twice the rows or more, but they say something else."""
    assert damage(tmp_path, {"a.csv": FULL, "b.csv": more}) == []


def test_a_second_delivery_replaces_and_doubles_nothing(tmp_path: Path) -> None:
    """In delivery folders the later bill counts whole, so no day is there twice."""
    bills = {
        "delivery=2024-06-01T00:00:00Z/a.csv": FULL,
        "delivery=2024-06-05T00:00:00Z/a.csv": [{**r, "BilledCost": "1.51"} for r in FULL],
    }
    assert damage(tmp_path, bills) == []


def test_sound_bills_are_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Raw files are asked only where the days raise the suspicion."""
    sound = company(tmp_path, FULL)
    monkeypatch.setattr("unitcost.warehouse.bills.repeats.Repeats.of", lambda *_: pytest.fail("files were read"))
    assert quality.damage(sound, "2024-05") == ()


# Tags


def tagged(value: str, day: str = "2024-05-01", key: str = "product", **changes: str) -> Row:
    return row(day, Tags=f'{{"{key}": "{value}"}}', **changes)


def test_one_name_in_several_spellings(tmp_path: Path) -> None:
    """“search” costs 9, “Search” 1.50, “ search” 0.25: the rarer ones come to 1.75. “web” is another name."""
    bill = [
        tagged("search", EffectiveCost="9.0"),
        tagged("Search"),
        tagged(" search", EffectiveCost="0.25"),
        tagged("web"),
    ]
    [found] = damage(tmp_path, bill)
    assert told([found]) == [("tag_spelling", "Tag product", Decimal("1.75"), "USD")]
    assert found.seen == "One name is written “search” and “Search” and “ search”."
    assert found.measure == "cost written “Search” and “ search”"


@pytest.mark.parametrize("key", ["env", "account_id"])
def test_a_spelling_that_changes_from_month_to_month(key: str, tmp_path: Path) -> None:
    """“prod” in April, “Ｐrod” with a wide letter in May."""
    [found] = damage(tmp_path, [tagged("prod", "2024-04-02", key), tagged("Ｐrod", key=key), row("2024-04-01")])
    assert told([found]) == [("tag_spelling", f"Tag {key}", Decimal("1.5"), "USD")]
    assert found.seen == "One name is written “Ｐrod” and “prod”, the latter a month before."


def test_a_spelling_that_goes_on_beside_nothing_else_is_no_damage(tmp_path: Path) -> None:
    """Both spellings in April, one of them in May: May is of one mind and keeps a name of April."""
    bill = [tagged("search", "2024-04-02"), tagged("Search", "2024-04-02"), tagged("search")]
    assert damage(tmp_path, bill) == []


# The sample company


def test_the_sample_company_has_sound_bills(sample_company: Path) -> None:
    """Nothing is planted that damages a bill: no false alarm in any of 42 months."""
    northwind = open_company(sample_company / "report.toml")
    assert {month: quality.damage(northwind, month) for month in northwind.months} == dict.fromkeys(
        northwind.months, ()
    )
