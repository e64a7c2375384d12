"""Utilisation: one row a machine and day."""

from __future__ import annotations

from .case import SAME, Case, Change, Outcome, data, usage
from .changes import also, appended, written

FILE = "utilisation.csv"
HEAD = "date,resource_id,cpu_p95,memory_p95,vcpu,memory_gb"
ROW = "2024-05-01,vm-1,0.4,0.5,4,16"
SECTION = f'[utilisation]\npath = "{FILE}"\n'


def _table(text: str, more: str = "") -> Change:
    return also(appended("report.toml", SECTION + more), written(FILE, text))


def _case(name: str, rows: str, outcome: Outcome, head: str = HEAD) -> Case:
    return Case(name, _table(f"{head}\n{rows}\n"), outcome)


def _cell(column: str, value: str, *said: str) -> Case:
    cells = dict(zip(HEAD.split(","), ROW.split(","), strict=True)) | {column: value}
    shown = f"holds `{value}`" if value else "is empty"
    return _case(f"{column} {shown}", ",".join(cells.values()), data(f"{FILE}, line 2, column {column}", *said))


def _unknown(column: str) -> Case:
    cells = dict(zip(HEAD.split(","), ROW.split(","), strict=True)) | {column: ""}
    return _case(f"{column} is empty", ",".join(cells.values()), SAME)


def _without(column: str) -> Case:
    head = HEAD.replace(f",{column}", "").replace(f"{column},", "")
    return _case(f"no column {column}", ROW, data(f"{FILE} ([utilisation])", f"'{column}' is missing"), head)


CASES = {
    "Utilisation": [
        _case("one row", ROW, SAME),
        *(_without(column) for column in HEAD.split(",")),
        *(_cell(column, "", "missing") for column in ("date", "resource_id", "cpu_p95")),
        *(_unknown(column) for column in ("memory_p95", "vcpu", "memory_gb")),
        _cell("date", "2024-05", "2024-05-31"),
        _cell("date", "5/1/24", "2024-05-31"),
        _cell("date", "2024-05-01T12:00:00Z", "2024-05-31"),
        _cell("cpu_p95", "45", "from 0 to 1", "not a percentage", "divide the column by 100"),
        _cell("cpu_p95", "45%", "not a number"),
        _cell("cpu_p95", "-0.1", "from 0 to 1"),
        _cell("cpu_p95", "NaN", "finite"),
        _cell("memory_p95", "1.01", "not a percentage"),
        _cell("vcpu", "0", "more than nothing"),
        _cell("memory_gb", "-16", "more than nothing"),
        _case(
            "a resource twice on a day",
            f"{ROW}\n{ROW}",
            data(f"{FILE}, line 3", "'vm-1' is measured twice on 2024-05-01", f"{FILE}, line 2"),
        ),
        _case("a resource that no bill has", ROW.replace("vm-1", "vm-9"), SAME),
        _case("a month without bills", ROW.replace("2024-05", "2031-01"), SAME),
        Case("a header and no rows", _table(f"{HEAD}\n"), SAME),
        Case("an empty file", _table(""), data(FILE, "empty")),
        Case(
            "idle_below not below busy_below",
            _table(f"{HEAD}\n{ROW}\n", "idle_below = 0.8\n"),
            usage("report.toml, utilisation", "idle_below (0.8) is not below busy_below"),
        ),
        Case(
            "idle_below is a percentage",
            _table(f"{HEAD}\n{ROW}\n", "idle_below = 5\n"),
            usage("report.toml, utilisation.idle_below"),
        ),
    ]
}
