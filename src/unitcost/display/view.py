"""What a view returns: one value that shows itself in a notebook, and is open to change before it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from unitcost.display.charts.chart import Chart
from unitcost.display.licence import About
from unitcost.display.tables import Cell, Column, headline, prose, table

if TYPE_CHECKING:
    import pandas as pd


@dataclass
class View:
    """A headline, then a chart or a table of `rows`, then paragraphs; what is empty is left out.

    `rows` are what is shown, one a line of the table or a mark of the chart; `columns` head them. With `draw`, which
    makes a chart of rows, a chart is shown, else a table with `caption`, `notes` and `source`; `total` says that the
    last row is a total. `about` names the experiments on which causal words rest. Everything may be changed:

    >>> from decimal import Decimal
    >>> view = View("Two services", [["EC2", Decimal(3)], ["S3", Decimal(1)]], [Column("Service"), Column("Cost")])
    >>> view.rows = view.rows[:1]
    >>> view.frame
      Service Cost
    0     EC2    3
    """

    headline: str = ""
    rows: Sequence[Any] = ()
    columns: Sequence[Column] = ()
    caption: str = ""
    notes: Sequence[str] = ()
    source: str = ""
    total: bool = False
    draw: Callable[[Sequence[Any]], Chart] | None = None
    prose: Sequence[str] = ()
    about: About = field(default=())

    def __bool__(self) -> bool:
        return bool(self.headline or self.rows or self.prose)

    @property
    def frame(self) -> pd.DataFrame:
        """Return the rows as a DataFrame; money stays exact (Decimal)."""
        import pandas as pd

        names = [column.label for column in self.columns]
        return pd.DataFrame([list(row) for row in self.rows], columns=names or None)

    def blocks(self) -> list[object]:
        """Return what is shown, in its order. Raises what `table` raises for rows that no table can have."""
        shown: list[object] = [headline(self.headline, about=self.about)] if self.headline else []
        if self.rows and self.draw is not None:
            shown.append(self.draw(self.rows))
        elif self.rows:
            rows: Sequence[Sequence[Cell]] = self.rows
            shown.append(
                table(
                    rows, self.columns, self.caption, self.notes,
                    total=self.total, source=self.source, about=self.about,
                )
            )  # fmt: skip
        return [*shown, *(prose(text, about=self.about) for text in self.prose)]

    def _ipython_display_(self) -> None:
        show(self)


def show(*blocks: Any) -> None:
    """Show views, tables, charts and headlines, leaving out those that are None or empty.

    >>> show(None, View())
    """
    from IPython.display import display

    for block in blocks:
        if isinstance(block, View):
            show(*block.blocks())
        elif block is not None:
            display(block)  # type: ignore[no-untyped-call]
