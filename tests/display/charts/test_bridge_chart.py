"""The chart of a bridge: exact sums, labels that add up, bars of true length."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from material.drawn_charts import CAPTION, PER_USER, SVG, USD, D, rectangles, words

from unitcost.display import theme
from unitcost.display.charts import waterfall
from unitcost.errors import ReconciliationProblem
from unitcost.numbers.estimate import EXACT


@given(st.lists(st.decimals(-(10**12), 10**12, places=18), min_size=1, max_size=8), st.integers(-3, 3))
@settings(max_examples=25, deadline=None)
def test_a_bridge_that_misses_its_total_is_refused(steps: list[Decimal], off: int) -> None:
    """The exact sum is accepted, a sum that is off by one unit of the eighteenth place is not."""
    from unitcost.display.charts.waterfall import levels

    exact = sum((Fraction(step) for step in steps), Fraction(100)) + Fraction(off, 10**18)
    total = D(int(exact * 10**18)).scaleb(-18, context=EXACT)
    middle = [(str(number), step, "step") for number, step in enumerate(steps)]
    rows = [("Start", D(100), "total"), *middle, ("End", total, "total")]
    if off == 0:
        assert levels(rows)[-1].end == exact
    else:
        with pytest.raises(ReconciliationProblem, match="End"):
            levels(rows)


def test_the_error_of_a_bridge_says_by_how_much() -> None:
    """Where, why and what to do, with the exit code of a reconciliation."""
    with pytest.raises(ReconciliationProblem) as caught:
        waterfall(
            [("April", D(4), "total"), ("Rate", D("-0.5"), "step"), ("May", D("3.4"), "total")], CAPTION, PER_USER
        )
    assert "May" in str(caught.value)
    assert "-0.1" in str(caught.value)
    assert caught.value.code == 4


def test_labels_of_a_bridge_add_up_for_the_reader() -> None:
    """1.00 + 0.01 + 0.01 = 1.03 would look wrong, so one more digit is shown."""
    rows = [("A", D(1), "total"), ("x", D("0.014"), "step"), ("y", D("0.014"), "step"), ("B", D("1.028"), "total")]
    assert {"1.000", "+0.014", "1.028"} <= set(words(waterfall(rows, CAPTION, USD).svg_text))


@given(st.lists(st.decimals(-9, 9, places=9), min_size=1, max_size=9), st.decimals(0, 9, places=9), st.integers(0, 4))
@settings(max_examples=60, deadline=None)
def test_rounded_labels_of_a_bridge_always_add_up(steps: list[Decimal], start: Decimal, digits: int) -> None:
    """What rounding leaves goes to the steps that it moved most; no label is off by a whole unit or more."""
    from unitcost.display.charts.waterfall import levels, shown

    total = start + sum(steps)
    bars = levels([("A", start, "total"), *((f"s{n}", s, "step") for n, s in enumerate(steps)), ("B", total, "total")])
    first, *middle, last = (amount for amount in shown(bars, digits) if amount is not None)
    assert first + sum(middle) == last
    unit = D(1).scaleb(-digits)
    assert all(abs(seen - exact) < unit for seen, exact in zip(middle, steps, strict=True))
    assert abs(last - total) <= unit / 2


def test_money_in_a_bridge_is_shown_to_the_cent() -> None:
    """Large totals keep their cents, so that a controller can add the rows up."""
    chart = waterfall(
        [("Billed", D("41230.18"), "total"), ("Tax", D("-31203.44"), "step"), ("Net", D("10026.74"), "total")],
        CAPTION,
        USD,
    )
    assert {"41,230.18", "−31,203.44", "10,026.74"} <= set(words(chart.svg_text))


def test_bars_of_a_bridge_have_true_lengths_in_both_scales() -> None:
    """From zero, or as changes when the steps would be slivers: lengths are in the ratio of the steps."""
    large = waterfall(
        [("A", D(100), "total"), ("d", D(-80), "step"), ("u", D(40), "step"), ("B", D(60), "total")], CAPTION, USD
    )
    totals = [width for _, width in rectangles(large.svg_text, theme.NOW_FILL)]
    assert totals[0] / totals[1] == pytest.approx(100 / 60, abs=0.01)
    small = waterfall(
        [("A", D(100), "total"), ("d", D(-4), "step"), ("u", D(2), "step"), ("B", D(98), "total")], CAPTION, USD
    )
    for chart in (large, small):
        down, up = rectangles(chart.svg_text, theme.DOWN_FILL), rectangles(chart.svg_text, theme.UP_FILL)
        assert down[0][1] / up[0][1] == pytest.approx(2, abs=0.01)
    assert "Change from A" in words(small.svg_text)


def test_rises_are_hatched_and_falls_are_not() -> None:
    """Up and down differ without colour: slanted lines, and the sign of the label."""

    def strokes(sign: int) -> int:
        chart = waterfall([("A", D(100), "total"), ("s", D(50 * sign), "step")], CAPTION, USD)
        root = etree.fromstring(chart.svg_text.encode())
        return sum(e.get("d").count("M") > 3 for e in root.iter(f"{SVG}path"))

    assert (strokes(1), strokes(-1)) == (1, 0)
