"""What is accepted as it is: counted, summed, with one example, and nowhere where nobody uses it."""

from __future__ import annotations

import random
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from material.small_bills import REPORT, Row, accepted, company, daily, damage, row, save
from material.three_lines import call

from unitcost.analyses.opening import open_company
from unitcost.analyses.quality import inputs as quality
from unitcost.analyses.quality.tolerances import Accepted


def one(found: list[Accepted], words: str) -> Accepted:
    [entry] = [entry for entry in found if words in entry.what]
    return entry


TWO_MONTHS = "2024-07-01T00:00:00Z"


@pytest.mark.parametrize(
    ("words", "odd", "billed"),
    [
        ("without EffectiveCost", {"EffectiveCost": ""}, "1.5"),
        ("negative amount", {"BilledCost": "-3", "EffectiveCost": "0.5"}, "-3"),
        ("negative amount", {"EffectiveCost": "-0.5"}, "1.5"),
        ("currency sign, commas or blanks", {"BilledCost": "$1,234.50 "}, "1234.5"),
        ("more than 18 decimals", {"EffectiveCost": "1.0000000000000000005"}, "1.5"),
        ("month/day/year", {"ChargePeriodStart": "5/1/24"}, "1.5"),
        ("says NULL", {"ResourceId": "vm", "BillingAccountId": "NULL"}, "1.5"),
        ("says NULL", {"Tags": "null"}, "1.5"),
        ("no value", {"Tags": '{"product": true}'}, "1.5"),
        ("Usage-based", {"ChargeFrequency": "Usage-based"}, "1.5"),
        (
            "month corrected is unknown",
            {"ChargeClass": "Correction", "ChargePeriodEnd": "2024-06-01T00:00:00Z"},
            "1.5",
        ),
    ],
)
def test_each_mark_is_counted_summed_and_shown_by_example(
    words: str, odd: dict[str, str], billed: str, tmp_path: Path
) -> None:
    """Two odd rows among three: count, sum of BilledCost, and the example that sorts first."""
    found = accepted(tmp_path, [row(**odd, ServiceName="Zoo"), row(), row(**odd, ServiceName="Aquarium")])
    entry = one(found, words)
    assert (entry.count, entry.sum) == (2, 2 * Decimal(billed))
    assert entry.example is not None
    assert entry.example.startswith("AWS, Aquarium, 2024-05-01 00:00:00 UTC, BilledCost ")


def test_the_wording_of_an_amount_is_in_the_example(tmp_path: Path) -> None:
    """A reader can look for it in the file."""
    entry = one(accepted(tmp_path, [row(BilledCost="$1,234.50")]), "currency sign")
    assert entry.example is not None
    assert "BilledCost was written $1,234.50" in entry.example


def test_plain_rows_use_no_tolerance(tmp_path: Path) -> None:
    """What nobody uses is not shown."""
    assert accepted(tmp_path, daily("2024-05", range(1, 32))) == []


def test_rows_over_months_are_told_with_their_effective_cost(tmp_path: Path) -> None:
    """62 effective over May and June, billed 60: one row in May; June has its piece and no row."""
    bill = [row(BilledCost="60", EffectiveCost="61", ChargePeriodEnd=TWO_MONTHS), row("2024-06-01")]
    entry = one(accepted(tmp_path, bill), "spans months")
    assert (entry.count, entry.sum) == (1, Decimal(61))
    assert quality.accepted(company(tmp_path, bill), "2024-06") == ()


def test_rows_for_an_hour_beside_rows_for_a_day(tmp_path: Path) -> None:
    """Three hours beside five days: the hours are fewer, 3 × 0.10 billed, in euros of 2 dollars each."""
    hour = {"ChargePeriodEnd": "2024-05-01T01:00:00Z", "BilledCost": "0.10", "EffectiveCost": "0.1"}
    bill = [row(**hour, BillingCurrency="EUR", ResourceId=str(n)) for n in range(3)]
    bill += [*daily("2024-05", (1, 2), 2), row(ProviderName="GCP")]
    entry = one(
        accepted(tmp_path, bill, more='[fx]\npath = "fx.csv"', fx_csv="month,currency,rate\n2024-05,EUR,2\n"), "hour"
    )
    assert entry == Accepted("Rows for an hour among 5 for a day", 3, Decimal("0.6"), "AWS: 3 for an hour, 4 for a day")


def test_defaults_count_where_a_file_lacks_the_column(tmp_path: Path) -> None:
    """One file lacks Tags and takes the default, the other has the column and does not."""
    lacking = (
        "BilledCost,EffectiveCost,BillingCurrency,BillingPeriodStart,ChargePeriodStart,ChargePeriodEnd,"
        "ChargeCategory,ServiceName\n2,2,USD,2024-05-01,2024-05-01,2024-05-02,Usage,Compute\n"
    )
    (tmp_path / "bills").mkdir(parents=True)
    (tmp_path / "bills" / "lacking.csv").write_text(lacking)
    found = accepted(tmp_path, [row()], costs='defaults = { ProviderName = "Acme" }')
    entry = one(found, "lack a column")
    assert (entry.count, entry.sum) == (1, Decimal(2))
    assert entry.example == "[costs] defaults: ProviderName = Acme"
    assert accepted(tmp_path / "b", [row()], costs='defaults = { ProviderName = "Acme" }') == []


