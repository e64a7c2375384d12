"""Usage metrics: one row a day, metric, product line and tier."""

from __future__ import annotations

from .case import SAME, Accepted, Case, Change, Outcome, data
from .changes import allocation, also, appended, written

FILE = "metrics.csv"
HEAD = "date,metric,unit,value,tier,product_line,service,coverage"
ROW = "2024-05-01,gb,h,1,free,search,S3,0.95"
PAID = ROW.replace("free", "paid")
CELLS = dict(zip(HEAD.split(","), ROW.split(","), strict=True))
SECTION = f'[usage_metrics]\npath = "{FILE}"\n'
PLACE = f"{FILE} ([usage_metrics])"
GB = f"{PLACE}, 2024-05, metric gb"
DRIVER = allocation('Storage = "storage_gb"', 'Storage = "gb"')
POOL = allocation('pool = "platform"', 'pool = "platform"\nmethod = "driver"\ndriver = "gb"')
# S3 by halves: 22 of web, 15 of the 30 of search, and 2 of its 3 of the pool.
HALVES = Accepted(
    "Storage is split by it",
    {"cost.free": "39", "cost.paid": "82", "cost_per_user.free": "19.5", "cost_per_user.paid": "41"},
)


def _table(text: str, more: str = "") -> Change:
    return also(appended("report.toml", SECTION + more), written(FILE, text))


def _case(name: str, rows: str, outcome: Outcome, head: str = HEAD) -> Case:
    return Case(name, _table(f"{head}\n{rows}\n"), outcome)


def _cell(column: str, value: str, *said: str) -> Case:
    shown = f"holds `{value}`" if value else "is empty"
    row = ",".join((CELLS | {column: value}).values())
    return _case(f"{column} {shown}", row, data(f"{FILE}, line 2, column {column}", *said))


def _unknown(column: str) -> Case:
    return _case(f"{column} is empty", ",".join((CELLS | {column: ""}).values()), SAME)


def _without(column: str) -> Case:
    head = ",".join(name for name in CELLS if name != column)
    return _case(f"no column {column}", ROW, data(PLACE, f"'{column}' is missing"), head)


def _driver(name: str, rows: str, outcome: Outcome, more: str = "", named: Change = DRIVER) -> Case:
    return Case(f"a driver: {name}", also(_table(f"{HEAD}\n{rows}\n", more), named), outcome)


CASES = {
    "Usage metrics": [
        _case("one row, and no rule names the metric", ROW, SAME),
        *(_without(column) for column in CELLS),
        *(_cell(column, "", "missing") for column in ("date", "metric", "value")),
        *(_unknown(column) for column in ("unit", "tier", "product_line", "service", "coverage")),
        _cell("date", "2024-05", "2024-05-31"),
        _cell("date", "5/1/24", "2024-05-31"),
        _cell("date", "2024-05-01T12:00:00Z", "2024-05-31"),
        _cell("value", "-1", "not negative"),
        _cell("value", "abc", "not a number"),
        _cell("value", "NaN", "finite"),
        _cell("tier", "Free", "free, paid or nothing"),
        _cell("coverage", "95", "from 0 to 1", "not a percentage", "divide the column by 100"),
        _cell("coverage", "95%", "not a number"),
        _cell("coverage", "-0.1", "from 0 to 1"),
        _case(
            "a metric in two units",
            f"{ROW}\n{ROW.replace(',h,', ',s,')}",
            data(f"{FILE}, line 3, column unit", "'gb' is measured in two units", f"h in {FILE}, line 2"),
        ),
        _case("a row twice", f"{ROW}\n{ROW}", SAME),
        _case("a month without bills", ROW.replace("2024-05", "2031-01"), SAME),
        Case("a header and no rows", _table(f"{HEAD}\n"), SAME),
        Case("an empty file", _table(""), data(FILE, "empty")),
        _driver("both tiers", f"{ROW}\n{PAID}", HALVES),
        _driver("another case", f"{ROW}\n{PAID}".replace("gb", "GB"), HALVES),
        _driver("no row of the month", ROW.replace("2024-05", "2024-03"), Accepted("the default driver decides")),
        _driver(
            "coverage below min_coverage",
            f"{ROW.replace('0.95', '0.85')}\n{PAID}",
            data(f"{GB}, product line search, tier free", "'gb' is refused", "0.85", "min_coverage 0.9", "lower"),
        ),
        _driver(
            "coverage below a min_coverage of 0.96",
            f"{ROW}\n{PAID}",
            data(f"{GB}, product line search, tier free", "0.95", "min_coverage 0.96"),
            "min_coverage = 0.96\n",
        ),
        _driver(
            "a min_coverage that is lower", f"{ROW.replace('0.95', '0.85')}\n{PAID}", HALVES, "min_coverage = 0.8\n"
        ),
        _driver(
            "a row without tier",
            f"{ROW}\n{ROW.replace('free', '')}",
            data(f"{GB}, column tier", "cannot split product line 'search' between free and paid users"),
        ),
        _driver(
            "a row without product line",
            f"{ROW}\n{ROW.replace('search', '')}",
            data(f"{GB}, column product_line", "'gb' has rows without product_line"),
        ),
        _driver(
            "a product line with a typo",
            ROW.replace("search", "serach"),
            data(f"{GB}, column product_line", "'serach'", "did you mean 'search'"),
        ),
        _driver(
            "a column of the activity too",
            ROW.replace("gb", "requests"),
            data(f"{PLACE}, 2024-05, metric requests", "both a column of the activity and a usage metric"),
        ),
        _driver(
            "of a pool, without tier",
            ROW.replace("free", "").replace("search", "web"),
            Accepted(
                "the pool follows it",
                {
                    "cost.product.web": "91",  # 80 + 11
                    "cost.product.search": "30",
                    "cost.free": "42.75",  # 91 × 1/4 + 20
                    "cost.paid": "78.25",
                    "cost_per_user.free": "21.375",
                    "cost_per_user.paid": "39.125",
                    "cost_per_user.product.web": "30.333333333333",
                    "cost_per_user.product.search": "15",
                },
            ),
            named=POOL,
        ),
    ]
}
