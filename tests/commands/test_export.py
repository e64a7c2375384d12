"""`unitcost export`: rows of bills with their allocation, which add up to the findings in every direction."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from material.small_bills import PLAIN, Row, as_csv, company, row
from oracle.companies import build
from oracle.landing import plain
from oracle.oracle import findings, months

from unitcost.commands.export.rows_file import export
from unitcost.commands.terminal.progress import Progress
from unitcost.errors import DataProblem, UsageProblem
from unitcost.month.company import Company

COLUMNS = (*PLAIN, "ServiceCategory", "CommitmentDiscountStatus", "ListCost", "ConsumedQuantity", "SkuPriceDetails")
MAU = """\
month,tier,product_line,mau,requests
2024-05,,,100,
2024-05,free,,90,
2024-05,paid,,10,
2024-05,free,web,60,2
2024-05,paid,web,10,1
2024-05,free,search,30,4
"""
RULES = """\
[[rule]]
when = { ServiceName = "Shared" }
shared = "platform"
[[rule]]
when = { ServiceName = "Marketplace" }
out_of_scope = "marketplace"
[[shared]]
pool = "platform"
method = "even"
"""
WEB, SEARCH, IDLE = '{"product": "web"}', '{"product": "search"}', '{"product": "idle"}'


def exported(folder: Path, month: str = "2024-05") -> list[dict[str, Any]]:
    """The rows of the export of a month, in an order of our own."""
    export(month, folder / "out", config=folder / "report.toml", engine="", progress=Progress())
    rows = [r for path in sorted((folder / "out").glob("*.parquet")) for r in pq.read_table(path).to_pylist()]
    order = ("ResourceId", "x_AllocatedProductLine", "x_AllocatedTier", "x_CostClass")
    return sorted(rows, key=lambda r: [r.get(name) or "" for name in order])


def bill(folder: Path, rows: Sequence[Row], columns: Sequence[str] = COLUMNS, **settings: str) -> Company:
    """A company with one bill of these columns, the counts and the rules above."""
    (folder / "bills").mkdir(parents=True)
    (folder / "bills" / "bill.csv").write_bytes(as_csv(rows, columns))
    files = {"mau_csv": MAU, "allocation_toml": RULES, **settings}
    more = files.pop("more", "")
    costs = files.pop("costs", "")
    return company(folder, {}, costs=costs, more=f'[allocation]\npath = "allocation.toml"\n{more}', **files)


def total(rows: Sequence[Mapping[str, Any]], column: str, **wanted: object) -> Decimal:
    """The exact sum of a column over the rows that say what is wanted."""
    with localcontext(prec=200):
        kept = (r[column] for r in rows if all(r[key] == value for key, value in wanted.items()))
        return sum((amount for amount in kept if amount is not None), Decimal(0))


def sums(rows: Sequence[Mapping[str, Any]]) -> dict[str, Decimal]:
    """What the rows say about the findings that they are to add up to."""
    lines = {r["x_AllocatedProductLine"] for r in rows} - {None}
    owned = [r for r in rows if r["x_AllocatedProductLine"] is not None]
    nobody = [r for r in rows if r["x_AllocatedProductLine"] is None]
    unused = total(nobody, "x_AllocatedCost", x_CostClass="unused_commitment")
    nothing = [r for r in nobody if r["x_CostClass"] != "unused_commitment"]
    return {
        "billed_cost": total(rows, "x_BilledCost"),
        "effective_cost": total(rows, "x_EffectiveCost"),
        "scope_cost": total(rows, "x_AllocatedCost"),
        "cost.free": total(owned, "x_AllocatedCost", x_AllocatedTier="free"),
        "cost.paid": total(owned, "x_AllocatedCost", x_AllocatedTier="paid"),
        "cost.no_tier": total(owned, "x_AllocatedCost", x_AllocatedTier=None),
        "cost.unused_commitment": unused,
        "cost.unallocated": total(nothing, "x_AllocatedCost"),
        **{f"product {line}": total(owned, "x_AllocatedCost", x_AllocatedProductLine=line) for line in sorted(lines)},
    }


def expected(found: Mapping[str, Any], names: Sequence[str]) -> dict[str, Decimal]:
    """The same of findings.json, each a mapping with value and label."""
    lines = {
        f"product {e['label']}": Decimal(e["value"]) for name, e in found.items() if name.startswith("cost.product.")
    }
    return {n: Decimal(found[n]["value"]) if n in found else lines[n] for n in names} | {
        n: value for n, value in lines.items() if value
    }


@pytest.mark.parametrize("seed", range(4_000, 4_006))
def test_rows_of_any_company_add_up_to_what_an_oracle_finds(tmp_path: Path, seed: int) -> None:
    """Pools, unused commitments, spread rows, corrections, currencies, deliveries: by line, by tier, and all of it."""
    folder = build(tmp_path / "company", seed)
    month = months(plain(folder))[-1]
    got = sums(exported(folder, month))
    assert got == expected(findings(plain(folder), month), list(got))


def test_two_rows_by_hand(tmp_path: Path) -> None:
    """Two thirds of 1.00 round up twice, two thirds of 2.00 round down: the first row moves one unit, and is whole."""
    bill(tmp_path, [row(EffectiveCost="1.00", Tags=WEB, ResourceId=name) for name in ("vm-1", "vm-2")])
    rows = exported(tmp_path)
    assert [(r["x_AllocatedTier"], r["x_AllocatedCost"]) for r in rows] == [
        ("free", Decimal("0.666666666666666666")),
        ("paid", Decimal("0.333333333333333334")),
        ("free", Decimal("0.666666666666666667")),
        ("paid", Decimal("0.333333333333333333")),
    ]
    assert [r["x_AllocatedShare"] for r in rows] == [
        Decimal("0.666666666666666667"),
        Decimal("0.333333333333333333"),
    ] * 2
    assert {r["AllocatedMethodId"] for r in rows} == {"unitcost/direct/requests"}
    assert [r["EffectiveCost"] for r in rows] == [r["x_AllocatedCost"] for r in rows]


MIXED = [
    row(
        ServiceName="Compute", Tags=WEB, BilledCost="6.00", EffectiveCost="6.00", CommitmentDiscountStatus="Used",
        ListCost="9.00", ConsumedQuantity="0.000000000000000001", SkuPriceDetails='{"Cores": 4}',
    ),
    row(Tags=SEARCH, BilledCost="4.00", EffectiveCost="4.00"),
    row(Tags=IDLE, BilledCost="1.00", EffectiveCost="1.00"),
    row(ServiceName="Shared", BilledCost="10.00", EffectiveCost="10.00"),
    row(BilledCost="3.00", EffectiveCost="3.00", CommitmentDiscountStatus="Unused"),
    row(BilledCost="-0.50", EffectiveCost="-0.50"),
    row(ChargeCategory="Tax", BilledCost="2.00", EffectiveCost="2.00"),
    row(ServiceName="Marketplace", Tags=WEB, BilledCost="7.00", EffectiveCost="7.00"),
    row(BillingCurrency="EUR", Tags=WEB, BilledCost="1.00", EffectiveCost="1.00"),
    row(
        "2024-04-30", ChargePeriodEnd="2024-05-02T00:00:00Z", Tags=SEARCH, BilledCost="4.00", EffectiveCost="4.00",
        ListCost="5.00",
    ),
]  # fmt: skip
FX = {"more": '[fx]\npath = "fx.csv"\n', "fx_csv": "month,currency,rate\n2024-05,EUR,1.1\n"}


def test_a_bill_with_everything_by_hand(tmp_path: Path) -> None:
    """Pool 10 evenly over idle, search and web; unused 3 to web, the only one covered; 2 of 4 days' cost is May's."""
    bill(tmp_path, MIXED, **FX)
    assert sums(exported(tmp_path)) == {
        "billed_cost": Decimal("33.6"),  # 6 + 4 + 1 + 10 + 3 - 0.5 + 2 + 7 + 1.1
        "effective_cost": Decimal("35.6"),  # and the day in May of what was billed in April
        "scope_cost": Decimal("26.6"),  # without tax and marketplace
        "cost.free": Decimal("18.288888888888888888"),  # two thirds of web and all of search
        "cost.paid": Decimal("4.477777777777777778"),
        "cost.no_tier": Decimal("4.333333333333333334"),  # nobody uses idle
        "cost.unused_commitment": Decimal(0),
        "cost.unallocated": Decimal("-0.5"),
        "product idle": Decimal("4.333333333333333334"),  # 1 + a third of 10, and the unit left over
        "product search": Decimal("9.333333333333333333"),  # 4 + 2 + a third of 10
        "product web": Decimal("13.433333333333333333"),  # 6 + 1.1 + 3 + a third of 10
    }


def test_columns_say_what_focus_says(tmp_path: Path) -> None:
    """Amounts of a row add up to the row, all else is repeated, and what is not split has no method."""
    bill(tmp_path, MIXED, **FX)
    rows = exported(tmp_path)
    first = [r for r in rows if r["ConsumedQuantity"] is not None]
    # 9 × 0.666666666666666667, the ratio that stands beside it, and the rest.
    assert [(r["x_AllocatedTier"], r["ListCost"]) for r in first] == [
        ("free", Decimal("6.000000000000000003")),
        ("paid", Decimal("2.999999999999999997")),
    ]
    assert total(first, "ConsumedQuantity") == Decimal("1e-18")
    assert {r["SkuPriceDetails"] for r in first} == {'{"Cores": 4}'}
    for r in rows:
        split = r["x_AllocatedProductLine"] is not None
        assert (r["AllocatedMethodId"] is not None) == (r["AllocatedResourceId"] is not None) == split
        if split:
            [element] = json.loads(r["AllocatedMethodDetails"], parse_float=Decimal)["Elements"]
            assert element == {"AllocatedRatio": r["x_AllocatedShare"]}
    euro = [r for r in rows if r["BillingCurrency"] == "EUR"]
    assert (total(euro, "EffectiveCost"), total(euro, "x_EffectiveCost")) == (Decimal(1), Decimal("1.1"))
    april = [r for r in rows if r["ChargePeriodStart"].month == 4]
    assert [(r["BilledCost"], r["EffectiveCost"], r["ListCost"]) for r in april] == [
        (Decimal(0), Decimal(2), Decimal("2.5"))
    ]
    outside = [r for r in rows if r["x_CostClass"] in ("excluded", "out_of_scope")]
    assert [(r["x_CostOwner"], r["x_AllocatedTier"], r["x_AllocatedCost"]) for r in outside] == [
        ("Tax", None, None),
        ("marketplace", None, None),
    ]


def test_the_split_of_a_provider_stays_readable(tmp_path: Path) -> None:
    """What a provider says about a split of its own has another name than what is said about ours."""
    bill(tmp_path, [row(Tags=WEB, AllocatedMethodId="pods")], [*COLUMNS, "AllocatedMethodId"])
    said = {(r["x_GivenAllocatedMethodId"], r["AllocatedMethodId"]) for r in exported(tmp_path)}
    assert said == {("pods", "unitcost/direct/requests")}


def test_files_of_different_columns_are_one_table(tmp_path: Path) -> None:
    """A column that one bill lacks is empty there."""
    bill(tmp_path, [row(Tags=WEB, ListCost="3")])
    (tmp_path / "bills" / "more.csv").write_bytes(as_csv([row(Tags=SEARCH)]))
    exported(tmp_path)
    folder = str(tmp_path / "out" / "*.parquet")
    found = duckdb.execute("select ServiceName, sum(ListCost) from read_parquet($1) group by all", [folder]).fetchall()
    assert found == [("Compute", Decimal(3))]


def test_a_second_time_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same question in the same place; a damaged set is something else."""
    bill(tmp_path, [row(Tags=WEB)])
    first = exported(tmp_path)
    made = (tmp_path / "out" / "costs-0001.parquet").stat().st_mtime_ns
    assert exported(tmp_path) == first
    assert (tmp_path / "out" / "costs-0001.parquet").stat().st_mtime_ns == made
    assert capsys.readouterr().out.endswith("is unchanged\n")
    (tmp_path / "out" / "costs-0001.parquet").write_bytes(b"")
    with pytest.raises(UsageProblem, match="holds something else"):
        exported(tmp_path)


def test_a_number_nobody_can_read_is_named_and_nothing_is_left(tmp_path: Path) -> None:
    """Columns that are only handed on are looked at for the first time here."""
    bill(tmp_path, [row(Tags=WEB), row(Tags=WEB, ConsumedQuantity="many")])
    with pytest.raises(DataProblem, match=r"(?s)ConsumedQuantity holds 'many'.*bills/bill\.csv, line 3"):
        exported(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir() if "out" in path.name) == []


@pytest.mark.parametrize("there", ["folder", "file"])
def test_what_is_there_stays(tmp_path: Path, there: str) -> None:
    """A folder with anything in it, or a file, is named, with exit code 2; an empty folder is taken."""
    bill(tmp_path, [row(Tags=WEB)])
    target = tmp_path / "out"
    if there == "folder":
        target.mkdir()
        (target / "notes.txt").write_text("mine")
    else:
        target.write_text("mine")
    named = ["--to", str(target), "--config", str(tmp_path / "report.toml")]
    command = [sys.executable, "-m", "unitcost", "export", "2024-05", *named]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "out is there already" in done.stderr
    assert (target / "notes.txt" if there == "folder" else target).read_text() == "mine"
