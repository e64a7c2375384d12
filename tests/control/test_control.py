"""The control total against sums worked by hand: expected figures are written out, not computed alike."""

from __future__ import annotations

import ast
import csv
import gzip
import io
import os
import random
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from material.places import ROOT, SHARED_DATA

from unitcost.control import cache as control_cache
from unitcost.control import cells as control_cells
from unitcost.control import keys as control_keys
from unitcost.control import rows as control_rows
from unitcost.control.totals import ControlSettings, ControlTotal, control_totals
from unitcost.errors import DataProblem, EnvironmentProblem

SHARED = SHARED_DATA
with_shared_data = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is absent")

ROW = {
    "ProviderName": "AWS",
    "BillingAccountId": "1",
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2024-05-01T00:00:00Z",
    "ChargePeriodStart": "2024-05-03T00:00:00Z",
    "ChargePeriodEnd": "2024-05-04T00:00:00Z",
    "ChargeClass": "",
    "BilledCost": "1",
    "EffectiveCost": "1",
    "ServiceName": "Amazon EC2",
    "Tags": "",
}


def csv_text(rows: Iterable[Mapping[str, str]], **dialect: Any) -> str:
    """Return rows as CSV text; cells left out are those of ROW, a cell given as `-` drops its column."""
    full = [{**ROW, **row} for row in rows]
    names = [name for name in full[0] if full[0][name] != "-"]
    stream = io.StringIO()
    writer = csv.DictWriter(stream, names, extrasaction="ignore", **{"lineterminator": "\n", **dialect})
    writer.writeheader()
    writer.writerows(full)
    return stream.getvalue()


