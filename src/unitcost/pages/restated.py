"""The section that tells what became of a number since it was published, cause by cause."""

from __future__ import annotations

from unitcost.display.facts import Replaced, ReportFacts
from unitcost.display.formats import UNKNOWN, Formats
from unitcost.display.model import Paragraph, Run, Section
from unitcost.display.typed_tables import typed_table
from unitcost.pages.normalise import Normaliser

NOTE = (
    "Rows, corrections, exchange rates and rules at the users of then; then the users. Where a definition changed, the "
    "two numbers are not comparable and nothing is told apart."
)


def became(replaced: Replaced, formats: Formats) -> str:
    """Return 'USD 0.541 became 0.522, mostly late or changed rows', with as many digits as tell the two apart."""
    old, new = replaced.old, replaced.new
    if old is None or new is None:
        shown = [UNKNOWN if v is None else formats.with_currency(formats.unit_cost(v)) for v in (old, new)]
        return f"{shown[0]} became {shown[1]}: {replaced.reason}"
    if old == new:
        return f"other numbers than cost per user differ from those published as of {replaced.as_of.isoformat()}"
    then, today = formats.told_apart(old, new)
    text = f"{formats.with_currency(then)} became {today}"
    if not replaced.causes:
        return f"{text}; what changed is unknown: {replaced.reason}"
    return f"{text}, {_mostly(replaced)} {replaced.causes[0].label}"


def _mostly(replaced: Replaced) -> str:
    return "mostly" if len(replaced.causes) > 1 else "all"


def restated(facts: ReportFacts, normaliser: Normaliser) -> Section | None:
    """Return old → new by cause, or nothing where the month replaces no published set."""
    replaced = facts.restatement
    if replaced is None:
        return None
    kicker, day = "What changed since it was published", replaced.as_of.isoformat()
    if not replaced.causes:
        reason = replaced.reason or "cost per user is the same; other numbers differ, as `unitcost diff` lists them"
        return Section("restatement", kicker, f"This month was published before, as of {day}", (_text(reason),))
    table = typed_table(_data(facts, replaced), normaliser.formats, normaliser.names)
    size = "Most" if _mostly(replaced) == "mostly" else "All"
    heading = f"{size} of the difference to the number published as of {day} is {replaced.causes[0].label}"
    return Section("restatement", kicker, heading, (table, _text(f"It replaces run {replaced.run_id}.")))


def _data(facts: ReportFacts, replaced: Replaced) -> dict[str, object]:
    rows: list[list[object]] = [["As published", "", replaced.old]]
    rows += [[_upper(cause.label), cause.cost, cause.amount] for cause in replaced.causes]
    rows.append(["As of now", "", replaced.new])
    if all(cause.cost is None for cause in replaced.causes):
        rows = [[name, value] for name, _, value in rows]
        money = []
    else:
        money = [{"label": "Cost", "kind": "delta_money", "unit": facts.currency}]
    columns = [{"label": "From then to now", "kind": "text"}, *money, {"label": "Cost per user", "kind": "unit_cost",
               "unit": replaced.unit}]  # fmt: skip
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
    return Paragraph((Run(_upper(text)),), "small")
