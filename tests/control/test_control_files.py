"""Which files, deliveries and columns the control total counts."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from material.control_bills import csv_text, may, put, rates, settings, total

from unitcost.control.totals import control_totals
from unitcost.errors import DataProblem


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