def put(path: Path, *rows: Mapping[str, str], **dialect: Any) -> Path:
    """Write rows as a CSV file, gzipped where the name says so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = csv_text(rows, **dialect).encode()
    path.write_bytes(gzip.compress(content) if path.name.endswith(".gz") else content)
    return path


def settings(folder: Path, *paths: str, **changes: Any) -> ControlSettings:
    """Return the settings of a company in US dollars that has all its bills below `raw`."""
    given: dict[str, Any] = {
        "defaults": {}, "currency": "USD", "corrections": "restated", "spread": "days", "fx": None, **changes
    }  # fmt: skip
    return ControlSettings(folder=folder, paths=paths or ("raw/**/*",), **given)


def total(billed: str, effective: str, rows: int) -> ControlTotal:
    """Return an expected total from decimal texts."""
    return ControlTotal(Decimal(billed), Decimal(effective), rows)


def may(folder: Path, *rows: Mapping[str, str], **dialect: Any) -> ControlTotal:
    """Return the total of May 2024 of one CSV file with these rows."""
    put(folder / "raw" / "bill.csv", *rows, **dialect)
    return control_totals(settings(folder))["2024-05"]


def no_reading(*_: object, **__: object) -> None:
    """Stand in for whatever reads files."""
    raise AssertionError("a file was read")


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


YEAR = {"ChargePeriodStart": "2025-01-01T00:00:00Z", "ChargePeriodEnd": "2026-01-01T00:00:00Z"}


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


# currencies


def rates(path: Path, *rows: str) -> Path:
    """Write a table of conversion rates."""
    path.write_text("\n".join(("Month,Currency,Rate", *rows)) + "\n")
    return path


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


# which files count


def test_the_latest_delivery_of_a_bill_counts_whole(tmp_path: Path) -> None:
    """Bills are provider, account and period: a redelivered bill drops all its older rows, others stay."""
    raw = tmp_path / "raw"
    put(raw / "may.csv", {}, {"BilledCost": "5"}, {"BillingAccountId": "2", "BilledCost": "10"})
    put(raw / "delivery=2024-06-03T08-00-00Z" / "may.csv", {"BilledCost": "100"}, {"BilledCost": "200"})
    put(raw / "delivery=20240602T080000Z" / "may.csv", {"BilledCost": "7000"})
    put(raw / "delivery=2024-06-04" / "x" / "gcp.csv", {"ProviderName": "GCP", "BilledCost": "1000"})
    assert control_totals(settings(tmp_path)) == {"2024-05": total("1310", "4", 4)}


def test_a_delivery_may_bring_back_the_content_of_an_older_one(tmp_path: Path) -> None:
    """Equal content is read once within a delivery only: a bill taken back to its first version counts so."""
    for day, amount in ((1, "10"), (2, "20"), (3, "10")):
        put(tmp_path / "raw" / f"delivery=2024-06-0{day}" / "bill.csv", {"BilledCost": amount})
    assert control_totals(settings(tmp_path)) == {"2024-05": total("10", "1", 1)}


def test_a_service_provider_name_wins_where_it_is_filled(tmp_path: Path) -> None:
    """The redelivery of the bill of B replaces the row whose ServiceProviderName is B, not the two of A."""
    old = [{"ProviderName": "A", "ServiceProviderName": name} for name in ("", "NULL", "B")]
    put(tmp_path / "raw" / "old.csv", *old)
    put(tmp_path / "raw" / "delivery=2024-06-04" / "new.csv", {"ProviderName": "B", "BilledCost": "50"})
    assert control_totals(settings(tmp_path)) == {"2024-05": total("52", "3", 3)}


def test_a_bad_amount_matters_only_while_its_delivery_counts(tmp_path: Path) -> None:
    """A bill put right by a later delivery can be reported; without that delivery the row is named."""
    put(tmp_path / "raw" / "old.csv", {"BilledCost": "oops"})
    with pytest.raises(DataProblem, match="row 1, column BilledCost"):
        control_totals(settings(tmp_path))
    put(tmp_path / "raw" / "delivery=2024-06-04" / "new.csv", {"BilledCost": "2"})
    assert control_totals(settings(tmp_path)) == {"2024-05": total("2", "1", 1)}


def test_equal_content_is_read_once_within_a_delivery(tmp_path: Path) -> None:
    """Neither compression nor a byte order mark nor line ends make another content; one more row does."""
    raw = tmp_path / "raw"
    plain = put(raw / "a.csv", {}, {"BilledCost": "2"})
    put(raw / "b.csv.gz", {}, {"BilledCost": "2"})
    (raw / "c.csv").write_bytes(b"\xef\xbb\xbf" + plain.read_bytes().replace(b"\n", b"\r\n"))
    (raw / "d.csv").write_bytes(plain.read_bytes().replace(b"\n", b"\r"))
    assert control_totals(settings(tmp_path)) == {"2024-05": total("3", "2", 2)}
    put(raw / "e.csv", {}, {"BilledCost": "2"}, {"BilledCost": "4"})
    assert control_totals(settings(tmp_path)) == {"2024-05": total("10", "5", 5)}


def test_line_ends_across_block_borders_do_not_change_the_content(tmp_path: Path) -> None:
    """A CRLF cut in two between two blocks of a large file is still one line end."""
    header, row = csv_text([{"Tags": "x"}]).splitlines()
    for border in (1 << 16, 1 << 20):
        padding = "x" * (border - 1 - len(header + row) - 2)
        text = f"{header}\n{row}{padding}\n{row}\n"
        (tmp_path / "raw").mkdir(exist_ok=True)
        (tmp_path / "raw" / "a.csv").write_text(text, newline="")
        (tmp_path / "raw" / "b.csv").write_text(text.replace("\n", "\r\n"), newline="")
        assert (tmp_path / "raw" / "b.csv").read_bytes()[border - 1 : border + 1] == b"\r\n"
        assert control_totals(settings(tmp_path))["2024-05"].rows == 2


def test_files_that_only_begin_alike_are_both_read(tmp_path: Path) -> None:
    """What tells two files apart may be their very last row, and what repeats one may be packed otherwise."""
    same = [{"Tags": "x" * 500}] * 300
    for name, billed in (("a.csv", "2"), ("b.csv", "3"), ("c.csv.gz", "3"), ("d.csv.gz", "2")):
        put(tmp_path / "raw" / name, *same, {"BilledCost": billed}, lineterminator="\r\n" if name == "b.csv" else "\n")
    assert control_totals(settings(tmp_path)) == {"2024-05": total("605", "602", 602)}


def test_bytes_that_are_equal_are_read_as_what_each_file_is(tmp_path: Path) -> None:
    """The sums of a packed file are not taken for those of a file that only has its bytes."""
    path = put(tmp_path / "raw" / "a.csv.gz", {})
    assert control_totals(settings(tmp_path), tmp_path / "cache") == {"2024-05": total("1", "1", 1)}
    path.rename(tmp_path / "raw" / "a.csv")
    with pytest.raises(DataProblem, match=r"raw/a\.csv"):
        control_totals(settings(tmp_path), tmp_path / "cache")


def test_which_files_a_path_names(tmp_path: Path) -> None:
    """Patterns, folders and single files; no hidden files, other kinds or folders named like files."""
    raw = tmp_path / "raw"
    bills = ("a.csv", "x/b.CSV", "x/y/c.csv.gz", "costs.csv/d.csv")
    names = (*bills, "_e.csv", ".f.csv", "_tmp/g.csv", "notes.txt")
    for place, name in enumerate(names):
        put(raw / name, {"BilledCost": str(10**place)})

    def billed(*paths: str) -> Decimal:
        return control_totals(settings(tmp_path, *paths))["2024-05"].billed

    for everything in (("raw/**/*",), ("raw",), ("raw/**",), ("raw", str(raw / "**" / "*"))):
        assert billed(*everything) == 1111
    assert billed("raw/*") == 1
    assert billed("raw/*/*") == 1010
    assert billed("raw/**/[ab].*", "raw/a.csv", "raw/x/../a.csv") == 11
    with pytest.raises(DataProblem, match=r"raw/none\.csv"):
        billed("raw/none.csv")
    with pytest.raises(DataProblem, match="no cost files"):
        billed("raw/*.parquet")


def test_folders_are_columns_the_file_lacks(tmp_path: Path) -> None:
    """A folder gives a column whatever the case of its name, before a default, never over the file's own."""
    folder = tmp_path / "raw" / "providername=GCP" / "BILLINGCURRENCY=EUR" / "other=1"
    put(folder / "a.csv", {"ProviderName": "-", "BillingCurrency": "USD"})
    put(folder / "b.csv", {"ProviderName": "-", "BillingCurrency": "-", "BilledCost": "3"})
    put(tmp_path / "raw" / "c.csv", {"ProviderName": "-", "BillingCurrency": "-", "BilledCost": "100"})
    put(tmp_path / "raw" / "delivery=2024-06-04" / "d.csv", {"ProviderName": "GCP", "BilledCost": "1000"})
    put(tmp_path / "raw" / "delivery=none.csv", {"ProviderName": "-", "BilledCost": "10000"})
    fx = rates(tmp_path / "fx.csv", "2024-05,EUR,2")
    chosen = settings(tmp_path, fx=fx, defaults={"BillingCurrency": "USD", "providername": "AWS"})
    assert control_totals(chosen) == {"2024-05": total("11100", "3", 3)}
    (tmp_path / "raw" / "delivery=2024-06-04" / "d.csv").unlink()
    assert control_totals(chosen) == {"2024-05": total("10107", "5", 4)}


