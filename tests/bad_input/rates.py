"""Small hand-kept tables: exchange rates and invoices."""

from __future__ import annotations

from .case import SAME, Case, data
from .changes import also, appended, cell, removed, renamed, report, spelled, text, without, written

FX, INVOICES = "fx.csv", "invoices.csv"
NO_RATE = data("bills/azure.csv, line 2, column BillingCurrency", "No rate for EUR in 2024-05", "[fx]")


def _bad(file: str, column: str, value: str, *said: str) -> Case:
    shown = f"holds `{value}`" if value else "is empty"
    return Case(f"{column} {shown}", cell(file, 3, column, value), data(f"{file}, line 3, column {column}", *said))


def _missing(file: str, section: str, column: str) -> Case:
    return Case(f"no column {column}", without(file, column), data(f"{file} ([{section}])", f"'{column}' is missing"))


RATES = [
    *(_missing(FX, "fx", column) for column in ("month", "currency", "rate")),
    *(_bad(FX, column, "", "missing") for column in ("month", "currency", "rate")),
    _bad(FX, "month", "May 2024", "2024-05"),
    _bad(FX, "month", "2024-13", "2024-05"),
    _bad(FX, "month", "2024-5", "2024-05"),
    _bad(FX, "month", "2024-05-99", "2024-05"),
    _bad(FX, "month", "2024-05-soon", "2024-05"),
    Case("month holds `2024-05-15`", cell(FX, 3, "month", "2024-05-15"), SAME),
    _bad(FX, "rate", "0", "above 0"),
    _bad(FX, "rate", "-1.1", "above 0"),
    _bad(FX, "rate", "abc", "not a number"),
    _bad(FX, "rate", "NaN", "finite"),
    _bad(FX, "rate", "inf", "finite"),
    _bad(FX, "rate", "1,1", "1234.56"),
    _bad(FX, "rate", "110%", "not a number"),
    _bad(FX, "rate", "1e30", "more than 20"),
    _bad(FX, "rate", "123456789012.1234567890123", "at most 20 digits"),
    Case("rate holds `1.1e0`", cell(FX, 3, "rate", "1.1e0"), SAME),
    Case("rate holds `1.100000000000000000`", cell(FX, 3, "rate", "1.100000000000000000"), SAME),
    Case("currency holds `eur`", cell(FX, 3, "currency", "eur"), NO_RATE),
    Case("a rate twice", appended(FX, "2024-05,EUR,1.1\n"), SAME),
    Case(
        "two rates for one month",
        appended(FX, "2024-05,EUR,1.2\n"),
        data(f"{FX}, line 4", "Two rates for EUR in 2024-05"),
    ),
    Case("a currency that no bill has", appended(FX, "2024-05,JPY,0.0064\n"), SAME),
    Case("column names in capitals", spelled(FX, str.upper), SAME),
    Case(
        "a column name with a typo",
        renamed(FX, "rate", "rates"),
        data(f"{FX} ([fx])", "'rate' is missing", "did you mean 'rates'"),
    ),
    Case("a short line", appended(FX, "2024-06,EUR\n"), data(f"{FX}, line 4", "2 cells", "header 3")),
    Case("a long line", appended(FX, "2024-06,EUR,1,1\n"), data(f"{FX}, line 4", "4 cells", "header 3")),
    Case("a blank line", text(FX, "rate\n", "rate\n\n"), SAME),
    Case("a quote that is never closed", appended(FX, '2024-06,"EUR,1\n'), data(f"{FX}, line 4")),
    Case(
        "a quote that is never closed in the last cell",
        appended(FX, '2024-06,EUR,"1\n'),
        data(f"{FX}, line 4", "quote"),
    ),
    Case("a header and no rows", written(FX, "month,currency,rate\n"), NO_RATE),
    Case("an empty file", written(FX, ""), data(FX, "empty")),
    Case("no file", removed(FX), data("report.toml, [fx]", "No file matches 'fx.csv'")),
    Case("no [fx] at all", report('[fx]\npath = "fx.csv"\n', ""), NO_RATE),
    Case(
        "a folder in its place",
        also(removed(FX), written(f"{FX}/readme.txt", "")),
        data(f"report.toml, [fx]: {FX}", "folder"),
    ),
]
INVOICE_CASES = [
    *(_missing(INVOICES, "invoices", column) for column in ("provider", "billing_month", "currency", "amount")),
    *(_bad(INVOICES, column, "", "missing") for column in ("provider", "billing_month", "currency", "amount")),
    _bad(INVOICES, "billing_month", "May", "2024-05"),
    _bad(INVOICES, "amount", "abc", "not a number"),
    _bad(INVOICES, "amount", "NaN", "finite"),
    _bad(INVOICES, "amount", "1.234,56", "1234.56"),
    Case("amount holds `-5`", cell(INVOICES, 3, "amount", "-5"), SAME),
    Case("a provider that sent no bill", appended(INVOICES, "Oracle,2024-05,USD,7\n"), SAME),
    Case("a header and no rows", written(INVOICES, "provider,billing_month,currency,amount\n"), SAME),
    Case("no file", removed(INVOICES), data("report.toml, [invoices]", "No file matches 'invoices.csv'")),
]
CASES = {"Exchange rates": RATES, "Invoices": INVOICE_CASES}
