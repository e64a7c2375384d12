"""The pictures of the free tier carry their numbers in words, and refuse what does not fit together."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from lxml import etree

from unitcost.analyses.freemium.charts import AgePoint, Axis, Grid, Here, Station, age_curves, flow, heat_map
from unitcost.display import theme
from unitcost.display.charts import Caption, Measure
from unitcost.display.formats import Formats

ENGLISH = Formats.of("en_US", "USD")
CAPTION = Caption("Return", "ratio", "Source: bills")
SHARE = Measure("share", ENGLISH)
COST = Measure("unit_cost", ENGLISH, "USD/user")
HERE = Here(D("0.02"), D(2), D("0.015"), D("0.025"))


def grid(rows: int = 3, columns: int = 3) -> Grid:
    """Return 100 × share ÷ cost − 1, which is 0 on the diagonal."""
    shares, costs = [D("0.01"), D("0.02"), D("0.03")], [D(1), D(2), D(3)]
    cells = [[100 * share / cost - 1 for share in shares[:columns]] for cost in costs[:rows]]
    return Grid(Axis("Conversion", shares, SHARE), Axis("Serving cost", costs, COST), cells)


def texts(svg: str) -> list[str]:
    return [each.text or "" for each in etree.fromstring(svg.encode()).iter("{http://www.w3.org/2000/svg}text")]


def test_every_cell_of_the_map_says_its_number() -> None:
    """Corners and today's place with its interval are in the words for those who do not see it."""
    chart = heat_map(grid(), HERE, CAPTION, SHARE)
    said = texts(chart.svg_text)
    assert {"0.0%", "100.0%", "200.0%", "50.0%", "−50.0%", "−33.3%", "−66.7%", "today"} <= set(said)
    assert chart.alt == (
        "Map over Conversion and Serving cost: 0.0% at 1.0% and 1.00; 200.0% at 3.0% and 1.00; −66.7% at 1.0% and "
        "3.00; 0.0% at 3.0% and 3.00; today 2.0% (1.5% to 2.5%) and 2.00."
    )


def test_the_bold_line_parts_gain_from_loss() -> None:
    """In a map of three by three with zeros on the diagonal it has four stretches; a map of gains has none."""
    bold = f"stroke: {theme.INK}; stroke-width: 1.6"
    assert heat_map(grid(), HERE, CAPTION, SHARE).svg.count(bold) == 4
    gains = grid()._replace(cells=[[D(1)] * 3] * 3)
    assert bold not in heat_map(gains, HERE, CAPTION, SHARE).svg


@pytest.mark.parametrize(("rows", "columns"), [(2, 3), (3, 2)])
def test_a_map_of_another_size_than_its_axes_is_refused(rows: int, columns: int) -> None:
    """A row or a column too few."""
    with pytest.raises(ValueError, match="one row of cells per value"):
        heat_map(grid(rows, columns), HERE, CAPTION, SHARE)


def test_curves_say_what_they_end_at_and_how_many_were_followed() -> None:
    """One panel: its last share, its age and its number at risk."""
    points = [AgePoint(0, D(0), None, None, 900), AgePoint(90, D("0.026"), D("0.024"), D("0.028"), 400)]
    chart = age_curves([("All sign-ups", points)], CAPTION, SHARE)
    assert chart.alt == "Shares by age: All sign-ups: 2.6% by 90 days, 400 followed so long."
    assert {"2.6%", "followed", "400"} <= set(texts(chart.svg_text))


def test_floats_and_nothing_are_refused() -> None:
    """Numbers reach a page as decimals."""
    with pytest.raises(TypeError):
        age_curves([("a", [AgePoint(0, 0.1, None, None, 1)])], CAPTION, SHARE)  # type: ignore[arg-type]
    for panels in ([], [("a", [])], [("a", [AgePoint(0, D(0), None, None, 1)])] * 5):
        with pytest.raises(ValueError, match="1 to 4"):
            age_curves(panels, CAPTION, SHARE)
    with pytest.raises(ValueError, match="2 to 4"):
        flow([Station("a", "1")], CAPTION)


def test_a_flow_is_told_in_order() -> None:
    """Stations with their numbers and what stands on the arrows."""
    chart = flow([Station("Free users", "USD 1", "2 months", "5%"), Station("Conversions", "34")], CAPTION)
    assert chart.alt == "Flow: Free users, USD 1, 2 months, 5%; then Conversions, 34."