@pytest.mark.parametrize(
    "column", ["BilledCost", "EffectiveCost", "ChargePeriodEnd", "BillingCurrency", "ProviderName"]
)
def test_a_missing_column_is_named(tmp_path: Path, column: str) -> None:
    """A column the total needs must be there, or have a default."""
    with pytest.raises(DataProblem, match=f"lacks the column {column}"):
        may(tmp_path, {column: "-"})


# ways of writing the same table


def table_rows(count: int, line_end: str) -> list[dict[str, str]]:
    """Return random rows with names that need quoting: commas, quotes, line breaks."""
    dice = random.Random(5)
    odd = ("", "plain", "a,b", 'say "hi"', f"two{line_end}lines", '{"k":"v,w"}', "é€", '"', '""', ",")
    return [
        {
            "ServiceName": dice.choice(odd),
            "Tags": dice.choice(odd),
            "BillingAccountId": dice.choice(("1", "x,y", 'q"r')),
            "ChargePeriodStart": f"2024-0{dice.randint(4, 6)}-{dice.randint(1, 28):02}",
            "ChargePeriodEnd": "NULL",
            "BilledCost": f"{dice.randint(-(10**9), 10**9)}.{dice.randint(0, 10**18)}"[:30],
            "EffectiveCost": f"{dice.randint(-99, 99)}.{dice.randint(0, 99)}",
        }
        for _ in range(count)
    ]


def plain_sums(rows: Iterable[Mapping[str, str]]) -> dict[str, ControlTotal]:
    """Return the totals of rows in one currency, unspread, in the plainest way."""
    found: dict[str, ControlTotal] = {}
    with localcontext(prec=80):
        for row in rows:
            month = row["ChargePeriodStart"][:7]
            had = found.get(month, total("0", "0", 0))
            billed, effective = Decimal(row["BilledCost"]), Decimal(row["EffectiveCost"])
            found[month] = ControlTotal(had.billed + billed, had.effective + effective, had.rows + 1)
    return found


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
@pytest.mark.parametrize("order", ["as written", "sorted", "reversed"])
def test_quoting_line_ends_and_column_order_change_nothing(tmp_path: Path, end: str, quoting: int, order: str) -> None:
    """However a table is written as CSV, its totals are those of its cells."""
    rows = table_rows(600, end)
    names = list(rows[0]) + [name for name in ROW if name not in rows[0]]
    names = {"sorted": sorted(names), "reversed": sorted(names, reverse=True)}.get(order, names)
    ordered = [{name: {**ROW, **row}[name] for name in names} for row in rows]
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, [name.upper() for name in names], quoting=quoting, lineterminator=end)  # type: ignore[arg-type]
    writer.writeheader()
    writer.writerows({name.upper(): value for name, value in row.items()} for row in ordered)
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "bill.csv").write_bytes(b"\xef\xbb\xbf" + stream.getvalue().encode())
    assert control_totals(settings(tmp_path)) == plain_sums(rows)


def test_blank_lines_are_no_rows_and_ragged_rows_are_refused(tmp_path: Path) -> None:
    """A row with a cell too many or too few would put amounts into other columns."""
    path = put(tmp_path / "raw" / "bill.csv", {}, {})
    whole = path.read_text()
    path.write_text(whole.replace("\n", "\n\n") + "\n\n")
    assert control_totals(settings(tmp_path)) == {"2024-05": total("2", "2", 2)}
    row = whole.splitlines()[1]
    short = row.rsplit(",", 2)[0]
    for ragged in ("AWS,1", f"{row},b", f'{row}"a,b",c', f'{short},"a,b"', f"{short}\r{row}"):
        path.write_text(f"{whole}{ragged}\n", newline="")
        with pytest.raises(DataProblem, match=r"raw/bill\.csv, line 4"):
            control_totals(settings(tmp_path))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b""),
        ("a.csv", "ServiceName\n\u00e9".encode("latin-1")),
        ("a.csv", csv_text([{"ServiceName": "é"}]).encode("latin-1")),
        ("a.csv", csv_text([{"ServiceName": "é"} for _ in range(2_000)] + [{"Tags": "è"}]).encode()[:-2]),
        ("a.csv", csv_text([{}] * 2_000).encode() + csv_text([{"Tags": "é"}]).encode("latin-1").splitlines()[1]),
        ("a.csv", csv_text([{}]).encode() + b'"never closed'),
        ("a.csv", csv_text([{"Tags": "a"}]).encode().replace(b"a\n", b"a\rb\n")),
        ("a.csv.gz", gzip.compress(csv_text([{}] * 500).encode())[:-20]),
        ("a.csv.gz", csv_text([{}]).encode()),
        ("a.parquet", b"PAR1 no more"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    """Empty, wrongly encoded, cut off, or not what its name says: an expected error that names the file."""
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / name).write_bytes(content)
    with pytest.raises(DataProblem, match=f"raw/{name}"):
        control_totals(settings(tmp_path))