def test_users_and_subscriptions_have_no_money(tmp_path: Path) -> None:
    """A user without a subscription, and one that ends on the day it starts."""
    files = {
        "activity_csv": "date,user_id,product_line\n2024-05-01,ann,web\n2024-05-01,bob,web\n",
        "subscriptions_csv": "user_id,tier,started_on,ended_on,mrr\n"
        "ann,paid,2024-01-01,,5\nann,free,2023-01-01,2023-01-01,0\n",
    }
    company(tmp_path, [row()], more='[subscriptions]\npath = "subscriptions.csv"', **files)
    text = (tmp_path / "report.toml").read_text().replace('aggregate = "mau.csv"', 'path = "activity.csv"')
    (tmp_path / "report.toml").write_text(text)
    own = open_company(tmp_path / "report.toml")
    assert quality.accepted(own, "2024-05") == (
        Accepted("Active users without a subscription, counted as free", 1),
        Accepted("Subscriptions that end on the day they start, ignored", 1),
    )


# Slicing


CHANCE = random.Random(20240501)


def untidy() -> list[Row]:
    """A month with every flaw and oddity: missing days, a doubled day, damaged amounts, odd words."""
    rows = [*daily("2024-04", range(1, 31), ProviderName="Gone"), *daily("2024-04", range(1, 31), 3)]
    rows += daily("2024-05", [day for day in range(1, 29) if day != 9], 3)
    rows += [{**r, "BilledCost": "1.75"} for r in daily("2024-05", [17], 3)]
    rows += [row(f"2024-05-{day:02d}", ProviderName="GCP", EffectiveCost="2", Tags="NULL") for day in range(1, 32)]
    rows += [row(ProviderName="Azure", EffectiveCost="0", ChargeFrequency="Usage-based") for _ in range(3)]
    rows += [row(Tags=f'{{"product": "{name}"}}', BilledCost="$2.00") for name in ("search", "Search", "web")]
    rows += [
        row(EffectiveCost=""),
        row(BilledCost="-4"),
        row(ChargePeriodEnd=TWO_MONTHS),
        row(ChargePeriodStart="5/1/24"),
    ]
    return rows


def test_slices_order_and_formats_change_nothing(tmp_path: Path) -> None:
    """One file, or any slices in CSV, CSV.gz and Parquet: the same damage and the same tolerances, word for word."""
    rows = untidy()
    whole = company(tmp_path / "whole", rows)
    expected = quality.damage(whole, "2024-05"), quality.accepted(whole, "2024-05")
    kinds = {d.kind.value for d in expected[0]}
    assert kinds == {
        "effective_null",
        "effective_zero",
        "effective_whole",
        "missing_days",
        "early_end",
        "vanished",
        "delivered_twice",
        "tag_spelling",
    }
    assert len(expected[1]) == 7
    for number in range(3):
        CHANCE.shuffle(rows)
        names = [f"part-{n}{CHANCE.choice(['.csv', '.csv.gz', '.parquet'])}" for n in range(2 + 3 * number)]
        slices = {name: rows[n :: len(names)] for n, name in enumerate(names)}
        sliced = company(tmp_path / str(number), slices)
        assert (quality.damage(sliced, "2024-05"), quality.accepted(sliced, "2024-05")) == expected


def test_purchases_in_a_file_of_their_own_do_not_hide_damage(tmp_path: Path) -> None:
    """The usage of the bill is rounded, whatever file its purchases are in."""
    purchase = row(ChargeCategory="Purchase", BilledCost="9.5", EffectiveCost="0.5")
    found = damage(tmp_path, {"usage.csv": [row(EffectiveCost="2")], "purchases.csv": [purchase]})
    assert [d.kind.value for d in found] == ["effective_whole"]


# Where it is said


def test_check_says_how_files_are_packed(tmp_path: Path) -> None:
    """A byte order mark, Windows line ends, gzip and a file that is there twice: on the screen, on no page."""
    company(tmp_path, {"a.csv": [row()], "b.csv.gz": [row("2024-05-02")], "c.csv": [row("2024-05-03")]})
    plain = (tmp_path / "bills" / "a.csv").read_bytes()
    (tmp_path / "bills" / "a.csv").write_bytes(b"\xef\xbb\xbf" + plain.replace(b"\n", b"\r\n"))
    (tmp_path / "bills" / "again.csv").write_bytes(plain)
    code, said, _ = call("check", "--config", tmp_path / "report.toml")
    assert code == 0
    assert "accepted: 1 of 3 text files begin with a byte order mark (bills/a.csv)" in said
    assert "accepted: 1 of 3 text files have Windows line ends (bills/a.csv)" in said
    assert "accepted: 1 of 3 text files are gzipped (bills/b.csv.gz)" in said
    assert "read once: bills/again.csv has the same content as bills/a.csv" in said


def test_two_runs_at_once_build_the_same_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes second finds the tables there and takes them: both answer, and alike."""
    monkeypatch.setenv("UNITCOST_CACHE", str(tmp_path / "cache"))
    for number in range(12):
        save(tmp_path / "bills" / f"{number}.csv", daily("2024-05", range(1, 32), 20, ResourceId=f"vm-{number}"))
    config = tmp_path / "report.toml"
    config.write_text(REPORT.format(costs="", more=""))
    (tmp_path / "mau.csv").write_text("month,mau\n2024-05,100\n")
    command = [sys.executable, "-m", "unitcost", "findings", "2024-05", "--config", str(config)]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)]
    said = [run.communicate() for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0], said
    assert len({out for out, _ in said}) == 1
