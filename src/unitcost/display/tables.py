"""What a notebook hands to the reports besides figures: tables, headlines and prose, as data.

Numbers travel as complete decimal text; rounding and locale are applied when a page is made, so a table reads
the same in every report. Text is text: nothing in it is ever taken as markup.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from unitcost.display.formats import KINDS, UNKNOWN
from unitcost.display.licence import About, experiments
from unitcost.numbers.estimate import Estimate, plain
from unitcost.numbers.exact import checked

TABLE_MIME = "application/vnd.unitcost.table+json"
HEADLINE_MIME = "application/vnd.unitcost.headline+json"
PROSE_MIME = "application/vnd.unitcost.prose+json"
# Statistics come out of floating point anyway; money and counts must never have been there.
_EXACT_KINDS = frozenset(("money", "unit_cost", "count", "delta_money", "delta_unit_cost"))


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, the kind of its cells, and the unit printed once under the heading.

    `kind` is text, money, unit_cost, count, share (0–1), decimal, or a signed delta_money, delta_unit_cost,
    delta_share (relative change, 0.03 is +3 %) or delta_points (difference of shares).
    """

    label: str
    kind: str = "text"
    unit: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            known = ", ".join(sorted(KINDS))
            raise ValueError(f"column {self.label!r}: kind {self.kind!r} is not known; known: {known}")


@dataclass(frozen=True, slots=True)
class Unknown:
    """A cell without a value, and why; printed as "n/a" with the reason as a footnote."""

    reason: str


Cell = Decimal | int | float | str | Unknown | None
JsonCell = str | None | dict[str, str]