PARQUET_MONEY = {
    "text": pa.string(),
    "dictionary": pa.dictionary(pa.int32(), pa.string()),
    "double": pa.float64(),
    "decimal": pa.decimal128(38, 18),
    "short decimal": pa.decimal128(12, 4),
    "wide decimal": pa.decimal256(60, 25),
}


@pytest.mark.parametrize("kind", PARQUET_MONEY)
@pytest.mark.parametrize("times", [pa.timestamp("us", "Europe/Paris"), pa.timestamp("ns"), pa.string(), pa.date32()])
def test_parquet_gives_what_csv_gives(tmp_path: Path, kind: str, times: pa.DataType) -> None:
    """Whatever types a Parquet file has for money and times, its total is that of the same bill as CSV."""
    texts = ["0.1", "0.2", "1234567.25", "-3.5", "0.0001", "7", None]
    columns: dict[str, Any] = {
        name: pa.array([text] * len(texts)) for name, text in ROW.items() if name != "ChargeClass"
    }
    columns["BilledCost"] = pa.array([text or "0" for text in texts])
    columns["EffectiveCost"] = pa.array(texts)
    days = pa.array(["2024-05-03 00:00:00", "2024-06-30 00:00:00"] * 3 + ["2024-05-31 00:00:00"])
    columns["ChargePeriodStart"] = days
    columns["ChargePeriodEnd"] = pa.nulls(len(texts), pa.string())
    for name in ("BilledCost", "EffectiveCost"):
        columns[name] = columns[name].cast(PARQUET_MONEY[kind])
    for name in ("ChargePeriodStart", "ChargePeriodEnd", "BillingPeriodStart"):
        instants = pa.compute.strptime(
            pa.compute.utf8_slice_codeunits(columns[name], 0, 10), format="%Y-%m-%d", unit="us"
        ).cast(pa.timestamp("us", "UTC"))
        columns[name] = columns[name] if pa.types.is_string(times) else instants.cast(times)
    columns["Tags"] = pa.array([[("env", "prod")]] * len(texts), pa.map_(pa.string(), pa.string()))
    (tmp_path / "raw").mkdir()
    pq.write_table(pa.table(columns), tmp_path / "raw" / "bill.parquet", row_group_size=3)
    assert control_totals(settings(tmp_path)) == {
        "2024-05": total("1234567.3501", "1234567.3501", 4),
        "2024-06": total("3.7", "3.7", 3),
    }


def test_a_parquet_double_is_its_shortest_text(tmp_path: Path) -> None:
    """0.1 + 0.2 is 0.3 exactly, 1e-7 one ten-millionth, 32-bit floats keep their digits; NaN is refused."""
    (tmp_path / "raw").mkdir()
    given = {name: [value] * 3 for name, value in ROW.items() if name not in ("BilledCost", "EffectiveCost")}
    money = {"BilledCost": pa.array([0.1, 0.2, 1e-7])}
    money["EffectiveCost"] = pa.array([0.1, 0.2, 1.5], pa.float32())
    pq.write_table(pa.table({**given, **money}), tmp_path / "raw" / "bill.parquet")
    assert control_totals(settings(tmp_path)) == {"2024-05": total("0.3000001", "1.8", 3)}
    money["BilledCost"] = pa.array([0.1, float("nan"), 1.0])
    pq.write_table(pa.table({**given, **money}), tmp_path / "raw" / "bill.parquet")
    with pytest.raises(DataProblem, match=r"raw/bill\.parquet, row 2, column BilledCost"):
        control_totals(settings(tmp_path))


@pytest.mark.parametrize(
    ("kind", "amount"),
    [
        (pa.string(), "99999999999999999999.999999999999999999"),
        (pa.decimal128(38, 18), "99999999999999999999.999999999999999999"),
        (pa.decimal128(38, 17), "-99999999999999999999.99999999999999999"),
        (pa.decimal128(38, 12), "99999999999999999999.999999999999"),
        (pa.decimal128(38, 0), "-99999999999999999999"),
        (pa.decimal256(76, 18), "99999999999999999999.999999999999999999"),
        (pa.float64(), "99999999999999980000"),
    ],
)
def test_sums_have_no_limit(tmp_path: Path, kind: pa.DataType, amount: str) -> None:
    """A thousand amounts as long as amounts may be, whose sum no decimal of 38 digits holds."""
    (tmp_path / "raw").mkdir()
    money = pa.array([float(amount) if pa.types.is_floating(kind) else Decimal(amount)] * 1000, None)
    table = {name: [value] * 1000 for name, value in ROW.items()}
    table["BilledCost"] = table["EffectiveCost"] = money.cast(kind)
    pq.write_table(pa.table(table), tmp_path / "raw" / "bill.parquet")
    with localcontext(prec=80):
        expected = Decimal(amount) * 1000
    assert control_totals(settings(tmp_path)) == {"2024-05": ControlTotal(expected, expected, 1000)}


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (pa.array([Decimal(1), Decimal(10**20)], pa.decimal128(38, 12)), "'100000000000000000000"),
        (pa.array([1.0, 1e20]), "'1e+20'"),
        (pa.array([1.0, float("inf")]), "'inf'"),
        (pa.array([Decimal(10**30)], pa.decimal256(60, 2)), "'1000000000000000000000000000000.00'"),
        (pa.array([True, False]), "'true'"),
    ],
)
def test_parquet_money_that_is_none(tmp_path: Path, money: pa.Array, text: str) -> None:
    """Amounts over 20 digits, infinity and truth values are refused with their row."""
    (tmp_path / "raw").mkdir()
    table = {name: [value] * len(money) for name, value in ROW.items()}
    pq.write_table(pa.table({**table, "BilledCost": money}), tmp_path / "raw" / "bill.parquet")
    with pytest.raises(DataProblem, match=rf"row [12], column BilledCost[^$]*{re.escape(text)}"):
        control_totals(settings(tmp_path))


