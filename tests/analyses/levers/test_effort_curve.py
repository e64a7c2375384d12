"""The picture of savings against weeks: its numbers are in its words, and impossible rows are refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from unitcost.analyses.levers.charts import effort_curve
from unitcost.display import charts as figures
from unitcost.display.formats import Formats

CAPTION = figures.Caption("Savings against weeks", "USD a month", "Source: by hand")
MONEY = figures.Measure("money", Formats.of("en_US", "USD"), "USD")


def row(weeks: str, low: str, value: str, high: str, name: str) -> tuple[Decimal, Decimal, Decimal, Decimal, str]:
    return Decimal(weeks), Decimal(low), Decimal(value), Decimal(high), name


def test_the_words_carry_the_numbers() -> None:
    rows = [row("0.5", "80", "100", "120", "volumes"), row("3.5", "-10", "340", "400", "machines")]
    chart = effort_curve(rows, CAPTION, MONEY, budget=Decimal(2))
    assert "after 0.5 weeks" in chart.alt
    assert "340" in chart.alt
    assert "Budget" in chart.svg_text


def test_a_curve_needs_an_action() -> None:
    with pytest.raises(ValueError, match="at least one action"):
        effort_curve([], CAPTION, MONEY)
