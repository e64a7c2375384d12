"""The chart of sets of users: names as dots, sizes as bars."""

from __future__ import annotations

import pytest
from material.drawn_charts import CAPTION, USERS, rectangles, words

from unitcost.analyses.users.charts import upset
from unitcost.display import theme


def test_sets_show_their_names_as_dots_and_their_size_as_bars() -> None:
    """Bars have true lengths, the rest is outlined and says how many sets it is, each set is said once."""
    chart = upset([(["web", "search"], 400), (["web"], 100)], CAPTION, USERS, rest=(3, 50))
    bars = rectangles(chart.svg_text, theme.NOW_FILL)
    widths = [width for _, width in bars if width > 10]
    assert widths[0] / widths[1] == pytest.approx(4, abs=0.02)
    assert len(rectangles(chart.svg_text, theme.BEFORE_FILL)) >= 1
    assert {"web", "search", "400", "100", "50 in 3 more sets"} <= set(words(chart.svg_text))
    assert "web + search 400 users; web alone 100 users; 3 more sets 50 users" in chart.alt
    with pytest.raises(ValueError, match="at most 12"):
        upset([([str(n) for n in range(13)], 1)], CAPTION, USERS)
    with pytest.raises(ValueError, match="at least one set"):
        upset([], CAPTION, USERS)