@pytest.mark.parametrize(
    "kind", [pa.list_(pa.string()), pa.struct([("a", pa.string())]), pa.map_(pa.string(), pa.string()), pa.binary()]
)
@pytest.mark.parametrize("column", ["BilledCost", "ChargePeriodStart", "BillingAccountId"])
def test_parquet_columns_of_a_kind_without_text(tmp_path: Path, kind: pa.DataType, column: str) -> None:
    """Lists, structures, maps and bytes that are no text are refused by name, wherever a text is needed."""
    (tmp_path / "raw").mkdir()
    given = {"list": ["1"], "struct": {"a": "1"}, "map": [("a", "1")], "binary": b"\xff"}
    value = given["list" if pa.types.is_list(kind) else str(kind).split("<")[0]]
    table = {name: [text] for name, text in ROW.items()}
    pq.write_table(pa.table({**table, column: pa.array([value], kind)}), tmp_path / "raw" / "bill.parquet")
    with pytest.raises(DataProblem, match=r"raw/bill\.parquet"):
        control_totals(settings(tmp_path))


@pytest.mark.parametrize("block", [64, 100, 1 << 18])
@pytest.mark.parametrize(
    "cell", ['"ab"c', 'a"b"', '"a" ', '"a""', '"{"k": "v"}"', '"never closed', '"a"b"', 'a"b', '""a', '"""', '"a\n"b']
)
def test_quotes_in_odd_places_mean_what_they_mean_to_a_strict_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cell: str, block: int
) -> None:
    """Within a cell that does not begin with one a quote is a letter; behind a closed one nothing may follow."""
    monkeypatch.setattr(control_cells, "_BLOCK", block)
    (tmp_path / "raw").mkdir()
    path = tmp_path / "raw" / "bill.csv"
    header, row = csv_text([{"Tags": "-tags-"}]).splitlines()
    path.write_text("\n".join((header, row, row.replace("-tags-", cell), row)) + "\n", newline="")
    if cell in ('a"b"', 'a"b'):
        assert control_totals(settings(tmp_path)) == {"2024-05": total("3", "3", 3)}
    else:
        with pytest.raises(DataProblem, match=r"raw/bill\.csv"):
            control_totals(settings(tmp_path))


@pytest.mark.parametrize("block", [300, 1 << 12, 1 << 18])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_plain_files_never_need_the_careful_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str, quoting: int, block: int
) -> None:
    """Quoted commas, quotes, line ends and letters cut in two by a block are plain: the slow way is not for them."""
    monkeypatch.setattr(control_cells, "_BLOCK", block)
    monkeypatch.setattr(control_cells, "_careful_csv", no_reading)
    rows = table_rows(300, end)
    put(tmp_path / "raw" / "bill.csv.gz", *rows, quoting=quoting, lineterminator=end)
    assert control_totals(settings(tmp_path)) == plain_sums(rows)


# many rows at once


@dataclass(frozen=True)
class Charge:
    """One invented charge: what it means, apart from how any file writes it."""

    provider: str
    account: str
    currency: str
    correction: bool
    booked: int
    start: datetime
    end: datetime | None
    billed: Fraction
    effective: Fraction | None


def charges(dice: random.Random, count: int, decimals: int | None) -> list[Charge]:
    """Return invented charges of three months; without `decimals` the amounts are the shortest texts of doubles."""

    def amount() -> Fraction:
        if decimals is None:
            short, noisy = (
                round(dice.uniform(-99, 99), dice.randint(0, 14)),
                dice.random() * 10 ** dice.randint(-24, 18),
            )
            return Fraction(repr(dice.choice((short, noisy))))
        largest = 10 ** dice.randint(1, decimals + 20) - 1
        return Fraction(dice.randint(-largest, largest), 10**decimals)

    def charge() -> Charge:
        start = datetime(2024, dice.randint(4, 6), dice.randint(1, 28), dice.choice((0, 0, 13, 23)), tzinfo=UTC)
        end = start + timedelta(hours=dice.choice((1, 1, 24, 24, 24 * 40, 7)))
        return Charge(
            provider=dice.choice(("AWS", "Google, Inc.")),
            account=dice.choice(("1", "", 'the "big" one')),
            currency=dice.choice(("USD", "USD", "EUR", "CHF")),
            correction=dice.random() < 0.1,
            booked=dice.choice((start.month, start.month, 6)),
            start=start,
            end=dice.choice((end, end, end, None)),
            billed=amount(),
            effective=None if dice.random() < 0.1 else amount(),
        )

    return [charge() for _ in range(count)]


