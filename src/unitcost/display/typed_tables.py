"""Tables our own notebook functions show: typed columns of decimal text, formatted here and only here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from unitcost.display.formats import KINDS, UNKNOWN, Formats, unit_label
from unitcost.display.model import Cell, Column, Row, Table
from unitcost.display.text import CELL_LIMIT, Names

# Estimated page width in characters of the smallest print, and how many columns stand upright at all.
UPRIGHT_CHARACTERS = 150
UPRIGHT_COLUMNS = 12
ROW_LIMIT = 500
_PLAIN_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class TypedColumn:
    """A column as the notebook declares it."""

    label: str
    kind: str
    unit: str

    @property
    def number(self) -> bool:
        """Whether the column holds numbers."""
        return self.kind != "text"


def number(cell: object) -> Decimal | None:
    """Return the decimal written in `cell`, or None when it is no finite number.

    Floats are refused with TypeError: a number that went through binary is no longer the published one.
    """
    if isinstance(cell, float):
        raise TypeError("numbers reach a page as decimal text, never as floats")
    if isinstance(cell, Decimal):
        return cell if cell.is_finite() else None
    if isinstance(cell, bool) or not isinstance(cell, (str, int)):
        return None
    stripped = str(cell).strip()
    if not _PLAIN_DECIMAL.fullmatch(stripped):
        return None
    try:
        return Decimal(stripped)
    except InvalidOperation:
        return None


def typed_table(data: Mapping[str, object], formats: Formats, names: Names) -> Table:
    """Return the table of a notebook's typed JSON.

    `data` has caption, columns [{label, kind, unit}], rows of decimal text, plain text, null or {"reason"},
    and optionally notes, total and source. Raises ValueError when it is not of that shape.
    """
    columns = _columns(data)
    raw = _rows(data, len(columns))
    reasons: dict[str, int] = {}
    values = [[row[i] for row in raw] for i in range(len(columns))]
    texts = [_texts(column, values[i], formats, _beside(column, columns, values)) for i, column in enumerate(columns)]
    total = bool(data.get("total", False)) and bool(raw)
    rows: list[Row] = []
    for r, cells in enumerate(raw):
        places = [_Place(column, i == 0, total and r == len(raw) - 1) for i, column in enumerate(columns)]
        rows.append(tuple(_cell(texts[i][r], cells[i], place, names, reasons) for i, place in enumerate(places)))
    unit = _common_unit(columns)
    units = ["" if unit else _shown_unit(column, formats) for column in columns]
    head = tuple(Cell(c.label, header=True, number=c.number, unit=units[i]) for i, c in enumerate(columns))
    caption = names.sentence(str(data.get("caption", "")))
    shown = unit_label(unit) if unit and unit_label(unit) not in caption else ""
    return Table(
        caption=", ".join(part for part in (caption, shown) if part),
        columns=tuple(Column(c.number, c.unit) for c in columns),
        head=(head,),
        rows=tuple(rows),
        total=total,
        notes=tuple(names.sentence(str(note)) for note in _sequence(data.get("notes") or ())),
        reasons=tuple(reasons),
        source=names.sentence(str(data.get("source") or "")),
        wide=is_wide((head, *rows), [c.number for c in columns]),
    )


def is_wide(rows: Sequence[Row], numbers: Sequence[bool]) -> bool:
    """Return whether a table has to turn the page: too many columns, or more characters than a line holds.

    Text wraps, so only its first twenty characters count; numbers do not wrap.
    """
    if len(numbers) > UPRIGHT_COLUMNS:
        return True
    widths = [0] * len(numbers)
    for row in rows:
        at = 0
        for cell in row:
            if cell.colspan == 1 and at < len(widths):
                size = len(cell.text) if numbers[at] and not cell.header else min(len(cell.text), 20)
                widths[at] = max(widths[at], size + 3)
            at += cell.colspan
    return sum(widths) > UPRIGHT_CHARACTERS


@dataclass(frozen=True, slots=True)
class _Place:
    column: TypedColumn
    first: bool
    last_total: bool


def _columns(data: Mapping[str, object]) -> list[TypedColumn]:
    columns = []
    for entry in _sequence(data.get("columns")):
        if not isinstance(entry, Mapping):
            raise ValueError("a column is not an object")
        kind = str(entry.get("kind", "text"))
        if kind not in KINDS:
            raise ValueError(f"column kind {kind!r} is not known")
        columns.append(TypedColumn(str(entry.get("label", "")), kind, str(entry.get("unit") or "")))
    if not columns:
        raise ValueError("a table needs columns")
    return columns


def _rows(data: Mapping[str, object], width: int) -> list[list[object]]:
    rows = [list(_sequence(row)) for row in _sequence(data.get("rows") or ())]
    if any(len(row) != width for row in rows):
        raise ValueError(f"a row does not have {width} cells")
    return rows


def _sequence(value: object) -> Sequence[object]:
    if isinstance(value, (list, tuple)):
        return value
    raise ValueError("expected a list")


def _beside(column: TypedColumn, columns: Sequence[TypedColumn], values: Sequence[Sequence[object]]) -> list[object]:
    """Return the values that share a column's digits: those of all columns of changes in the same unit."""
    if column.kind != "delta_unit_cost":
        return []
    alike = [(other.kind, other.unit) == (column.kind, column.unit) for other in columns]
    return [value for own, same in zip(values, alike, strict=True) if same for value in own]


def _texts(column: TypedColumn, values: Sequence[object], formats: Formats, beside: Sequence[object] = ()) -> list[str]:
    if not column.number:
        return [UNKNOWN if v is None or isinstance(v, Mapping) else str(v) for v in values]
    known: list[Decimal | None] = [number(v) for v in values]
    texts = formats.column(column.kind, known, [number(v) for v in beside])
    # A word in a column of numbers ("new") stands as it is; not-a-number and infinity are unknown.
    return [
        value if known[i] is None and isinstance(value, str) and not _not_finite(value) else texts[i]
        for i, value in enumerate(values)
    ]


def _not_finite(text: str) -> bool:
    return text.strip().lower().lstrip("+-") in ("", "nan", "inf", "infinity", "none", "null", "nat", "<na>")


def _cell(text: str, raw: object, place: _Place, names: Names, reasons: dict[str, int]) -> Cell:
    note = None
    if isinstance(raw, Mapping):
        note = reasons.setdefault(str(raw.get("reason") or "not available"), len(reasons) + 1)
    if not place.column.number or isinstance(raw, str):
        text = names.show(text) if place.first else names.show(text, CELL_LIMIT)
    return Cell(text, place.first, place.last_total, note=note, number=place.column.number)


def _common_unit(columns: Sequence[TypedColumn]) -> str:
    # A unit all numbers of the table share is said once, in the caption.
    numbers = [c for c in columns if c.number]
    units = {c.unit for c in numbers}
    plain = all(c.kind not in ("share", "delta_share", "delta_points", "count") for c in numbers)
    return units.pop() if len(units) == 1 and plain else ""


def _shown_unit(column: TypedColumn, formats: Formats) -> str:
    if column.kind == "delta_points":
        return "points"
    if column.kind in ("share", "delta_share", "text", "count"):
        return ""
    unit = unit_label(column.unit or (formats.currency if "money" in column.kind else ""))
    return "" if unit and unit in column.label else unit
