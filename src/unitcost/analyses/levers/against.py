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
    Column,
    Compared,
    Heading,
    Paragraph,
    Run,
    Section,
    Table,
)
from unitcost.display.text import CELL_LIMIT, Names
from unitcost.display.typed_tables import is_wide

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
    found = _after(against)
    plan, own = (found.values[0], found.values[-1]) if found else (None, None)
    text = f"This is the scenario “{title}”, not the plan of record."
    if plan is None or own is None:
        return [text]
    digits = adaptive_digits([plan, own])
    shown = [formats.with_currency(formats.unit_cost(value, digits)) for value in (own, plan)]
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
    found: list[Block] = [_table("What they come to", heads, against.findings, formats)]
    if against.levers:
        found.append(_table("Saving a month by lever", heads, against.levers, formats, first="Lever"))
    if any(against.portfolios):
        found.append(Heading(3, (Run("Actions in the order to take them"),)))
        for head, portfolio in zip(heads, against.portfolios, strict=True):
            found.append(Paragraph((Run(f"{head}: ", strong=True), Run(", ".join(portfolio) or "none"))))
    if against.assumptions:
        found.append(_assumptions(against, heads, names))
    return found


def _after(against: Against) -> Compared | None:
    return next((one for one in against.findings if one.label == AFTER), None)


def _distinct(against: Against) -> list[str]:
    """Return titles, with the scenario's name where two share one."""
    titles = against.titles
    return [
        f"{title} ({name})" if titles.count(title) > 1 else title
        for name, title in zip(against.names, titles, strict=True)
    ]


def _rows(
    compared: Sequence[Compared], formats: Formats, reasons: dict[str, int], *, ranges: bool
) -> list[tuple[Cell, ...]]:
    """Return the rows of a table; why a value is not known is numbered in `reasons`."""
    rows = []
    for one in compared:
        between = difference(one.values, one.unit, formats)
        rows.append((_head(one), *_values(one, shown(one.values, one.unit, formats), reasons), *_numbers(between)))
        ends = list(zip(one.low, one.high, strict=True))
        if ranges and any(low != high for low, high in ends):
            texts = [
                " to ".join(shown([low, high], one.unit, formats)) if low is not None else "" for low, high in ends
            ]
            rows.append((Cell("P10 to P90", header=True), *_numbers([*texts, *("" for _ in between)])))
    return rows


def _head(one: Compared) -> Cell:
    return Cell(one.label, header=True, unit="" if one.unit == "share" else unit_label(one.unit))


def _values(one: Compared, texts: Sequence[str], reasons: dict[str, int]) -> list[Cell]:
    cells = []
    for text, value, reason in zip(texts, one.values, one.reasons, strict=True):
        # That a scenario does not have a lever is what the dash says.
        note = reasons.setdefault(reason, len(reasons) + 1) if value is None and reason not in (None, ABSENT) else None
        cells.append(Cell(text, number=True, note=note))
    return cells


def _numbers(texts: Sequence[str]) -> list[Cell]:
    return [Cell(text, number=True) for text in texts]


def shown(values: Sequence[Decimal | None], unit: str, formats: Formats) -> list[str]:
    """Return values of one unit with the same digits; a dash for what is not known."""
    known = [value for value in values if value is not None]
    if unit == "share":
        texts = [formats.share(value) for value in values]
    elif unit.endswith("/user"):
        digits = adaptive_digits(known)
        texts = [formats.unit_cost(value, digits) for value in values]
    else:
        digits = formats.money_digits(known, whole=True)
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
    caption: str, heads: Sequence[str], compared: Sequence[Compared], formats: Formats, first: str = MEASURE
) -> Table:
    columns = [first, *heads, *(["Difference"] if len(heads) == 2 else [])]
    numbers = [False, *(True for _ in columns[1:])]
    head = tuple(Cell(label, header=True, number=is_number) for label, is_number in zip(columns, numbers, strict=True))
    reasons: dict[str, int] = {}
    body = tuple(_rows(compared, formats, reasons, ranges=first == MEASURE))
    return Table(
        caption=caption,
        columns=tuple(Column(is_number) for is_number in numbers),
        head=(head,),
        rows=body,
        notes=("What would be, fully ramped, on the spend of the month; no result.",) if first == MEASURE else (),
        reasons=tuple(reasons),
        wide=is_wide((head, *body), numbers),
    )


def _assumptions(against: Against, heads: Sequence[str], names: Names) -> Table:
    labels = ("Lever", "Assumption", *heads)
    head = tuple(Cell(label, header=True) for label in labels)
    rows = tuple(
        tuple(Cell(names.show(text, CELL_LIMIT), header=place == 0) for place, text in enumerate(row))
        for row in against.assumptions
    )
    return Table(
        caption="What they assume differently",
        columns=tuple(Column() for _ in labels),
        head=(head,),
        rows=rows,
        notes=("Ranges are lowest / most likely / highest.",),
        wide=is_wide((head, *rows), [False] * len(labels)),
    )
