"""Amounts as people and programs write them. They stand in BilledCost of the tax, so they move `billed_cost` alone."""

from __future__ import annotations

from .case import Accepted, Case, data
from .changes import also, cell, more_row
from .costs import AWS, at

CLEANED = "Rows with an amount written with a currency sign, commas or blanks"
ROUNDED = "Rows with an amount of more than 18 decimals, rounded half-even"
NEGATIVE = {"Rows with a negative amount": 2}
TOO_LARGE = "more than 20 digits"


def _reads(value: str, billed_cost: str = "148.5", **counted: int) -> Case:
    """Return a case: the amount is read; without it 135.5 are billed."""
    names = {"cleaned": CLEANED, "rounded": ROUNDED, "negative": next(iter(NEGATIVE))}
    figures: dict[str, str | None] = {} if billed_cost == "148.5" else {"billed_cost": billed_cost}
    outcome = Accepted(figures=figures, counted={names[name]: number for name, number in counted.items()})
    return Case(_name(value), cell(AWS, 5, "BilledCost", value), outcome)


def _name(value: str) -> str:
    return f"`{value}`" if len(value) <= 40 else f"`{value[:10]}…{value[-10:]}`, {len(value)} characters"


def _refused(value: str, *said: str) -> Case:
    return Case(_name(value), cell(AWS, 5, "BilledCost", value), data(at(5, "BilledCost"), *said))


READ = [
    _reads("$1,013.00", "1148.5", cleaned=1),
    _reads("13 €", cleaned=1),
    _reads("₦13", cleaned=1),
    _reads("-$13", "122.5", cleaned=1, negative=2),
    _reads("$-13", "122.5", cleaned=1, negative=2),
    _reads(" 13 ", cleaned=1),
    _reads("1 013.00", "1148.5", cleaned=1),
    _reads("1\u00a0013", "1148.5", cleaned=1),
    _reads("12,345", "12480.5", cleaned=1),
    _reads("+13"),
    _reads(".5", "136"),
    _reads("5.", "140.5"),
    _reads("-.5", "135", negative=2),
    _reads("1.3e1"),
    _reads("13E0"),
    _reads("0", "135.5"),
    _reads("-0", "135.5"),
    _reads("00013"),
    _reads("13.0000000000000000004", rounded=1),
    _reads("13.0000000000000000005", rounded=1),
    _reads("13.0000000000000000015", "148.500000000000000002", rounded=1),
    _reads("13.0000000000000000000000"),
    _reads("13." + "0" * 99_998 + "1", rounded=1),
    _reads("1e-400", "135.5", rounded=1),
    _reads("12345678901234567890", "12345678901234568025.5"),
]
NOT_MONEY = (
    "(13)",
    "13-",
    "１３",
    "١٣",
    "\u221213",
    "13 USD",
    "USD 13",
    "R$ 13",
    "13¢",
    "$$13",
    "1$3",
    "1_000",
    "0x0D",
    "--13",
    "+-13",
    "$",
    "-",
    ".",
    "13%",
    "1e",
    "1.2.3",
    "1,23,456",
    "1'013.00",
    "#N/A",
    "TRUE",
    "½",
    "   ",
)
REFUSED = [
    *(_refused(value, "finite") for value in ("NaN", "nan", "inf", "-Infinity")),
    *(
        _refused(value, TOO_LARGE)
        for value in ("1e400", "1e20", "1" * 21, "-" + "9" * 21, "1,000,000,000,000,000,000,000")
    ),
    *(_refused(value, "1234.56") for value in ("12,5", "1,23", "-0,99", "1.234,56")),
    *(_refused(value, "not a number") for value in NOT_MONEY),
    Case(
        "two amounts of 20 digits, whose sum has 21",
        also(cell(AWS, 5, "BilledCost", "9" * 20), more_row(AWS, 5)),
        data(AWS, "BilledCost", TOO_LARGE),
    ),
    Case(
        "an amount in EUR of 20 digits, which has 21 in USD",
        cell("bills/azure.csv", 2, "BilledCost", "9" * 20),
        data("bills/azure.csv, line 2, column BilledCost", TOO_LARGE),
    ),
    Case("a header again in the middle", more_row(AWS, 1), data(f"{AWS}, line 6")),
    Case(
        "a line of totals at the end", more_row(AWS, 5, BilledCost="Total"), data(at(6, "BilledCost"), "not a number")
    ),
]
CASES = {"Money: read": READ, "Money: refused": REFUSED}
