"""Tables that came as HTML (DataFrame, Styler, great-tables) read into the page model.

Only what a table says is taken: cells, spans, headers, caption, notes. Styles, scripts and colours stay
behind; whatever the HTML looked like, the result is a full rectangle.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from lxml import etree, html

from unitcost.display.formats import MINUS, UNKNOWN
from unitcost.display.model import Cell, ColumnLayout, Row, Table
from unitcost.display.text import CELL_LIMIT, Names
from unitcost.display.typed_tables import ROW_LIMIT, is_wide

COLUMN_LIMIT = 40
UNNAMED = "Row"
_UNKNOWN = frozenset(("nan", "none", "nat", "<na>", "inf", "-inf", "null"))
_NUMBER = re.compile(r"[(<>≈+\-−]?\s?(?:[A-Z]{3}|[$€£¥])?\s?[(+\-−]?\s?[0-9][0-9.,'\s]*(?:%|[A-Za-z]{1,3})?\)?")
_NEGATIVE = re.compile(r"^(\(?(?:[A-Z]{3}\s?|[$€£¥]\s?)?)-(?=[0-9.])")


@dataclass(slots=True)
class _Spot:
    """A cell while the rectangle is built."""

    text: str
    header: bool
    strong: bool
    colspan: int
    rowspan: int
    column: int = 0


Spots = list[_Spot]


def html_tables(source: str, names: Names) -> tuple[list[Table], str]:
    """Return the tables of an HTML output and the text outside them (one line, "" when there is none)."""
    try:
        root = html.fragment_fromstring(source, create_parent="div")
    except (etree.ParserError, ValueError):
        return [], ""
    etree.strip_elements(root, "script", "style", "template", "noscript", "iframe", with_tail=False)
    found = [t for t in root.iter("table") if not any(a.tag == "table" for a in t.iterancestors())]
    tables = [table for element in found if (table := _table(element, names)) is not None]
    for element in found:
        element.drop_tree()
    return tables, _text(root)


def _table(element: html.HtmlElement, names: Names) -> Table | None:
    titles = [_text(cell) for cell in element.xpath(".//tr[contains(@class, 'gt_heading')]/td")]
    captions = [_text(caption) for caption in element.xpath("./caption")]
    rows = [row for row in element.xpath("./thead/tr | ./tbody/tr | ./tr") if not _has(row, "gt_heading")]
    head_rows = [row for row in rows if _is_head(row)]
    body_rows = [row for row in rows if not _is_head(row)]
    left_out = max(0, len(body_rows) - ROW_LIMIT)
    head = _rectangle([_spots(row) for row in head_rows])
    body = _rectangle([_spots(row) for row in body_rows[:ROW_LIMIT]])
    width = min(COLUMN_LIMIT, max((_width(row) for row in head + body), default=0))
    if not body or not width:
        return None
    head, body = _square(head, width), _square(body, width)
    head, body, width = _without_counter(_named(head), body, width)
    notes = [_text(cell) for cell in element.xpath("./tfoot//td")]
    if left_out:
        notes.append(f"{left_out} more rows are not shown.")
    numbers = _number_columns(body, width)
    shown = (_row(row, numbers, names) for row in head), (_row(row, numbers, names) for row in body)
    head_out, body_out = tuple(shown[0]), tuple(shown[1])
    return Table(
        caption=". ".join(text for text in (*titles, *captions) if text),
        columns=tuple(ColumnLayout(is_number) for is_number in numbers),
        head=head_out,
        rows=body_out,
        notes=tuple(note for note in notes if note),
        wide=is_wide((*head_out, *body_out), numbers),
    )


def _has(row: html.HtmlElement, name: str) -> bool:
    return name in (row.get("class") or "").split()


def _is_head(row: html.HtmlElement) -> bool:
    parent = row.getparent()
    if parent is not None and parent.tag == "thead":
        return True
    cells = [cell.tag for cell in row]
    return bool(cells) and parent is not None and parent.tag == "table" and set(cells) == {"th"}


def _text(element: html.HtmlElement) -> str:
    for br in list(element.iter("br")):
        br.tail = " " + (br.tail or "")
    return " ".join(str(element.text_content()).split())


def _spots(row: html.HtmlElement) -> Spots:
    spots = []
    for cell in row:
        if cell.tag in ("td", "th"):
            strong = bool(cell.xpath(".//b | .//strong")) or "bold" in (cell.get("style") or "")
            spots.append(_Spot(_text(cell), cell.tag == "th", strong, _span(cell, "colspan"), _span(cell, "rowspan")))
    return spots


def _span(cell: html.HtmlElement, name: str) -> int:
    value = (cell.get(name) or "1").strip()
    return min(max(int(value), 1), 1000) if value.isascii() and value.isdigit() else 1


def _rectangle(rows: Sequence[Spots]) -> list[Spots]:
    # Places every cell in its column, as a browser does; spans never leave their part or overlap a neighbour.
    held: dict[tuple[int, int], bool] = {}
    for y, row in enumerate(rows):
        x = 0
        for spot in row:
            while (y, x) in held:
                x += 1
            spot.column = x
            spot.rowspan = min(spot.rowspan, len(rows) - y)
            span = 1
            while span < min(spot.colspan, COLUMN_LIMIT) and (y, x + span) not in held:
                span += 1
            spot.colspan = span
            for below in range(spot.rowspan):
                held.update({(y + below, x + across): True for across in range(span)})
            x += span
    return [list(row) for row in rows]


def _width(row: Spots) -> int:
    return max((spot.column + spot.colspan for spot in row), default=0)


def _square(rows: list[Spots], width: int) -> list[Spots]:
    # Fills what is missing and cuts what stands out, so that every row covers exactly `width` columns.
    covered = [[False] * width for _ in rows]
    for y, row in enumerate(rows):
        row[:] = [spot for spot in row if spot.column < width]
        for spot in row:
            spot.colspan = min(spot.colspan, width - spot.column)
            for below in range(spot.rowspan):
                for across in range(spot.colspan):
                    covered[y + below][spot.column + across] = True
    for y, row in enumerate(rows):
        row.extend(_Spot("", False, False, 1, 1, x) for x in range(width) if not covered[y][x])
        row.sort(key=lambda spot: spot.column)
    return rows


def _named(head: list[Spots]) -> list[Spots]:
    # pandas puts the names of the index into a header row of their own: they move up to their columns.
    if len(head) >= 2 and all(spot.rowspan == 1 for row in head[-2:] for spot in row):
        above, last = head[-2], head[-1]
        filled = [spot for spot in last if spot.text]
        leading = filled == last[: len(filled)] and 0 < len(filled) < len(last)
        places = {spot.column: spot for spot in above if spot.colspan == 1}
        if leading and all(spot.column in places for spot in filled):
            for spot in filled:
                places[spot.column].text = spot.text
            head = head[:-1]
    for spot in head[-1] if head else ():
        if not spot.text:
            spot.text = UNNAMED
    return head


def _without_counter(head: list[Spots], body: list[Spots], width: int) -> tuple[list[Spots], list[Spots], int]:
    # An index of 0, 1, 2 … that nobody named says nothing to a reader.
    numbered = all(
        row[0].header and row[0].text == str(y) and row[0].colspan == row[0].rowspan == 1 for y, row in enumerate(body)
    )
    plain = all(row[0].text in ("", UNNAMED) and row[0].colspan == 1 for row in head)
    if not (numbered and plain and width > 1 and head):
        return head, body, width
    for row in (*head, *body):
        del row[0]
        for spot in row:
            spot.column -= 1
    return head, body, width - 1


def _number_columns(body: Iterable[Spots], width: int) -> list[bool]:
    seen: list[list[str]] = [[] for _ in range(width)]
    for row in body:
        for spot in row:
            if spot.colspan == 1 and not spot.header and spot.text and not _is_unknown(spot.text):
                seen[spot.column].append(spot.text)
    return [bool(texts) and all(_NUMBER.fullmatch(text) for text in texts) for texts in seen]


def _is_unknown(text: str) -> bool:
    return text.lower() in _UNKNOWN or text == UNKNOWN


def _row(row: Spots, numbers: Sequence[bool], names: Names) -> Row:
    cells = []
    for spot in row:
        number = numbers[spot.column] and spot.colspan == 1
        if _is_unknown(spot.text):
            text = UNKNOWN
        elif number:
            text = _NEGATIVE.sub(rf"\1{MINUS}", spot.text)
        else:
            text = names.show(spot.text) if spot.header else names.show(spot.text, CELL_LIMIT)
        cells.append(Cell(text, spot.header, spot.strong, spot.colspan, spot.rowspan, number=number))
    return tuple(_first_is_header(cells))


def _first_is_header(cells: list[Cell]) -> list[Cell]:
    # A body row names itself in its first cell, whether or not its maker marked it.
    if cells and not any(cell.header for cell in cells) and cells[0].text and not cells[0].number:
        cells[0] = replace(cells[0], header=True)
    return cells
