"""Usage metrics as drivers: splits worked by hand, what is refused by name, and what makes another run.

The company is that of tests/bad_input: EC2 80 (web), S3 30 (search) and 11 of Monitor in the pool `platform`; requests
split web 30 : 10 and search 10 : 20 between paid and free.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from bad_input import company
from bad_input.changes import aggregate
from material.three_lines import call

from unitcost.analyses.opening import open_company
from unitcost.analyses.unit_cost import views
from unitcost.month import usage_drivers
from unitcost.publishing import run_id as identity
from unitcost.warehouse.usage.usage_metrics import Metered

HEAD = "date,metric,unit,value,tier,product_line,service,coverage\n"
SECTION = '[usage_metrics]\npath = "metrics.csv"\n'
# S3 by gb_hours, the pool by alerts, everything else by requests.
DRIVERS = company.ALLOCATION.replace('"storage_gb"', '"gb_hours"').replace(
    'pool = "platform"', 'pool = "platform"\nmethod = "driver"\ndriver = "Alerts"'
)
ROWS = """\
2024-05-01,gb_hours,h,4,free,search,Amazon S3,
2024-05-02,gb_hours,h,6,free,search,Amazon EBS,1
2024-05-02,GB_Hours,h,30,paid,search,,0.95
2024-05-09,alerts,,1,,web,,
2024-05-09,alerts,,3,,search,,
2024-04-09,alerts,,500,,web,,
2024-05-09,noise,dB,7,,,,0
"""
SPLIT = {
    "cost.product.web": "82.75",  # 80 + 11 × 1/4
    "cost.product.search": "38.25",  # 30 + 11 × 3/4
    # EC2 20, S3 30 × 10/40, and of the pool 2.75 × 1/4 + 8.25 × 2/3
    "cost.free": "33.6875",
    "cost.paid": "87.3125",
    "cost.no_tier": "0",
    "cost.unallocated": "0",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The company with two metrics as drivers, in the current folder."""
    monkeypatch.chdir(tmp_path)
    company.write(tmp_path)
    with (tmp_path / "report.toml").open("a") as file:
        file.write(SECTION)
    (tmp_path / "allocation.toml").write_text(DRIVERS)
    metrics(ROWS)
    yield tmp_path


def metrics(rows: str, more: str = "") -> None:
    """Write the metrics, and more lines into their section of report.toml."""
    Path("metrics.csv").write_text(HEAD + rows)
    report = Path("report.toml")
    report.write_text(report.read_text().partition(SECTION)[0] + SECTION + more)


def values(*names: str, month: str = "2024-05") -> dict[str, str | None]:
    """What `findings --json` says of these names."""
    code, out, err = call("findings", month, "--config", "report.toml", "--json")
    assert code == 0, err
    found = json.loads(out)["findings"]
    return {name: found[name]["value"] for name in names}


def refused(*said: str, verb: str = "findings") -> None:
    """Findings of May fail as bad data, saying all this."""
    code, out, err = call(verb, *(["2024-05"] if verb == "findings" else []), "--config", "report.toml")
    assert (code, out) == (3, ""), err
    for words in said:
        assert words in err
    assert "  fix:   " in err


def test_metrics_split_a_pool_and_a_category() -> None:
    """Values of a month are added up over days and services, by product line and tier; others go by activity."""
    assert values(*SPLIT) == SPLIT


def test_a_metric_as_default_driver_splits_every_category() -> None:
    """web 1 : 3 and search 9 : 1, in tiers that activity does not know of: 88 × 3/4 + 33 × 1/10."""
    Path("allocation.toml").write_text(company.ALLOCATION.replace("requests", "cpu").replace("storage_gb", "cpu"))
    rows = (("free", "web", 1), ("paid", "web", 3), ("free", "search", 9), ("paid", "search", 1))
    metrics("".join(f"2024-05-31,cpu,s,{value},{tier},{line},,\n" for tier, line, value in rows))
    assert values("cost.free", "cost.paid") == {"cost.free": "51.7", "cost.paid": "69.3"}


def test_metrics_serve_where_only_counts_are_given(folder: Path) -> None:
    """Counts without drivers cannot be split between tiers; a metric can do it for them."""
    aggregate("month,tier,product_line,mau\n2024-05,,,4\n2024-05,free,,2\n2024-05,paid,,2\n")(folder)
    Path("allocation.toml").write_text(company.ALLOCATION.replace("requests", "cpu"))
    metrics("2024-05-01,cpu,,1,free,web,,\n2024-05-01,cpu,,1,paid,search,,\n")
    # web is all free (80 + 8) and search all paid (30 + 3): storage_gb is not there, so cpu splits S3 too
    assert values("cost.free", "cost.paid", "cost.no_tier") == {
        "cost.free": "88",
        "cost.paid": "33",
        "cost.no_tier": "0",
    }


