"""A table on standard output: drawn on a terminal, plain columns elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence

from unitcost.errors import visible


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]], wide: Collection[str] = ()) -> None:
    """Print a table; columns named in `wide` may take several lines on a terminal."""
    shown = [[visible(cell) for cell in row] for row in (head, *rows)]
    if sys.stdout.isatty():
        from rich import box
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=box.SIMPLE_HEAD)
        for cell in shown[0]:
            table.add_column(Text(cell), no_wrap=cell not in wide, overflow="fold")
        for row in shown[1:]:
            table.add_row(*(Text(cell) for cell in row))
        Console().print(table)
        return
    widths = [max(len(row[number]) for row in shown) for number in range(len(head))]
    for row in shown:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