@dataclass(frozen=True, slots=True)
class TableOutput:
    """A table as a value; as the last expression of a notebook cell it shows itself."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[JsonCell, ...], ...]
    notes: tuple[str, ...] = ()
    total: bool = False
    source: str = ""
    about: tuple[str, ...] = ()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        """Return the table as data, as safe HTML for the notebook, and as plain text."""
        del include, exclude  # Jupyter filters by itself
        columns = [
            {"label": column.label, "kind": column.kind} | ({"unit": column.unit} if column.unit else {})
            for column in self.columns
        ]
        data = {
            "caption": self.caption,
            "columns": columns,
            "rows": [list(row) for row in self.rows],
            "notes": list(self.notes),
            "total": self.total,
            "source": self.source,
        }
        if self.about:
            data["about"] = list(self.about)
        return {TABLE_MIME: data, "text/html": _html(self), "text/plain": _text(self)}


@dataclass(frozen=True, slots=True)
class TextOutput:
    """A headline or a paragraph as a value; as the last expression of a notebook cell it shows itself."""

    text: str
    mime: str
    tag: str
    about: tuple[str, ...] = ()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        """Return the text as data, as safe HTML for the notebook, and as it is."""
        del include, exclude  # Jupyter filters by itself
        shown = f"<{self.tag}>{html.escape(self.text)}</{self.tag}>"
        about = {"about": list(self.about)} if self.about else {}
        return {self.mime: {"text": self.text, **about}, "text/html": shown, "text/plain": self.text}


def table(
    rows: Sequence[Sequence[Cell]],
    columns: Sequence[Column],
    caption: str,
    notes: Sequence[str] = (),
    *,
    total: bool = False,
    source: str = "",
    about: About = (),
) -> TableOutput:
    """Return a table of rows of cells, one cell for each column.

    Numbers are Decimal or int; None is an unknown without a reason, `Unknown(reason)` one with; `total` says
    that the last row is a total; `about` names the experiments on which causal words in caption, headings and notes
    rest. Raises TypeError for floats where money, unit costs or counts belong and for
    text in a column of numbers, ValueError for NaN, for rows of the wrong length and for no columns.
    """
    if not columns:
        raise ValueError(f"table {caption!r} has no columns")
    if total and not rows:
        raise ValueError(f"table {caption!r}: a total needs a row")
    shown = []
    for number, row in enumerate(rows, 1):
        if len(row) != len(columns):
            raise ValueError(f"table {caption!r}, row {number}: {len(row)} cells for {len(columns)} columns")
        where = f"table {caption!r}, row {number}"
        shown.append(tuple(_cell(cell, column, where) for cell, column in zip(row, columns, strict=True)))
    heads = tuple(Column(_sound(column.label), column.kind, _sound(column.unit)) for column in columns)
    notes = tuple(_sound(note) for note in notes)
    return TableOutput(_sound(caption), heads, tuple(shown), notes, total, _sound(source), experiments(about))


def cell(estimate: Estimate) -> Decimal | str | tuple[str, ...] | Unknown:
    """Return the cell of a finding: its value, or why there is none."""
    return Unknown(str(estimate.reason)) if estimate.value is None else estimate.value


def headline(text: str, *, about: About = ()) -> TextOutput:
    """Return the finding a section opens with, one line. Raises ValueError if it is empty.

    A causal word in it rests on the experiments that `about` names.
    """
    return TextOutput(" ".join(_filled(text, "headline").split()), HEADLINE_MIME, "h3", experiments(about))


def prose(text: str, *, about: About = ()) -> TextOutput:
    """Return a paragraph of plain text, with `about` as in `headline`. Raises ValueError if it is empty."""
    return TextOutput(_filled(text, "prose"), PROSE_MIME, "p", experiments(about))


def _cell(cell: object, column: Column, where: str) -> JsonCell:
    where = f"{where}, column {column.label!r}"
    if cell is None:
        return None
    if isinstance(cell, Unknown):
        return {"reason": _sound(cell.reason)}
    if column.kind == "text":
        return _text_cell(cell, where)
    if isinstance(cell, str):
        raise TypeError(
            f"{where}: {cell[:40]!r} is text in a column of {column.kind}; pass a Decimal, or Unknown(reason)"
        )
    if isinstance(cell, float) and column.kind not in _EXACT_KINDS:
        cell = Decimal(repr(float(cell)))
    number = checked(cell, where)
    return None if number is None else plain(number)


def _text_cell(cell: object, where: str) -> str:
    if isinstance(cell, str):
        return _sound(cell)
    number = checked(cell, where)
    return "" if number is None else plain(number)


def _filled(text: str, what: str) -> str:
    if not isinstance(text, str):
        raise TypeError(f"a {what} is text, not {type(text).__name__}")
    if not text.strip():
        raise ValueError(f"a {what} must say something")
    return _sound(text.strip())


def _sound(text: str) -> str:
    # A lone surrogate, as broken names carry, cannot be written to a file at all.
    return text.encode("utf-8", "replace").decode("utf-8")


def _shown(cell: JsonCell) -> str:
    if isinstance(cell, dict):
        return f"{UNKNOWN} ({cell['reason']})"
    return UNKNOWN if cell is None else cell


def _html(output: TableOutput) -> str:
    """Return the table for a reader of the notebook; every text escaped."""

    def line(tag: str, texts: Sequence[str], scope: str) -> str:
        cells = []
        for column, text in zip(output.columns, texts, strict=True):
            align = "left" if column.kind == "text" else "right"
            cells.append(f'<{tag}{scope} style="text-align:{align}">{html.escape(text)}</{tag}>')
        return f"<tr>{''.join(cells)}</tr>"

    heads = [f"{column.label}, {column.unit}" if column.unit else column.label for column in output.columns]
    body = "".join(line("td", [_shown(cell) for cell in row], "") for row in output.rows)
    below = "".join(f"<p>{html.escape(note)}</p>" for note in (*output.notes, output.source) if note)
    head = line("th", heads, ' scope="col"')
    caption = html.escape(output.caption)
    return f"<table><caption>{caption}</caption><thead>{head}</thead><tbody>{body}</tbody></table>{below}"


def _text(output: TableOutput) -> str:
    lines = [output.caption, " | ".join(column.label for column in output.columns)]
    lines += [" | ".join(_shown(cell) for cell in row) for row in output.rows]
    return "\n".join([*lines, *output.notes])


def known_columns(
    rows: Sequence[Sequence[object]], columns: Sequence[Column]
) -> tuple[list[list[object]], list[Column]]:
    """Return rows and columns without the columns in which nothing is known."""
    kept = [i for i in range(len(columns)) if any(row[i] is not None for row in rows)]
    return [[row[i] for i in kept] for row in rows], [columns[i] for i in kept]
