"""Charts over time: gaps, labels and scales are true to the months."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from lxml import etree
from material.drawn_charts import CAPTION, ENGLISH, MONTHS, PER_USER, SVG, USD, D, trend, words

from unitcost.display.charts import multiples_by_name, small_multiples
from unitcost.display.formats import Formats


def test_missing_months_are_gaps_not_slopes() -> None:
    """The line breaks at an unknown and at an absent month; a month between two gaps is a dot."""
    values: list[Decimal | None] = [D(4)] * 13
    values[3] = values[5] = None
    chart = trend(values)
    root = etree.fromstring(chart.svg_text.encode())
    lines = [e.get("d") for e in root.iter(f"{SVG}path") if "stroke-width: 1.4" in e.get("style", "")]
    assert [line.count("L") + 1 for line in lines] == [3, 7]
    assert "2 months without data" in chart.alt
    absent = small_multiples([("x", "count", ["2024-01", "2024-02", "2024-05"], [1, 2, 3])], CAPTION, ENGLISH)
    assert "2 months without data" in absent.alt


def test_a_line_breaks_where_another_definition_begins() -> None:
    """Thirteen months with a break before the sixth are lines of five and eight, and the description says so."""
    series = [("Cost per user", "unit_cost", MONTHS[-13:], [D(4)] * 13)]
    chart = small_multiples(series, CAPTION, ENGLISH, breaks=(MONTHS[-8], "1999-01"))
    root = etree.fromstring(chart.svg_text.encode())
    lines = [e.get("d") for e in root.iter(f"{SVG}path") if "stroke-width: 1.4" in e.get("style", "")]
    assert [line.count("L") + 1 for line in lines] == [5, 8]
    assert chart.alt.count("another definition holds") == 1


def test_the_last_and_the_same_month_a_year_before_are_labelled() -> None:
    """Both numbers stand in the picture and, with the month before, in its description."""
    values = [D(n) / 100 for n in range(500, 458, -1)]
    chart = trend(values)
    texts = words(chart.svg_text)
    assert {"4.59", "May 2024", "4.71 (May 2023)", "5.00 (Dec 2020)"} <= set(texts)
    assert "USD 4.59 per user in May 2024, 4.60 in Apr 2024, 4.71 in May 2023" in chart.alt
    assert "highest 5.00 in Dec 2020, lowest 4.59 in May 2024" in chart.alt


def test_every_panel_starts_at_zero_with_few_ticks() -> None:
    """Zero is on the axis, and at most five numbers are."""
    texts = words(trend([D("4.1"), D("4.2"), D("4.0")]).svg_text)
    ticks = [text for text in texts if re.fullmatch(r"\d", text)]
    assert ticks == ["0", "2", "4", "6"]


def test_target_and_outlook_are_labelled_and_said() -> None:
    """The plan is dotted and named; what is expected is dashed, with its range in the description."""
    chart = trend(
        [D("4.1"), D("4.2")],
        target={"2024-05": D("3.8")},
        outlook={"2024-06": (D("4.3"), D("4.0"), D("4.7"))},
    )
    assert {"Target 3.80", "4.30", "Jun 2024", "expected", "4.20 (May 2024)"} <= set(words(chart.svg_text))
    assert "target 3.80, expected 4.30 in Jun 2024 (4.00 to 4.70)" in chart.alt
    assert "stroke-dasharray" in chart.svg
    with pytest.raises(ValueError, match="after 2024-05"):
        trend([D(1)], outlook={"2024-05": (D(1), None, None)})


def test_another_course_of_the_months_ahead_is_labelled_and_said() -> None:
    """It has a line of dashes and dots, its end has a number and a name, and it is on the scale."""
    expected = {"2024-06": (D("4.3"), D("4.0"), D("4.7")), "2024-07": (D("4.4"), D("4.0"), D("4.9"))}
    plain = trend([D("4.1"), D("4.2")], outlook=expected)
    course = {"2024-06": D("3.9"), "2024-07": D("3.6")}
    chart = trend([D("4.1"), D("4.2")], outlook=expected, course=course, course_name="with the actions")
    assert {"3.60", "with the actions", "4.40"} <= set(words(chart.svg_text))
    assert "with the actions 3.60 in Jul 2024" in chart.alt
    assert chart.svg.count("stroke-dasharray") == plain.svg.count("stroke-dasharray") + 1
    with pytest.raises(ValueError, match="after 2024-05"):
        trend([D(1)], course={"2024-05": D(1)}, course_name="now")


def test_numbers_follow_the_locale() -> None:
    """A German reader sees 4,10 and Mai."""
    german = Formats.of("de_DE", "EUR")
    chart = small_multiples([("Kosten", "unit_cost", ["2024-05"], [D("4.1")])], CAPTION, german)
    assert {"4,10", "Mai 2024"} <= set(words(chart.svg_text))


def test_tiny_unit_costs_are_not_nothing() -> None:
    """0.0042 is labelled 0.0042, and its axis tells its ticks apart."""
    texts = words(trend([D("0.0042"), D("0.0040")]).svg_text)
    assert D("0.0040") in [D(text) for text in texts if re.fullmatch(r"0\.\d{4,}", text)]
    ticks = [text for text in texts if re.fullmatch(r"0\.\d{1,3}", text)]
    assert len(ticks) == len(set(ticks))


def test_names_share_one_scale() -> None:
    """The same value stands at the same height in each panel of one row."""
    chart = multiples_by_name({"A": [D(1), D(4)], "B": [D(8), D(4)]}, MONTHS[-2:], CAPTION, PER_USER)
    root = etree.fromstring(chart.svg_text.encode())
    ends = [re.findall(r"[ML]([\d.]+) ([\d.]+)", e.get("d"))[-1]
            for e in root.iter(f"{SVG}path") if "stroke-width: 1.4" in e.get("style", "")]  # fmt: skip
    assert ends[0][1] == ends[1][1]
    assert "+3.00 vs Apr 2024" in words(chart.svg_text)


def test_too_many_or_mismatched_series_are_refused() -> None:
    """The message says what to do."""
    with pytest.raises(ValueError, match="sum the rest as Other"):
        multiples_by_name({str(n): [D(1)] for n in range(9)}, ["2024-05"], CAPTION, USD)
    with pytest.raises(ValueError, match="2 months but 1 values"):
        small_multiples([("x", "count", MONTHS[:2], [1])], CAPTION, ENGLISH)
    with pytest.raises(ValueError, match="twice"):
        small_multiples([("x", "count", ["2024-05"] * 2, [1, 2])], CAPTION, ENGLISH)
    with pytest.raises(ValueError, match="at least one"):
        small_multiples([], CAPTION, ENGLISH)
