"""Scenarios beside each other on a page: tables, and the sentence that says on page one that this is a what-if."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from unitcost.display.facts import ReportFacts
from unitcost.display.formats import UNKNOWN, Formats, adaptive_digits, unit_label
from unitcost.display.model import (
    Against,
    Block,
    Cell,
    ColumnLayout,
    Heading,
    Paragraph,
    ScenarioComparison,
    Section,
    Table,
    TextRun,
)
from unitcost.display.text import Names
from unitcost.display.typed_tables import is_wide, typed_table

SLUG = "against-plan"
ABSENT = "not in this scenario"
AFTER = "Cost per user after all levers"
TITLE_LIMIT = 40
MEASURE = "Measure"


def beside_plan(against: Against | None, formats: Formats, names: Names) -> list[str]:
    """Return what page one says of a scenario, in a sentence; nothing for the plan of record."""
    if against is None:
        return []
    title = names.show(against.titles[-1], TITLE_LIMIT)
    after = _after(against)
    plan, here = (after.values[0], after.values[-1]) if after else (None, None)
    text = f"This is the scenario “{title}”, not the plan of record."
    if plan is None or here is None:
        return [text]
    digits = adaptive_digits([plan, here])
    shown = [formats.with_currency(formats.unit_cost(value, digits)) for value in (here, plan)]
    if shown[0] == shown[1]:
        return [f"{text} With all its levers one user would cost {shown[0]}, as with those of the plan of record."]
    return [f"{text} With all its levers one user would cost {shown[0]}, with those of the plan of record {shown[1]}."]


def against_plan(facts: ReportFacts, formats: Formats, names: Names) -> Section | None:
    """Return the section that sets a scenario beside the plan of record; None in the plan of record."""
    if facts.against is None:
        return None
    title = names.show(facts.against.titles[-1], TITLE_LIMIT)
    heading = f"{title} beside the plan of record"
    return Section(SLUG, "Scenario", heading, tuple(blocks(facts.against, formats, names)))


def blocks(against: Against, formats: Formats, names: Names) -> list[Block]:
    """Return the tables of scenarios side by side; with two of them also what lies between them."""
    heads = [names.show(title, TITLE_LIMIT) for title in _distinct(against)]
    tables: list[Block] = [_table("What they come to", heads, against.findings, formats)]
    if against.levers:
        tables.append(_table("Saving a month by lever", heads, against.levers, formats, first="Lever"))
    if any(against.portfolios):
        tables.append(Heading(3, (TextRun("Actions in the order to take them"),)))
        for head, portfolio in zip(heads, against.portfolios, strict=True):
            tables.append(Paragraph((TextRun(f"{head}: ", strong=True), TextRun(", ".join(portfolio) or "none"))))
    if against.assumptions:
        tables.append(_assumptions(against, heads, formats, names))
    return tables


def _after(against: Against) -> ScenarioComparison | None:
    return next((comparison for comparison in against.findings if comparison.label == AFTER), None)


def _distinct(against: Against) -> list[str]:
    """Return titles, with the scenario's name where two share one."""
    titles = against.titles
    return [
        f"{title} ({name})" if titles.count(title) > 1 else title
        for name, title in zip(against.names, titles, strict=True)
    ]


def _rows(
    compared: Sequence[ScenarioComparison], formats: Formats, reasons: dict[str, int], *, ranges: bool
) -> list[tuple[Cell, ...]]:
    """Return the rows of a table; why a value is not known is numbered in `reasons`."""
    rows = []
    for row in compared:
        between = difference(row.values, row.unit, formats)
        rows.append((_head(row), *_values(row, shown(row.values, row.unit, formats), reasons), *_numbers(between)))
        ends = list(zip(row.low, row.high, strict=True))
        if ranges and any(low != high for low, high in ends):
            texts = [
                " to ".join(shown([low, high], row.unit, formats)) if low is not None else "" for low, high in ends
            ]
            rows.append((Cell("P10 to P90", header=True), *_numbers([*texts, *("" for _ in between)])))
    return rows


def _head(row: ScenarioComparison) -> Cell:
    return Cell(row.label, header=True, unit="" if row.unit == "share" else unit_label(row.unit))


def _values(row: ScenarioComparison, texts: Sequence[str], reasons: dict[str, int]) -> list[Cell]:
    cells = []
    for text, value, reason in zip(texts, row.values, row.reasons, strict=True):
        # That a scenario does not have a lever is what the dash says.
        note = reasons.setdefault(reason, len(reasons) + 1) if value is None and reason not in (None, ABSENT) else None
        cells.append(Cell(text, number=True, note=note))
    return cells


def _numbers(texts: Sequence[str]) -> list[Cell]:
    return [Cell(text, number=True) for text in texts]


def shown(values: Sequence[Decimal | None], unit: str, formats: Formats) -> list[str]:
    """Return values of one unit with the same digits; a dash for what is not known."""
    amounts = [value for value in values if value is not None]
    if unit == "share":
        texts = [formats.share(value) for value in values]
    elif unit.endswith("/user"):
        digits = adaptive_digits(amounts)
        texts = [formats.unit_cost(value, digits) for value in values]
    else:
        digits = formats.money_digits(amounts, whole=True)
        texts = [formats.money(value, digits) for value in values]
    return ["–" if text == UNKNOWN else text for text in texts]


def difference(values: Sequence[Decimal | None], unit: str, formats: Formats) -> list[str]:
    """Return the second value less the first where there are two; a dash where one is not known."""
    if len(values) != 2:
        return []
    before, now = values
    if before is None or now is None:
        return ["–"]
    if unit == "share":
        return [f"{formats.delta_points(now - before)} points"]
    if unit.endswith("/user"):
        return [formats.delta_unit_cost(now - before, adaptive_digits([before, now]))]
    return [formats.delta_money(now - before, formats.money_digits([before, now], whole=True))]


def _table(
    caption: str, heads: Sequence[str], compared: Sequence[ScenarioComparison], formats: Formats, first: str = MEASURE
) -> Table:
    columns = [first, *heads, *(["Difference"] if len(heads) == 2 else [])]
    numbers = [False, *(True for _ in columns[1:])]
    head = tuple(Cell(label, header=True, number=is_number) for label, is_number in zip(columns, numbers, strict=True))
    reasons: dict[str, int] = {}
    body = tuple(_rows(compared, formats, reasons, ranges=first == MEASURE))
    return Table(
        caption=caption,
        columns=tuple(ColumnLayout(is_number) for is_number in numbers),
        head=(head,),
        rows=body,
        notes=("What would be, fully ramped, on the spend of the month; no result.",) if first == MEASURE else (),
        reasons=tuple(reasons),
        wide=is_wide((head, *body), numbers),
    )


def _assumptions(against: Against, heads: Sequence[str], formats: Formats, names: Names) -> Table:
    data = {
        "caption": "What they assume differently",
        "columns": [{"label": label} for label in ("Lever", "Assumption", *heads)],
        "rows": against.assumptions,
        "notes": ["Ranges are lowest / most likely / highest."],
    }
    return typed_table(data, formats, names)
