"""Tables, headlines and prose leave a notebook as data: exact numbers, and text that is never markup."""

from __future__ import annotations

import json
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.formatters import DisplayFormatter
from lxml import html

from unitcost.display.tables import Column, Unknown, headline, prose, table

TABLE = "application/vnd.unitcost.table+json"
MONEY = Column("Cost", "money", "USD")
HOSTILE = "<script>alert(1)</script>&amp;\"'<img src=x onerror=y>"


def data_of(output, mime: str = TABLE) -> dict:
    """What a report reads from the output, through JSON as in a notebook file."""
    return json.loads(json.dumps(output._repr_mimebundle_()[mime]))


def test_the_bundle_is_what_the_reports_read() -> None:
    """Captions, columns, rows, notes, total and source, with cells as complete decimal text."""
    output = table(
        [["EC2", Decimal("1.234567890123"), 7], ["Total", Decimal("1E+3"), Unknown("no users")]],
        [Column("Service"), Column("Per user", "unit_cost", "USD/user"), Column("Users", "count")],
        "Cost per user",
        notes=["A note"],
        total=True,
        source="Bills",
    )
    assert data_of(output) == {
        "caption": "Cost per user",
        "columns": [
            {"label": "Service", "kind": "text"},
            {"label": "Per user", "kind": "unit_cost", "unit": "USD/user"},
            {"label": "Users", "kind": "count"},
        ],
        "rows": [["EC2", "1.234567890123", "7"], ["Total", "1000", {"reason": "no users"}]],
        "notes": ["A note"],
        "total": True,
        "source": "Bills",
    }


def test_a_notebook_stores_the_data_beside_readable_forms() -> None:
    """IPython keeps all three forms, so the notebook reads well and the reports find theirs."""
    forms, _ = DisplayFormatter().format(table([["a", Decimal(1)]], [Column("Name"), MONEY], "Costs"))
    assert {TABLE, "text/html", "text/plain"} <= set(forms)
    assert "Costs" in forms["text/plain"]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=18, min_value=-(10**20), max_value=10**20))
def test_decimals_survive_to_the_last_digit(value: Decimal) -> None:
    """No rounding, no exponent, no negative zero on the way to the page."""
    cell = data_of(table([[value]], [MONEY], "c"))["rows"][0][0]
    assert Decimal(cell) == value
    assert "E" not in cell.upper()
    assert cell != "-0"


@pytest.mark.parametrize("kind", ["money", "unit_cost", "count", "delta_money", "delta_unit_cost"])
@pytest.mark.parametrize("value", [0.1, np.float64(2.5), 3.0])
def test_floats_are_refused_where_money_or_people_are_counted(kind: str, value: float) -> None:
    """The message says where the cell is and what to do instead."""
    with pytest.raises(TypeError, match=r"row 1, column 'X'.*Decimal"):
        table([[value]], [Column("X", kind)], "c")


def test_floats_are_taken_for_statistics() -> None:
    """A p-value comes out of floating point; its shortest form is kept."""
    rows = data_of(table([[0.1, np.float64(0.25)]], [Column("p", "decimal"), Column("s", "share")], "c"))["rows"]
    assert rows == [["0.1", "0.25"]]


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), Decimal("-Infinity")])
def test_no_number_is_refused(value: Decimal) -> None:
    """NaN would print as a number; unknown values are None or Unknown."""
    with pytest.raises(ValueError, match="None for an unknown"):
        table([[value]], [MONEY], "c")


@pytest.mark.parametrize("value", ["12", True, object(), b"x"])
def test_anything_else_in_a_column_of_numbers_is_refused(value: object) -> None:
    """Text or a boolean in a money column is a mistake of the notebook, found where it is made."""
    with pytest.raises(TypeError, match="column 'Cost'"):
        table([[value]], [MONEY], "c")  # type: ignore[list-item]


def test_whole_numbers_of_numpy_count_as_numbers() -> None:
    """Counts out of a query arrive as numpy integers."""
    assert data_of(table([[np.int64(7)]], [Column("n", "count")], "c"))["rows"] == [["7"]]


def test_shape_mistakes_name_the_row() -> None:
    """A short row, no columns, a total without rows and an unknown kind are refused."""
    with pytest.raises(ValueError, match="row 2: 1 cells for 2"):
        table([["a", None], ["b"]], [Column("A"), MONEY], "c")
    with pytest.raises(ValueError, match="no columns"):
        table([], [], "c")
    with pytest.raises(ValueError, match="total"):
        table([], [MONEY], "c", total=True)
    with pytest.raises(ValueError, match="kind 'percent' is not known"):
        Column("x", "percent")


@pytest.mark.parametrize("text", [HOSTILE, "$\\frac{$", "=1+1", "東京 🚀 עברית", "a" * 10_000, ""])
def test_text_travels_verbatim_and_is_escaped_for_the_notebook(text: str) -> None:
    """The data keeps the name as it is; the HTML shows it as text, in every place text can stand."""
    output = table([[text, Unknown(text)]], [Column(text), MONEY], text, notes=[text], source=text)
    data = data_of(output)
    assert data["rows"][0] == [text, {"reason": text}]
    assert data["caption"] == text
    shown = html.fromstring(f"<div>{output._repr_mimebundle_()['text/html']}</div>")
    assert shown.xpath("//td[1]")[0].text_content() == text
    assert {element.tag for element in shown.iter()} <= {
        "div",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "p",
    }


def test_a_broken_name_can_still_be_saved() -> None:
    """A lone surrogate cannot be written as UTF-8, so it is replaced before a notebook is saved."""
    bundle = table([["bad\ud800name"]], [Column("A")], "c")._repr_mimebundle_()
    assert json.dumps(bundle, ensure_ascii=False).encode("utf-8")
    assert data_of(table([["bad\ud800name"]], [Column("A")], "c"))["rows"] == [["bad?name"]]


def test_headline_and_prose_are_text_not_markup() -> None:
    """Both carry plain text to the page and escape it for the notebook."""
    finding = headline("Storage  added\n18 cents <b>per</b> user")
    assert data_of(finding, "application/vnd.unitcost.headline+json") == {
        "text": "Storage added 18 cents <b>per</b> user"
    }
    assert "<b>" not in finding._repr_mimebundle_()["text/html"]
    said = prose(HOSTILE)
    assert data_of(said, "application/vnd.unitcost.prose+json") == {"text": HOSTILE}
    assert html.fromstring(said._repr_mimebundle_()["text/html"]).text_content() == HOSTILE


@pytest.mark.parametrize("show", [headline, prose])
def test_empty_text_is_refused(show) -> None:
    """A section without a finding must not pass as one."""
    with pytest.raises(ValueError, match="must say something"):
        show("  ")
    with pytest.raises(TypeError, match="is text"):
        show(None)
