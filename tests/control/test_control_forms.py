"""The same table written in many ways gives the same control total; what is damaged is named."""

from __future__ import annotations

import csv
import gzip
import io
import re
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from material.control_bills import ROW, csv_text, no_reading, plain_sums, put, settings, table_rows, total

from unitcost.control import cells as control_cells
from unitcost.control.totals import ControlTotal, control_totals
from unitcost.errors import DataProblem


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
