"""Ways to spoil the company, each a function from what to spoil to a change of its folder."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

from .case import Change

Table = list[list[str]]


def also(*changes: Change) -> Change:
    """Make several changes, one after the other."""

    def change(folder: Path) -> None:
        for one in changes:
            one(folder)

    return change


def written(name: str, content: str | bytes | Callable[[], bytes]) -> Change:
    """Write a file, whether it was there or not; large contents are made when they are needed."""

    def change(folder: Path) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        made = content() if callable(content) else content
        path.write_bytes(made.encode() if isinstance(made, str) else made)

    return change


def removed(name: str) -> Change:
    """Take a file away."""
    return lambda folder: (folder / name).unlink()


def moved(name: str, target: str) -> Change:
    """Give a file another name or folder."""

    def change(folder: Path) -> None:
        (folder / target).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).rename(folder / target)

    return change


def bent(name: str, function: Callable[[bytes], bytes], target: str = "") -> Change:
    """Pass a file's bytes through a function; with `target` into another file, the first one stays."""

    def change(folder: Path) -> None:
        bent_bytes = function((folder / name).read_bytes())
        (folder / (target or name)).parent.mkdir(parents=True, exist_ok=True)
        (folder / (target or name)).write_bytes(bent_bytes)

    return change


def text(name: str, old: str, new: str) -> Change:
    """Replace a text that stands exactly once in a file."""

    def function(content: bytes) -> bytes:
        assert content.count(old.encode()) == 1, f"{old!r} stands {content.count(old.encode())} times in {name}"
        return content.replace(old.encode(), new.encode("utf-8", "surrogatepass"))

    return bent(name, function)


def appended(name: str, more: str) -> Change:
    """Write more at the end of a file."""
    return bent(name, lambda content: content + more.encode())


def rows(name: str, function: Callable[[Table], None]) -> Change:
    """Change a CSV file as a table; the header is row 0, so row n stands on line n + 1."""

    def change(content: bytes) -> bytes:
        cells = list(csv.reader(io.StringIO(content.decode())))
        function(cells)
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(cells)
        return out.getvalue().encode()

    return bent(name, change)


def cell(name: str, line: int, column: str, value: str) -> Change:
    """Write a value into one cell."""

    def function(cells: Table) -> None:
        cells[line - 1][cells[0].index(column)] = value

    return rows(name, function)


def without(name: str, column: str) -> Change:
    """Drop a column."""

    def function(cells: Table) -> None:
        place = cells[0].index(column)
        for row in cells:
            del row[place]

    return rows(name, function)


def renamed(name: str, column: str, new: str) -> Change:
    """Give a column another name."""

    def function(cells: Table) -> None:
        cells[0][cells[0].index(column)] = new

    return rows(name, function)


def spelled(name: str, function: Callable[[str], str]) -> Change:
    """Spell all column names in another way."""

    def change(cells: Table) -> None:
        cells[0] = [function(column) for column in cells[0]]

    return rows(name, change)


def more_column(name: str, column: str, *values: str) -> Change:
    """Add a column; the last value goes on to the end."""

    def function(cells: Table) -> None:
        for number, row in enumerate(cells):
            row.append(column if not number else values[min(number, len(values)) - 1])

    return rows(name, function)


def more_row(name: str, like: int, **values: str) -> Change:
    """Add a row like that of a line, with other values."""

    def function(cells: Table) -> None:
        row = list(cells[like - 1])
        for column, value in values.items():
            row[cells[0].index(column)] = value
        cells.append(row)

    return rows(name, function)


def aggregate(counts: str) -> Change:
    """Give counts in place of single users."""
    return also(written("counts.csv", counts), text("report.toml", 'path = "activity.csv"', 'aggregate = "counts.csv"'))


def report(old: str, new: str) -> Change:
    """Replace a text in report.toml."""
    return text("report.toml", old, new)


def allocation(old: str, new: str) -> Change:
    """Replace a text in allocation.toml."""
    return text("allocation.toml", old, new)
