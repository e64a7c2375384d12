"""The chart of a treated series: true to its numbers, with a synthetic one beside it or alone."""

from __future__ import annotations

import re
from datetime import date

import pytest
from material.drawn_charts import CAPTION, LEVEL, lines, weeks, words

from unitcost.analyses.experiments.charts import against_synthetic
from unitcost.display import theme
from unitcost.display.charts import Chart


def test_a_treated_series_stands_against_its_synthetic_one() -> None:
    """A point a week in both parts; the fall from 100 to 70 is three tenths of the height of 100; ends are written."""
    chart = against_synthetic(weeks(20), date(2023, 3, 13), CAPTION, LEVEL)
    level, gap = lines(chart.svg_text, theme.BRAND, theme.LINE_PT)
    assert len(level) == len(gap) == 20
    # Levels of the first and last week are 101 and 70, gaps 0.01 and −0.3: one scale a part.
    fall, gap_fall = level[-1][1] - level[0][1], gap[-1][1] - gap[0][1]
    assert fall / (level[1][1] - level[0][1]) == pytest.approx(31 / 2, rel=0.02)
    assert gap_fall / (gap[1][1] - gap[0][1]) == pytest.approx(0.31 / 0.02, rel=0.02)
    assert level[5][0] == pytest.approx(gap[5][0])
    assert {"treated 70", "synthetic 101", "−30%", "start Mar 13, 2023"} <= set(words(chart.svg_text))
    assert chart.alt == (
        "Line chart by week, Jan 2, 2023 to May 15, 2023, start Mar 13, 2023. Level of the treated in the last week "
        "70, before 100, of the synthetic 101; gap −30%, among the gaps of 2 controls."
    )


def test_a_treated_series_without_a_synthetic_one_stands_alone() -> None:
    """One part, no word of a synthetic; a lower sheet."""
    alone = against_synthetic(weeks(20, alone=True), date(2023, 3, 13), CAPTION, LEVEL)
    both = against_synthetic(weeks(20), date(2023, 3, 13), CAPTION, LEVEL)
    assert len(lines(alone.svg_text, theme.BRAND, theme.LINE_PT)) == 1
    assert "synthetic" not in alone.alt
    assert "synthetic" not in " ".join(words(alone.svg_text))

    def height(chart: Chart) -> float:
        found = re.search(r'viewBox="0 0 [\d.]+ ([\d.]+)"', chart.svg_text)
        assert found
        return float(found[1])

    assert height(alone) < height(both)
    with pytest.raises(ValueError, match="at least two"):
        against_synthetic(weeks(1), date(2023, 1, 2), CAPTION, LEVEL)