def test_a_month_without_the_metric_goes_by_the_default_driver() -> None:
    """As for a column that activity does not have: S3 by requests 1 : 2, and the pool stays where it is."""
    metrics(ROWS.replace("2024-05", "2024-03"))
    found = values("cost.unallocated", "cost.free", "cost.product.search")
    assert found == {"cost.unallocated": "11", "cost.free": "40", "cost.product.search": "30"}


def test_many_digits_are_added_exactly() -> None:
    """Values keep 38 digits; nothing passes through a float."""
    tiny = "0.000000000000000001"
    metrics(
        f"2024-05-01,gb_hours,h,12345678901234567890.{tiny[2:]},free,search,,\n2024-05-01,gb_hours,h,{tiny},free,search,,\n"
    )
    users = open_company(Path("report.toml")).users("2024-05")
    assert users.use["search", "free"].drivers["gb_hours"] == 12345678901234567890 * 10**18 + 2


COVERED = """\
2024-05-01,gb_hours,h,1,free,search,,{}
2024-05-01,gb_hours,h,9,free,search,,
2024-05-02,gb_hours,h,5,free,search,,
"""
PAID = "2024-05-03,gb_hours,h,30,paid,search,,\n"


@pytest.mark.parametrize(("first", "known"), [("0.8", True), ("0.79", False)])
def test_coverage_is_the_mean_of_days_by_their_lowest_row(first: str, known: bool) -> None:
    """(0.8 + 1) ÷ 2 reaches the 0.9 that is asked for, (0.79 + 1) ÷ 2 does not."""
    metrics(COVERED.format(first) + PAID)
    if known:
        assert values("cost.unallocated") == {"cost.unallocated": "11"}  # nothing measures alerts
    else:
        refused(
            "Driver 'gb_hours' is refused: its coverage is 0.895, below min_coverage 0.9",
            "where: metrics.csv ([usage_metrics]), 2024-05, metric gb_hours, product line search, tier free",
            "name another driver in allocation.toml, or lower [usage_metrics] min_coverage",
        )
        refused("Driver 'gb_hours' is refused", verb="check")


def test_the_limit_is_the_companys() -> None:
    """What 0.9 refuses 0.895 takes; above 1 there is nothing to ask for."""
    metrics(COVERED.format("0.79") + PAID, "min_coverage = 0.895\n")
    assert values("cost.no_tier") == {"cost.no_tier": "0"}
    metrics(ROWS, "min_coverage = 1\n")
    refused("its coverage is 0.95, below min_coverage 1")


def test_the_worst_product_line_decides() -> None:
    """A line that is seen in part would be charged too little, however large and well seen the others are."""

    def row(line: str, tier: str | None, day: int, share: str) -> Metered:
        return Metered(f"2024-05-{day:02d}", "m", None, Decimal(1000), tier, line, None, Decimal(share))

    rows = [row("web", "paid", 1, "1"), row("search", None, 1, "0.6"), row("search", None, 2, "0.7")]
    assert usage_drivers.coverage(rows) == (Fraction(13, 20), ("search", None))


def test_a_metric_that_no_rule_names_may_be_anything() -> None:
    """It splits nothing: neither its coverage nor its product lines matter."""
    metrics(ROWS + "2024-05-01,other,,5,free,nowhere,,0.01\n")
    assert values(*SPLIT) == SPLIT


def test_a_name_that_activity_has_too_is_refused() -> None:
    """Nobody can tell which of the two was meant."""
    metrics(ROWS + "2024-05-01,requests,,5,free,web,,\n")
    refused("Driver 'requests' is both a column of the activity and a usage metric")


def test_use_without_tier_cannot_split_between_tiers() -> None:
    """It may split a pool, so only the driver of a category is refused."""
    metrics(ROWS + "2024-05-01,gb_hours,h,5,,search,,\n")
    refused("Driver 'gb_hours' cannot split product line 'search' between free and paid users", "column tier")


def test_use_of_no_product_line_is_refused() -> None:
    """What belongs to no line cannot be weighed, and is not left out in silence."""
    metrics(ROWS + "2024-05-01,alerts,,5,,,,\n")
    refused("Driver 'alerts' has rows without product_line in 2024-05", "column product_line")


