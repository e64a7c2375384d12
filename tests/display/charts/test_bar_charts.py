"""Bars: sorted, from zero, of true lengths, and no more than a page holds."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from material.drawn_charts import CAPTION, PER_USER, USD, D, rectangles, words

from unitcost.display import theme
from unitcost.display.charts import dot_ranges, paired_bars, range_bars, ranked_bars, stacked_share, with_rest


def test_ranked_bars_are_sorted_start_at_zero_and_have_true_lengths() -> None:
    """Bar lengths are in the ratio of the numbers, from one common start; unknown comes last, without a bar."""
    rows = [("small", D(10), D(40)), ("unknown", None, D(1)), ("large", D(80), D(80)), ("middle", D(40), None)]
    chart = ranked_bars(rows, CAPTION, USD, now="May 2024", before="Apr 2024")
    bars = rectangles(chart.svg_text, theme.NOW_FILL)[1:]  # the first is the key in the heading
    assert [name for name in words(chart.svg_text) if name in dict.fromkeys(r[0] for r in rows)] == [
        "large", "middle", "small", "unknown",
    ]  # fmt: skip
    assert len({left for left, _ in bars}) == 1
    assert [width / bars[0][1] for _, width in bars] == pytest.approx([1, 0.5, 0.125], abs=0.002)
    assert {"80.00", "0.00", "−30.00", "n/a"} <= set(words(chart.svg_text))
    assert "small USD 10.00 (−30.00)" in chart.alt


def test_the_rest_is_the_exact_remainder() -> None:
    """The rows kept and their rest add up to all rows, to the last digit, negative amounts included."""
    rows = [(f"n{n}", D(n) ** 7 / D(10) ** 18 * (-1) ** n, D(n)) for n in range(30)]
    kept = with_rest(rows, 5)
    assert len(kept) == 6
    assert kept[-1][0] == "Other (25)"
    for place in (1, 2):
        assert sum(Fraction(row[place] or 0) for row in kept) == sum(Fraction(row[place]) for row in rows)
    assert with_rest(rows[:5], 5) == sorted(rows[:5], key=lambda row: (-max(abs(row[1]), abs(row[2])), row[0]))


def test_pairs_show_both_periods_and_the_change() -> None:
    """Now and before are written beside their bars, the change in money and in per cent."""
    chart = paired_bars([("Free", D("1.20"), D("1.00"))], CAPTION, PER_USER, now="May 2024", before="Apr 2024")
    assert {"Free", "1.20", "May 2024", "1.00", "Apr 2024", "+0.20 (+20.0%)"} <= set(words(chart.svg_text))
    now, before = rectangles(chart.svg_text, theme.NOW_FILL), rectangles(chart.svg_text, theme.BEFORE_FILL)
    assert now[0][1] / before[0][1] == pytest.approx(1.2, abs=0.005)


def test_shares_fill_the_bar_and_say_their_amounts() -> None:
    """Widths are in the ratio of the amounts; a part is labelled with share and amount."""
    chart = stacked_share([("COGS", D(750)), ("R&D", D(250))], CAPTION, USD)
    dark, pale = rectangles(chart.svg_text, theme.BRAND)[0], rectangles(chart.svg_text, theme.DOWN_FILL)[0]
    assert dark[1] / pale[1] == pytest.approx(3, abs=0.01)
    assert {"COGS", "75.0%", "USD 750.00", "R&D", "25.0%", "USD 250.00"} <= set(words(chart.svg_text))


@pytest.mark.parametrize("parts", [[("a", D(-1)), ("b", D(3))], [("a", D(0)), ("b", None)]])
def test_shares_that_make_no_sense_become_amounts(parts: list[tuple[str, Decimal | None]]) -> None:
    """A negative part has no share of the whole; the chart says that it shows amounts."""
    chart = stacked_share(parts, CAPTION, USD)
    assert "amounts" in chart.subtitle
    assert "100 %" not in chart.alt


def test_ranges_must_run_upwards() -> None:
    """A low above its high is a mistake of the caller; an unknown end is shown as such."""
    with pytest.raises(ValueError, match="runs from 2 down to 1"):
        dot_ranges([("a", D(2), D(1), D(1))], CAPTION, USD)
    assert "n/a" in words(dot_ranges([("a", None, D(1), None)], CAPTION, USD).svg_text)


def test_bars_run_from_the_lowest_to_the_highest_method() -> None:
    """Widths are in the ratio of the ranges; ends, the value and what stands apart are written and said."""
    rows = [("Free", D(2), D(3), D(4), D(1)), ("Paid", D(4), D(8), D(8), None)]
    chart = range_bars(rows, CAPTION, PER_USER, apart="Usage alone")
    bars = rectangles(chart.svg_text, theme.DOWN_FILL)[1:]  # the first is the key in the heading
    assert bars[1][1] / bars[0][1] == pytest.approx(2, abs=0.01)
    assert {"2.00", "3.00", "4.00", "8.00", "As configured", "Usage alone", "Lowest to highest"} <= set(
        words(chart.svg_text)
    )
    assert "Free USD 3.00 per user as configured, 2.00 to 4.00, usage alone 1.00" in chart.alt
    assert "usage alone n/a" in chart.alt
    with pytest.raises(ValueError, match="5 does not lie between 2 and 4"):
        range_bars([("a", D(2), D(5), D(4), None)], CAPTION, USD)


def test_more_rows_than_a_page_holds_are_refused() -> None:
    """Sixty rows fit, a thousand do not, and the message names the way out."""
    rows = [(f"n{n}", D(n), None) for n in range(1000)]
    ranked_bars(rows[:60], CAPTION, USD, now="n")
    with pytest.raises(ValueError, match="with_rest"):
        ranked_bars(rows, CAPTION, USD, now="n")