RATES = {
    "EUR": {4: "1.0845", 5: "1.08", 6: "0.912345678912345678"},
    "CHF": {4: "2", 5: "1.1", 6: "0.000000000000000001"},
}


def expected(charges: Iterable[Charge], as_booked: bool) -> dict[str, ControlTotal]:
    """Return the totals in US dollars by whole numbers and fractions, a row and a day at a time."""
    found: dict[str, list[int]] = {}

    def add(month: int, billed: int, effective: int, rows: int) -> None:
        had = found.setdefault(f"2024-{month:02}", [0, 0, 0])
        found[f"2024-{month:02}"] = [had[0] + billed, had[1] + effective, had[2] + rows]

    for charge in charges:
        billed, effective = round(charge.billed * 10**18), round((charge.effective or 0) * 10**18)
        if charge.currency != "USD":
            rate = RATES[charge.currency]
            billed = round(billed * Fraction(rate[charge.booked]))
            effective = round(effective * Fraction(rate[charge.start.month]))
        last = (charge.end - timedelta(microseconds=1)) if charge.end else charge.start
        if charge.correction and as_booked:
            add(charge.booked, billed, effective, 1)
        elif last.month == charge.start.month:
            add(charge.start.month, billed, effective, 1)
        else:
            add(charge.start.month, billed, 0, 1)
            days = last.toordinal() - charge.start.toordinal() + 1
            each, left = divmod(abs(effective), days)
            for day in range(days):
                part = each + (day < left)
                add((charge.start + timedelta(days=day)).month, 0, part if effective > 0 else -part, 0)
    return {
        month: ControlTotal(Decimal(f"{billed}E-18"), Decimal(f"{effective}E-18"), rows)
        for month, (billed, effective, rows) in found.items()
    }


def money_text(dice: random.Random, amount: Fraction | None) -> str:
    """Return an amount in one of the ways people write it."""
    if amount is None:
        return dice.choice(("", "NULL", "null"))
    plain = f"{Decimal(amount.numerator * 10**40 // amount.denominator).scaleb(-40, Context(prec=90)):f}"
    whole, _, fraction = plain.partition(".")
    fraction = fraction.rstrip("0")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return dice.choice(
        (
            f"{whole}.{fraction}",
            f"{whole}.{fraction}",
            f"{whole}.{fraction}",
            f"{whole}.{fraction}00",
            f" {sign}${int(digits):,}.{fraction} ",
            f"{sign}{digits}{fraction}E-{len(fraction)}",
        )
    )


def time_text(dice: random.Random, time: datetime | None) -> str:
    """Return a time in one of the ways people write it."""
    if time is None:
        return dice.choice(("", "NULL", "null"))
    abroad = time.astimezone(timezone(timedelta(hours=dice.choice((-8, 2)), minutes=30)))
    ways = [f"{time:%Y-%m-%dT%H:%M:%SZ}", f"{time:%Y-%m-%d %H:%M:%S}", abroad.isoformat(), f"{time:%m/%d/%y %H:%M}"]
    return dice.choice([*ways, *([f"{time:%Y-%m-%d}"] if not time.hour else [])])


def cells(dice: random.Random, charge: Charge) -> dict[str, str]:
    """Return a charge as the cells of a CSV file."""
    return {
        "ProviderName": charge.provider,
        "BillingAccountId": charge.account or dice.choice(("", "NULL")),
        "BillingCurrency": charge.currency,
        "BillingPeriodStart": time_text(dice, datetime(2024, charge.booked, 1, tzinfo=UTC)),
        "ChargePeriodStart": time_text(dice, charge.start),
        "ChargePeriodEnd": time_text(dice, charge.end),
        "ChargeClass": "Correction" if charge.correction else dice.choice(("", "NULL")),
        "BilledCost": money_text(dice, charge.billed),
        "EffectiveCost": money_text(dice, charge.effective),
        "ServiceName": dice.choice(("EC2", "a,b", "two\nlines", 'say "hi"', "Zürich")),
        "Tags": dice.choice(("", '{"a": "b", "c": "d"}')),
    }


