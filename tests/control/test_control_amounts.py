"""The control total against sums worked by hand: money, months and times, currencies."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from material.control_bills import YEAR, may, put, rates, settings, total

from unitcost.control.totals import control_totals
from unitcost.errors import DataProblem

# money


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1E-7", "0.0000001"),
        ("-2.5e+3", "-2500"),
        ("$1,234,567.89", "1234567.89"),
        ("-€ 1 234.50", "-1234.50"),
        ("£-0.10", "-0.10"),
        (" +12.25 ", "12.25"),
        (".5", "0.5"),
        ("7.", "7"),
        ("12345678901234567890.123456789012345678", "12345678901234567890.123456789012345678"),
        ("0.0000000000000000005000000", "0"),
        ("0.0000000000000000015000000", "0.000000000000000002"),
        ("0.0000000000000000025000000", "0.000000000000000002"),
        ("0.0000000000000000025000001", "0.000000000000000003"),
        ("-0.0000000000000000015000000", "-0.000000000000000002"),
        ("1E-400", "0"),
    ],
)
def test_money_text(tmp_path: Path, text: str, amount: str) -> None:
    """Every tolerated way to write an amount is read exactly, ties at the 18th decimal to the even digit."""
    assert may(tmp_path, {"BilledCost": text, "EffectiveCost": "0"}) == total(amount, "0", 1)


@pytest.mark.parametrize(
    "text", ["1,5", "12,34.5", "1.2.3", "abc", "nan", "1_000", "--1", "$", "¹", "1" + "0" * 20, "$1$"]
)
def test_money_that_is_none(tmp_path: Path, text: str) -> None:
    """No amount, or one with over 20 digits before the point, is refused with file, row and column."""
    with pytest.raises(DataProblem) as caught:
        may(tmp_path, {}, {"BilledCost": text})
    assert caught.value.where == "raw/bill.csv, row 2, column BilledCost"


def test_null_effective_cost_counts_nothing_and_null_billed_cost_is_refused(tmp_path: Path) -> None:
    """NULL, null and empty are nulls: 0 in EffectiveCost, an error in BilledCost."""
    rows = [{"EffectiveCost": text} for text in ("NULL", "null", "", "0.25")]
    assert may(tmp_path, *rows) == total("4", "0.25", 4)
    with pytest.raises(DataProblem, match="row 1, column BilledCost"):
        may(tmp_path, {"BilledCost": "NULL"})


# months and times


@pytest.mark.parametrize(
    ("start", "month"),
    [
        ("2024-09-01 00:00:00", "2024-09"),
        ("2024-09-01", "2024-09"),
        ("2024-08-31T23:59:59.9999999Z", "2024-08"),
        ("2024-09-01T00:30:00+01:00", "2024-08"),
        ("2024-08-31T22:00:00-0300", "2024-09"),
        ("9/1/24", "2024-09"),
        ("12/31/2024", "2024-12"),
    ],
)
def test_the_month_is_that_of_the_charge_in_utc(tmp_path: Path, start: str, month: str) -> None:
    """Times with a zone are moved to UTC, those without are UTC."""
    put(tmp_path / "raw" / "bill.csv", {"ChargePeriodStart": start, "ChargePeriodEnd": "NULL"})
    assert control_totals(settings(tmp_path)) == {month: total("1", "1", 1)}


@pytest.mark.parametrize("text", ["13/1/24", "2024-02-30", "2024-09-01T30:00:00Z", "soon", "1725148800", "NULL"])
def test_a_time_that_is_none(tmp_path: Path, text: str) -> None:
    """A charge without a readable start has no month: refused with its row."""
    with pytest.raises(DataProblem) as caught:
        may(tmp_path, {}, {}, {"ChargePeriodStart": text})
    assert caught.value.where == "raw/bill.csv, row 3, column ChargePeriodStart"


def test_an_annual_row_is_spread_over_its_days_and_left_over_units_go_to_the_first(tmp_path: Path) -> None:
    """1 / 365 leaves 100 units of 1e-18: one for each of the first 100 days, up to 10 April."""
    put(tmp_path / "raw" / "bill.csv", {**YEAR, "BilledCost": "12"}, {**YEAR, "EffectiveCost": "-1"})
    put(tmp_path / "one" / "bill.csv", {**YEAR, "BilledCost": "12"})
    found = control_totals(settings(tmp_path, "one/*"))
    assert found["2025-01"] == total("12", "0.084931506849315091", 1)
    assert found["2025-02"] == total("0", "0.076712328767123308", 0)
    assert found["2025-04"] == total("0", "0.082191780821917810", 0)
    assert found["2025-05"] == total("0", "0.084931506849315060", 0)
    assert sum(month.effective for month in found.values()) == 1
    assert len(found) == 12
    mirrored = control_totals(settings(tmp_path))
    assert {month.effective for month in mirrored.values()} == {0}
    assert control_totals(settings(tmp_path, "one/*", spread="start")) == {"2025-01": total("12", "1", 1)}


def test_only_whole_days_in_another_month_spread_a_row(tmp_path: Path) -> None:
    """An end at midnight touches no further day; one hour later it does: 31 parts of 32 stay in May."""
    month = {"ChargePeriodStart": "2024-05-01T00:00:00Z", "EffectiveCost": "32"}
    put(tmp_path / "raw" / "a.csv", {**month, "ChargePeriodEnd": "2024-06-01T00:00:00Z"})
    assert control_totals(settings(tmp_path)) == {"2024-05": total("1", "32", 1)}
    put(tmp_path / "raw" / "a.csv", {**month, "ChargePeriodEnd": "2024-06-01T01:00:00Z"})
    expected = {"2024-05": total("1", "31", 1), "2024-06": total("0", "1", 0)}
    assert control_totals(settings(tmp_path)) == expected


def test_corrections_restated_and_as_booked(tmp_path: Path) -> None:
    """A correction of 2024 billed in June counts in its charge months, or whole and unspread in June."""
    correction = {
        "ChargeClass": "Correction",
        "BillingPeriodStart": "2024-06-01T00:00:00Z",
        "ChargePeriodStart": "2024-04-30T00:00:00Z",
        "ChargePeriodEnd": "2024-05-02T00:00:00Z",
        "BilledCost": "-3",
        "EffectiveCost": "-4",
    }
    put(tmp_path / "raw" / "bill.csv", {}, correction)
    assert control_totals(settings(tmp_path)) == {
        "2024-04": total("-3", "-2", 1),
        "2024-05": total("1", "-1", 1),
    }
    assert control_totals(settings(tmp_path, corrections="as_booked")) == {
        "2024-05": total("1", "1", 1),
        "2024-06": total("-3", "-4", 1),
    }


def test_each_row_is_converted_and_rounded_by_itself(tmp_path: Path) -> None:
    """Ties go to the even unit row by row: 0.5 + 0.5 + 1.5 units become 0 + 0 + 2, not 2.5 rounded once."""
    one, three = (dict.fromkeys(("BilledCost", "EffectiveCost"), text) for text in ("1E-18", "3E-18"))
    euro = {"BillingCurrency": "EUR"}
    put(tmp_path / "raw" / "bill.csv", {**euro, **one}, {**euro, **one}, {**euro, **three}, {})
    fx = rates(tmp_path / "fx.csv", "2024-05,EUR,0.5")
    expected = {"2024-05": total("1.000000000000000002", "1.000000000000000002", 4)}
    assert control_totals(settings(tmp_path, fx=fx)) == expected


@pytest.mark.parametrize("name", ["fx.csv", "fx.csv.gz", "fx.parquet"])
def test_billed_cost_takes_the_rate_of_the_billing_month(tmp_path: Path, name: str) -> None:
    """Effective cost converts at the charge month's rate, billed cost at the billing month's."""
    put(tmp_path / "raw" / "bill.csv", {"BillingCurrency": "EUR", "BillingPeriodStart": "2024-06-01"})
    rates(tmp_path / "fx.csv", "2024-05,EUR,1.1", "2024-06,EUR,1.2", "2024-06,GBP,9")
    (tmp_path / "fx.csv.gz").write_bytes(gzip.compress((tmp_path / "fx.csv").read_bytes()))
    columns = {"month": ["2024-05-01", "2024-06"], "currency": ["EUR", "EUR"], "rate": [1.1, 1.2]}
    pq.write_table(pa.table(columns), tmp_path / "fx.parquet")
    expected = {"2024-05": total("1.2", "1.1", 1)}
    assert control_totals(settings(tmp_path, fx=Path(name))) == expected
    assert control_totals(settings(tmp_path, fx=tmp_path / name.replace("fx", "f*"))) == expected


def test_spread_follows_conversion(tmp_path: Path) -> None:
    """Two units at 1.5 are three, two for the earlier day; the second month has no say in the rate."""
    row = {
        "BillingCurrency": "EUR",
        "ChargePeriodStart": "2024-05-31",
        "ChargePeriodEnd": "2024-06-02",
        "EffectiveCost": "2E-18",
        "BilledCost": "0",
    }
    put(tmp_path / "raw" / "bill.csv", row)
    fx = rates(tmp_path / "fx.csv", "2024-05,EUR,1.5", "2024-06,EUR,7")
    assert control_totals(settings(tmp_path, fx=fx)) == {
        "2024-05": total("0", "0.000000000000000002", 1),
        "2024-06": total("0", "0.000000000000000001", 0),
    }


def test_a_missing_rate_and_two_rates_are_refused(tmp_path: Path) -> None:
    """The message names currency and month; two different rates of one month are one too many."""
    put(tmp_path / "raw" / "bill.csv", {"BillingCurrency": "EUR"})
    with pytest.raises(DataProblem, match="no rate of EUR for 2024-05"):
        control_totals(settings(tmp_path))
    with pytest.raises(DataProblem, match="two rates of EUR for 2024-05 differ"):
        fx = rates(tmp_path / "fx.csv", "2024-05,EUR,1.1", "2024-05,EUR,1.2")
        control_totals(settings(tmp_path, fx=fx))
