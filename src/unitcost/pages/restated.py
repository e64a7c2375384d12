"""The section that tells what became of a number since it was published, cause by cause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unitcost.display.formats import number
from unitcost.display.model import Paragraph, ReportFacts, Section, TextRun
from unitcost.display.typed_tables import typed_table
from unitcost.pages.normalise import Normaliser

NOTE = (
    "Rows, corrections, exchange rates and rules at the users of then; then the users. Where a definition changed, the "
    "two numbers are not comparable and nothing is told apart."
)


def restated(facts: ReportFacts, normaliser: Normaliser) -> Section | None:
    """Return old → new by cause, or nothing where the month replaces no published set."""
    found = facts.restatement
    if found is None:
        return None
    kicker, day = "What changed since it was published", found["as_of"]
    if not found["causes"]:
        reason = found["reason"] or "cost per user is the same; other numbers differ, as `unitcost diff` lists them"
        return Section("restatement", kicker, f"This month was published before, as of {day}", (_text(reason),))
    table = typed_table(_data(facts, found), normaliser.formats, normaliser.names)
    largest = found["causes"][0]["label"]
    heading = f"Most of the difference to the number published as of {day} is {largest}"
    if len(found["causes"]) == 1:
        heading = f"All of the difference to the number published as of {day} is {largest}"
    return Section("restatement", kicker, heading, (table, _text(f"It replaces run {found['run_id']}.")))


def _data(facts: ReportFacts, found: Mapping[str, Any]) -> dict[str, object]:
    rows: list[list[object]] = [["As published", "", found["old"]]]
    rows += [[_upper(c["label"]), c["cost"], c["amount"]] for c in found["causes"]]
    rows.append(["As of now", "", found["new"]])
    if all(number(row[1]) is None for row in rows):
        rows = [[name, value] for name, _, value in rows]
        money = []
    else:
        money = [{"label": "Cost", "kind": "delta_money", "unit": facts.currency}]
    columns = [{"label": "From then to now", "kind": "text"}, *money, {"label": "Cost per user", "kind": "unit_cost",
               "unit": found["unit"]}]  # fmt: skip
    return {
        "caption": "Cost per user, by what changed",
        "columns": columns,
        "rows": rows,
        "total": True,
        "notes": [NOTE],
    }


def _upper(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _text(text: str) -> Paragraph:
    return Paragraph((TextRun(_upper(text)),), "small")