def put_parquet(path: Path, dice: random.Random, charges: Sequence[Charge], money: pa.DataType) -> None:
    """Write charges as a Parquet file, times as timestamps of some unit and zone."""
    rows = [cells(dice, charge) for charge in charges]
    texts = pa.table({name: [row[name] or dice.choice(("", None)) for row in rows] for name in rows[0]})
    columns: dict[str, Any] = {name: texts.column(name) for name in texts.column_names}
    unit, zone = dice.choice(("s", "ms", "us", "ns")), dice.choice((None, "UTC", "Asia/Tokyo"))
    times: dict[str, list[datetime | None]] = {
        "BillingPeriodStart": [datetime(2024, charge.booked, 1, tzinfo=UTC) for charge in charges],
        "ChargePeriodStart": [charge.start for charge in charges],
        "ChargePeriodEnd": [charge.end for charge in charges],
    }
    for name, values in times.items():
        numbers = pa.array(values, pa.timestamp(unit, "UTC")).cast(pa.int64())
        columns[name] = numbers.cast(pa.timestamp(unit, zone))
    for name, amounts in (
        ("BilledCost", [c.billed for c in charges]),
        ("EffectiveCost", [c.effective for c in charges]),
    ):
        if pa.types.is_floating(money):
            columns[name] = pa.array([None if amount is None else float(amount) for amount in amounts], money)
        elif pa.types.is_decimal(money):
            whole = [None if amount is None else Decimal(int(amount * 10**money.scale)) for amount in amounts]
            exact = [None if number is None else number.scaleb(-money.scale, Context(prec=90)) for number in whole]
            columns[name] = pa.array(exact, money)
    pq.write_table(pa.table(columns), path, row_group_size=dice.choice((7, 1000)))


DECIMALS = {12: pa.decimal128(38, 12), 18: pa.decimal128(38, 18), 21: pa.decimal256(60, 21), None: pa.float64()}


@pytest.mark.parametrize("seed", range(24))
def test_random_rows_add_up_however_they_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Shuffled, split over files of every kind and read in batches of any size, the total is that of the charges."""
    dice = random.Random(seed)
    monkeypatch.setattr(control_cells, "_ROWS", dice.choice((10, 64, 1 << 17)))
    monkeypatch.setattr(control_cells, "_BLOCK", dice.choice((1 << 12, 1 << 18)))
    monkeypatch.setattr(control_keys, "_MANY_TEXTS", dice.choice((1, 2_000)))
    (tmp_path / "raw").mkdir()
    every: list[Charge] = []
    for place in range(4):
        decimals = dice.choice(list(DECIMALS))
        some = charges(dice, dice.choice((1, 80, 200)), decimals)
        every += some
        way = dice.choice(("csv", "csv.gz", "parquet", "parquet of texts"))
        if way.startswith("csv"):
            rows = [cells(dice, charge) for charge in some]
            put(tmp_path / "raw" / f"{place}.{way}", *rows, quoting=dice.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)))
        else:
            money = DECIMALS[decimals] if way == "parquet" else pa.string()
            put_parquet(tmp_path / "raw" / f"{place}.parquet", dice, some, money)
    table = [f"2024-{month:02},{currency},{rate}" for currency, of in RATES.items() for month, rate in of.items()]
    corrections = dice.choice(("restated", "as_booked"))
    chosen = settings(tmp_path, fx=rates(tmp_path / "fx.csv", *table), corrections=corrections)
    assert control_totals(chosen) == dict(sorted(expected(every, corrections == "as_booked").items()))


# threads and memory


def test_several_threads_give_the_same_totals(tmp_path: Path) -> None:
    """Files read side by side add up as one after the other, and a complaint reaches the caller."""
    for place in range(5):
        put(tmp_path / "raw" / f"{place}.csv", {"BilledCost": f"1{place}"}, {"BillingCurrency": "EUR"})
    chosen = settings(tmp_path, fx=rates(tmp_path / "fx.csv", "2024-05,EUR,3"))
    assert control_totals(chosen) == {"2024-05": total("75", "20", 10)}
    assert control_totals(chosen, workers=3) == {"2024-05": total("75", "20", 10)}
    for place in range(5):
        put(tmp_path / "raw" / f"{place}.csv", *[{}] * (9 - place), {"ChargePeriodStart": f"bad {place}"})
    with pytest.raises(DataProblem, match=r"raw/0\.csv, row 10, column ChargePeriodStart"):
        control_totals(chosen, workers=3)


def test_a_warm_call_reads_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files with the size, times and inode of the last call are not opened, nor those that repeat another."""
    long = [{"Tags": "x" * 500}] * 300
    for place in range(20):
        put(tmp_path / "raw" / f"{place}.csv", {"BilledCost": f"0.{place:03}"})
    put(tmp_path / "raw" / "long.csv", *long)
    put(tmp_path / "raw" / "long.csv.gz", *long)
    time.sleep(0.2)
    cold = control_totals(settings(tmp_path), tmp_path / "cache")
    assert cold["2024-05"].rows == 320
    for module, name in ((control_cache, "hashes"), (control_cache, "whole_hash"), (control_rows, "read_sums")):
        monkeypatch.setattr(module, name, no_reading)
    assert control_totals(settings(tmp_path), tmp_path / "cache") == cold


