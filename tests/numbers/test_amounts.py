"""Arithmetic with amounts of which some are unknown, and with months."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from unitcost.display.tables import Unknown, cell
from unitcost.numbers.amounts import adds_up, growth, minus, part, total
from unitcost.numbers.estimate import Estimate
from unitcost.numbers.months import (
    days_of,
    first_day,
    last_day,
    month_after,
    month_before,
    months_between,
    year_after,
    year_before,
)

BIG = Decimal("99999999999999999999.000000000000000001")


def test_differences_and_sums_are_exact() -> None:
    """All 38 digits of money count, whatever the context of decimals says."""
    assert minus(BIG, Decimal(-1)) == Decimal("100000000000000000000.000000000000000001")
    assert total([BIG, BIG.copy_negate(), Decimal("0.000000000000000001")]) == Decimal("0.000000000000000001")
    assert total([]) == 0


def test_what_is_unknown_stays_so() -> None:
    """An unknown amount, or a base that is not positive, has no difference and no growth."""
    assert minus(None, Decimal(1)) is minus(Decimal(1), None) is None
    assert growth(None, Decimal(1)) is growth(Decimal(1), None) is None
    assert growth(Decimal(1), Decimal(0)) is growth(Decimal(1), Decimal(-2)) is None
    assert growth(Decimal(3), Decimal(2)) == Decimal("0.5")
    assert growth(Decimal(2), Decimal(3)) == Decimal("-0.333333333333")


def test_a_part_of_nothing_is_an_error() -> None:
    """A share has 12 places; of a whole of 0 there is none."""
    assert part(Decimal(2), Decimal(3)) == Decimal("0.666666666667")
    with pytest.raises(ZeroDivisionError):
        part(Decimal(1), Decimal(0))


def test_parts_add_up_to_the_last_digit() -> None:
    """One unit of 1e-18 more or less is told."""
    findings = {
        name: Estimate(Decimal(text))
        for name, text in {"a": "1", "b": "0.000000000000000001", "whole": "1.000000000000000001"}.items()
    }
    assert adds_up(findings, ["a", "b"], "whole")
    assert not adds_up(findings, ["a"], "whole")


def test_a_cell_is_a_value_or_says_why_there_is_none() -> None:
    """The reason of a finding becomes the footnote of its cell."""
    assert cell(Estimate(Decimal(0))) == 0
    assert cell(Estimate("base", type="text")) == "base"
    assert cell(Estimate(None, reason="no users")) == Unknown("no users")


def test_months_are_counted_over_the_ends_of_years() -> None:
    """Forwards and backwards by any number, as between two months."""
    assert [month_after("2023-12"), month_before("2024-01")] == ["2024-01", "2023-12"]
    assert [month_after("2024-01", 0), month_after("2024-01", 23), month_before("2024-01", 25)] == [
        "2024-01",
        "2025-12",
        "2021-12",
    ]
    assert [year_after("2024-02"), year_before("2024-02")] == ["2025-02", "2023-02"]
    for count in range(-30, 31):
        assert months_between("2024-05", month_after("2024-05", count)) == count


def test_days_of_a_month() -> None:
    """February of a leap year has 29."""
    assert (first_day("2024-02"), last_day("2024-02")) == (dt.date(2024, 2, 1), dt.date(2024, 2, 29))
    assert days_of("2023-02") == [dt.date(2023, 2, day) for day in range(1, 29)]
    with pytest.raises(ValueError, match="month"):
        first_day("2024-13")