def test_a_product_line_that_nobody_knows_is_refused() -> None:
    """A misspelt line would take its share to nobody."""
    metrics(ROWS + "2024-05-01,alerts,,5,,serach,,\n")
    refused("unknown product line 'serach'", "did you mean 'search'?")


def test_a_product_line_of_another_month_is_known(folder: Path) -> None:
    """A line that only activity of April names takes nothing in May, as it does not exist there."""
    with (folder / "activity.csv").open("a") as file:
        file.write("2024-04-12,u2,old,1,0,false\n")
    metrics(ROWS + "2024-05-01,alerts,,5,,old,,\n")
    assert values("cost.product.web", "cost.unallocated") == {"cost.product.web": "82.75", "cost.unallocated": "0"}


def inputs(name: str) -> list[tuple[str, str, int, str]]:
    """The metrics among the inputs of May, with the run's id."""
    text = Path("report.toml").read_text()
    Path("report.toml").write_text(text.replace('path = "metrics.csv"', f'path = "{name}"'))
    it = open_company(Path("report.toml"))
    Path("report.toml").write_text(text)
    run = identity.run_id(it, "2024-05", scenario="base", status="final", roles=())
    found = [one for one in identity.inputs(it, "2024-05") if one.kind == "usage_metrics"]
    return [(run, one.name, one.rows, one.sha256) for one in found]


def test_the_same_content_is_the_same_run(folder: Path) -> None:
    """Order, packing, format, digits and rows of later months do not count; one value does."""
    [plain] = inputs("metrics.csv")
    assert plain[1:3] == ("usage metrics", 7)
    lines = ROWS.splitlines(keepends=True)
    Path("b.csv").write_text(HEAD + "".join(reversed(lines)))
    Path("c.csv.gz").write_bytes(gzip.compress((HEAD + ROWS).encode()))
    cells = [line.rstrip("\n").split(",") for line in lines]
    table = {name: [row[n] or None for row in cells] for n, name in enumerate(HEAD.rstrip().split(","))}
    pq.write_table(pa.table({**table, "value": [float(v or 0) for v in table["value"]]}), folder / "d.parquet")
    Path("e.csv").write_text(HEAD + ROWS.replace(",4,free", ",4.00,free").replace(",3,,search,,", ",3,,search,,1.0"))
    Path("f.csv").write_text(HEAD + ROWS + "2024-06-01,alerts,,5,,nowhere,,0\n")
    assert [inputs(name) for name in ("b.csv", "c.csv.gz", "d.parquet", "e.csv", "f.csv")] == [[plain]] * 5
    Path("g.csv").write_text(HEAD + ROWS.replace(",4,free", ",4.01,free"))
    [other] = inputs("g.csv")
    assert other[0] != plain[0]
    assert other[3] != plain[3]


def test_what_is_kept_of_a_month_rests_on_its_metrics() -> None:
    """Other values are other numbers, also of a month that was computed before."""
    metrics(ROWS + "2024-04-01,gb_hours,h,1,free,search,,\n")
    before = values("cost.free", "levers.cost_per_user_after.free")
    assert call("findings", "2024-05", "--config", "report.toml")[0] == 0
    metrics(ROWS.replace(",30,paid", ",10,paid"))
    after = values("cost.free", "levers.cost_per_user_after.free")
    assert after["cost.free"] == "41.1875"  # S3 by halves: 7.5 more
    assert before["cost.free"] == "33.6875"
    assert after["levers.cost_per_user_after.free"] != before["levers.cost_per_user_after.free"]


def test_pages_show_what_a_user_uses_and_how_much_was_measured() -> None:
    """Beside the columns of activity stands each metric that is a driver; 40 hours over four users are 10."""
    it = open_company(Path("report.toml"))
    shown = {one.name: one.now for one in views.drivers_per_user(it, "2024-05")}
    assert shown == {"alerts": 1, "gb_hours": 10, "requests": Decimal("17.5"), "storage_gb": Decimal("1.5")}
    assert views.metric_notes(it, "2024-05") == [
        "alerts is a usage metric; all of it was measured in each product line.",
        "gb_hours in h is a usage metric; at least 95.0% of it was measured in each product line.",
    ]


def test_check_names_the_months_and_the_drivers() -> None:
    """Where no rule names a metric, that is said too."""
    code, out, _ = call("check", "--config", "report.toml")
    assert code == 0
    assert "usage metrics: 2024-04 to 2024-05, 2 months; as drivers: alerts, gb_hours" in out
    Path("allocation.toml").write_text(company.ALLOCATION)
    assert (
        "usage metrics: 2024-04 to 2024-05, 2 months; allocation.toml names none"
        in call("check", "--config", "report.toml")[1]
    )
