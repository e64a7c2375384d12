"""Numbers as readers see them: rounded once, half-even, in the words and signs of their locale."""

from __future__ import annotations

from decimal import Decimal

import pytest

from unitcost.display.formats import Formats, month_name
from unitcost.display.typed_tables import number
from unitcost.display.wording import moved
from unitcost.errors import UsageProblem
from unitcost.numbers.months import last_day, month_before, year_before

NARROW, HARD, MINUS = "\u202f", "\u00a0", "\u2212"

GOLDEN = {
    "en_US": {
        "money": "1,234.56",
        "minus": f"{MINUS}1,234.50",
        "parentheses": "(1,234.50)",
        "unit_cost": "0.00420",
        "count": "8,004",
        "share": "3.1%",
        "delta_share": f"{MINUS}5.5%",
        "delta_money": "+39.59",
        "month": "May 2024",
    },
    "de_DE": {
        "money": "1.234,56",
        "minus": f"{MINUS}1.234,50",
        "parentheses": "(1.234,50)",
        "unit_cost": "0,00420",
        "count": "8.004",
        "share": f"3,1{HARD}%",
        "delta_share": f"{MINUS}5,5{HARD}%",
        "delta_money": "+39,59",
        "month": "Mai 2024",
    },
    "fr_FR": {
        "money": f"1{NARROW}234,56",
        "minus": f"{MINUS}1{NARROW}234,50",
        "parentheses": f"(1{NARROW}234,50)",
        "unit_cost": "0,00420",
        "count": f"8{NARROW}004",
        "share": f"3,1{HARD}%",
        "delta_share": f"{MINUS}5,5{HARD}%",
        "delta_money": "+39,59",
        "month": "mai 2024",
    },
    "ja_JP": {
        "money": "1,234.56",
        "minus": f"{MINUS}1,234.50",
        "parentheses": "(1,234.50)",
        "unit_cost": "0.00420",
        "count": "8,004",
        "share": "3.1%",
        "delta_share": f"{MINUS}5.5%",
        "delta_money": "+39.59",
        "month": "2024年5月",
    },
}


@pytest.mark.parametrize("locale", GOLDEN)
def test_numbers_follow_the_locale(locale: str) -> None:
    """1234.565 is an exact half and goes to the even cent; the CFO's negatives stand in brackets."""
    formats, cfo = Formats.of(locale, "USD"), Formats.of(locale, "USD", "parentheses")
    shown = {
        "money": formats.money(Decimal("1234.565")),
        "minus": formats.money(Decimal("-1234.5")),
        "parentheses": cfo.money(Decimal("-1234.5")),
        "unit_cost": formats.unit_cost(Decimal("0.0042")),
        "count": formats.count(Decimal(8004)),
        "share": formats.share(Decimal("0.0314")),
        "delta_share": formats.delta_share(Decimal("-0.055")),
        "delta_money": formats.delta_money(Decimal("39.594")),
        "month": month_name("2024-05", locale),
    }
    assert shown == GOLDEN[locale]


def test_halves_go_to_the_even_neighbour_and_zero_has_no_sign() -> None:
    """0.125 is 0.12, 0.135 is 0.14, and what rounds to nothing is not minus nothing."""
    formats = Formats.of("en_US", "USD")
    assert [formats.money(Decimal(text)) for text in ("0.125", "0.135", "-0.001")] == ["0.12", "0.14", "0.00"]


def test_a_currency_without_cents_shows_none() -> None:
    """1234.5 yen is 1,234 (half-even)."""
    assert Formats.of("en_US", "JPY").money(Decimal("1234.5")) == "1,234"


def test_a_column_has_one_number_of_digits() -> None:
    """A tiny unit cost keeps its digits, and the others beside it get as many; changes follow the largest one."""
    formats = Formats.of("en_US", "USD")
    assert formats.column("unit_cost", [Decimal("1.5"), Decimal("0.0042"), None]) == ["1.5000", "0.0042", "n/a"]
    assert formats.column("delta_unit_cost", [Decimal("0.03102"), Decimal("-0.6007")]) == ["+0.031", f"{MINUS}0.601"]


def test_what_is_nearly_all_is_not_all() -> None:
    """99.99 % is not shown as 100 %, nor a trace as 0 %."""
    formats = Formats.of("en_US", "USD")
    assert formats.share(Decimal("0.99999")) != "100.0%"
    assert formats.share(Decimal("0.00001")) == "<0.1%"
    assert formats.share(Decimal(1)) == "100.0%"


def test_numbers_never_come_from_floats_and_locales_must_exist() -> None:
    """A float is refused, NaN is unknown, and a wrong locale is named with its place."""
    with pytest.raises(TypeError):
        number(0.1)
    assert number("NaN") is None
    with pytest.raises(UsageProblem) as refused:
        Formats.of("xx_YY", "USD")
    assert "[report] locale" in str(refused.value)


def test_months_have_ends_and_predecessors() -> None:
    """February 2024 has 29 days; a year before January is January."""
    assert last_day("2024-02").isoformat() == "2024-02-29"
    assert month_before("2024-01") == "2023-12"
    assert month_before("2024-01", 12) == year_before("2024-01") == "2023-01"


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        ("4.02", "3.95", "rose from USD 3.95 to 4.02"),
        ("3.87", "4.09", "fell from USD 4.09 to 3.87"),
        ("3.8701", "3.8749", "stayed at USD 3.87"),
        ("3.87", None, "is USD 3.87"),
        (None, "3.87", "is not known"),
    ],
)
def test_a_movement_is_worded_from_the_digits_shown(now: str | None, before: str | None, said: str) -> None:
    """Two numbers that read the same did not move, whatever lies behind the last digit."""
    show = Formats.of("en_US", "USD").unit_cost
    values = [None if text is None else Decimal(text) for text in (now, before)]
    assert moved(show, *values, "USD") == said


def test_estimated_amounts_have_cents_only_below_ten() -> None:
    """One amount below 10, or an unknown one, and all in the sentence have the currency's places."""
    fmt = Formats.of("en_US", "USD")
    assert fmt.estimate_digits([Decimal(10), Decimal(-250)]) == 0
    assert fmt.estimate_digits([Decimal("9.99"), Decimal(250)]) == 2
    assert fmt.estimate_digits([Decimal(250), None]) == 2
    assert Formats.of("ja_JP", "JPY").estimate_digits([Decimal(5)]) == 0