def test_a_file_that_changes_while_it_is_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A delivery that is still being written has no total, and whatever was read of it is not remembered."""
    path = put(tmp_path / "raw" / "bill.csv", {})
    whole = path.read_bytes()
    read_sums = control_rows.read_sums

    more = iter((whole.splitlines(keepends=True)[1], b"half a r"))

    def read_while_written(*given: Any) -> Any:
        path.write_bytes(whole + next(more))
        return read_sums(*given)

    monkeypatch.setattr(control_rows, "read_sums", read_while_written)
    for _ in range(2):
        with pytest.raises(DataProblem, match="changed while it was read") as caught:
            control_totals(settings(tmp_path), tmp_path / "cache")
        assert caught.value.where == "raw/bill.csv"
    monkeypatch.undo()
    path.write_bytes(whole)
    assert control_totals(settings(tmp_path), tmp_path / "cache") == {"2024-05": total("1", "1", 1)}


def test_a_cache_that_cannot_be_written_is_no_fault_of_the_data(tmp_path: Path) -> None:
    """A file where the folder should be: the machine is in the way."""
    put(tmp_path / "raw" / "bill.csv", {})
    (tmp_path / "cache").write_text("")
    with pytest.raises(EnvironmentProblem, match="cache cannot be written"):
        control_totals(settings(tmp_path), tmp_path / "cache")


def test_remembered_sums_follow_content_settings_and_rates(tmp_path: Path) -> None:
    """Whatever the total depends on is noticed, even an edit that keeps size and modification time."""
    cache = tmp_path / "cache"
    path = put(tmp_path / "raw" / "bill.csv", {"BillingCurrency": "EUR", "BilledCost": "2"}, YEAR)
    fx = rates(tmp_path / "fx.csv", "2024-05,EUR,3")
    chosen = settings(tmp_path, fx=fx)
    time.sleep(0.2)
    for _ in range(2):
        assert control_totals(chosen, cache)["2024-05"] == total("6", "3", 1)
    state = path.stat()
    path.write_text(path.read_text().replace(",2,", ",4,"))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert path.stat().st_size == state.st_size
    assert control_totals(chosen, cache)["2024-05"] == total("12", "3", 1)
    rates(fx, "2024-05,EUR,5")
    assert control_totals(chosen, cache)["2024-05"] == total("20", "5", 1)
    assert len(control_totals(settings(tmp_path, fx=fx, spread="start"), cache)) == 2
    rates(fx, "2025-01,USD,1", "2024-05,USD,1")
    in_euro = control_totals(settings(tmp_path, fx=fx, currency="EUR"), cache)
    assert in_euro["2024-05"] == total("4", "1", 1)
    assert not list(cache.glob(".tmp*"))


def test_a_damaged_cache_is_not_there(tmp_path: Path) -> None:
    """Cut-off or foreign files in the cache folder are read past, and replaced."""
    cache = tmp_path / "cache"
    put(tmp_path / "raw" / "bill.csv", {"BilledCost": "2"})
    expected = control_totals(settings(tmp_path), cache)
    for damage in ("", "{", "[]", "{}", "null", "[[1, 2]]", '{"version": 1}', "\x00"):
        for path in cache.iterdir():
            path.write_text(damage)
        found = control_totals(settings(tmp_path), cache)
        assert found == expected


# independence


def test_the_control_reader_imports_nothing_of_the_project_but_errors() -> None:
    """Two readers that share code would share its mistakes."""
    for path in (ROOT / "src" / "unitcost" / "warehouse").glob("control*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                own = name == "unitcost.errors" or name.startswith("unitcost.control.totals")
                foreign = name.startswith(("unitcost", "duckdb", "pandas"))
                assert own or not foreign, (path.name, name)


# data nobody here wrote


@with_shared_data
def test_the_official_focus_sample() -> None:
    """1,000 real rows of three providers: the sums published with them, all charged in September 2024."""
    found = control_totals(settings(SHARED, "focus-sample/*.csv"))
    assert found == {"2024-09": total("20.52022672899", "14.97651418586", 1000)}


@with_shared_data
def test_generated_focus_months() -> None:
    """Six months of AWS and one of Azure and Google, billed equal to effective."""
    sums = {
        "2026-01": "27337.84081893180875",
        "2026-02": "21249.51042704346125",
        "2026-03": "21799.04961725294",
        "2026-04": "23618.5769887001325",
        "2026-05": "24200.9724650414075",
        "2026-06": "25939.2273777481975",
    }
    found = control_totals(settings(SHARED, "focus-generated/aws-*.csv"), workers=2)
    assert found == {month: total(amount, amount, 1000) for month, amount in sums.items()}
    for name, amount in (("azure", "49321.10820024424"), ("gcp", "31758.2106338807835")):
        alone = control_totals(settings(SHARED, f"focus-generated/{name}*"))
        assert alone == {"2026-05": total(amount, amount, 1000)}


@with_shared_data
@pytest.mark.parametrize(
    ("name", "billed", "effective"),
    [
        ("commitment_discount_purchase_scenario_1", "8760", "0"),
        ("commitment_discount_usage_scenario_4", "0.50", "1.50"),
        ("zero_percent_utilization_without_commitment_discount_flexibility", "3.50", "3.50"),
        ("saas_spend_agreements_a2", "1200", "1200"),
        ("virtual_currency_pricing_model_a1", "200000", "0"),
        ("virtual_currency_pricing_model_a2", "0", "1230"),
    ],
)
def test_worked_examples_of_the_specification(name: str, billed: str, effective: str) -> None:
    """Examples with byte order marks, month/day/year dates and absent columns reach the stated totals."""
    defaults = {"BillingCurrency": "USD", "ProviderName": "Example"}
    found = control_totals(settings(SHARED, f"focus-spec-examples/{name}.csv", defaults=defaults))
    assert sum(month.billed for month in found.values()) == Decimal(billed)
    assert sum(month.effective for month in found.values()) == Decimal(effective)
