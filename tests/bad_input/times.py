"""Dates and times as people and programs write them, mostly in ChargePeriodStart of the tax, line 5."""

from __future__ import annotations

from .case import SAME, Accepted, Case, Outcome, counted, data
from .changes import also, appended, cell, more_row, report
from .company import Figures
from .costs import AWS, at

SLASHED = "Rows with a date written month/day/year"
SPREAD = "Rows whose charge period spans months, spread over its days; the sum is EffectiveCost"
NO_TAX: Figures = {"billed_cost": "135.5", "effective_cost": "115.5", "cost.tax": "0"}


def _start(value: str, outcome: Outcome = SAME) -> Case:
    return Case(f"ChargePeriodStart holds `{value}`", cell(AWS, 5, "ChargePeriodStart", value), outcome)


def _refused(value: str, said: str = "not a date", column: str = "ChargePeriodStart") -> Case:
    return Case(f"{column} holds `{value}`", cell(AWS, 5, column, value), data(at(5, column), said))


def _more(name: str, start: str, end: str, outcome: Outcome = SAME, amount: str = "30") -> Case:
    row = {"ChargePeriodStart": start, "ChargePeriodEnd": end, "BilledCost": amount, "EffectiveCost": amount}
    return Case(name, more_row(AWS, 5, **row), outcome)


WRITTEN = [
    _start("2024-05-01"),
    _start("2024-05-01T00:00Z"),
    _start("2024-05-01 00:00:00"),
    _start("2024-05-01T00:00:00"),
    _start("2024-05-01 00:00:00 UTC"),
    _start("2024-05-01T00:00:00+00:00"),
    _start("2024-05-01t00:00:00z"),
    _start("2024-05-01T00:00:00.5Z"),
    _start("2024-05-01T00:00:00.123456789Z"),
    _start("2024-04-30T22:00:00-02:00"),
    _start("2024-05-01T02:00:00+0200"),
    _start(" 2024-05-01 "),
    _start("5/1/24", counted(SLASHED)),
    _start("05/01/2024", counted(SLASHED)),
    _start("5/1/24 00:00", counted(SLASHED)),
    Case("BillingPeriodEnd holds `6/1/24`", cell(AWS, 5, "BillingPeriodEnd", "6/1/24"), counted(SLASHED)),
    _refused("31/5/24", "ISO dates"),
    _refused("13/05/2024", "ISO dates"),
    *(
        _refused(value)
        for value in (
            "5/32/24",
            "2024/05/01",
            "1.5.2024",
            "01-05-2024",
            "May 1, 2024",
            "20240501",
            "2024-5-1",
            "2024-W18-3",
            "2024-122",
            "45413",
            "1714521600",
            "1714521600000",
            "2024-05-01T10",
            "2024-05-01T000000Z",
            "2024-05-01T00:00:00,5Z",
            "2024-05-01T24:00:00Z",
            "2024-05-01T25:00:00Z",
            "2024-05-01T00:60:00Z",
            "2024-05-31T23:59:60Z",
            "2024-05-01T00:00:00 CEST",
            "2024-05-01T00:00:00+25:00",
            "2024-05-01T00:00:00Z Z",
            "2024-05-01T",
            "5/1/24 12:00 AM",
            "２０２４-05-01",
            "2024-02-30",
            "2023-02-29",
            "2024-00-01",
            "0000-01-01",
        )
    ),
    _refused("0001-01-01", "the year 1"),
    _refused("9999-12-31", "the year 9999"),
    _refused("2204-05-01", "the year 2204"),
    _refused("9999-12-31T23:59:59-01:00"),
    _refused("9999-12-31", "the year 9999", "ChargePeriodEnd"),
    _refused("0001-01-01", "the year 1", "BillingPeriodStart"),
]
PERIODS = [
    _more("29 February of a leap year", "2024-02-29", "2024-03-01"),
    _more("29 February of a leap year, as `2/29/24`", "2/29/24", "3/1/24"),
    _more("the hour that summer time leaves out", "2024-03-31T01:59:59+01:00", "2024-03-31T03:00:00+02:00"),
    _more("the hour that comes twice in autumn", "2024-10-27T02:30:00+02:00", "2024-10-27T02:15:00+01:00"),
    Case(
        "May in the local zone, April in UTC",
        also(
            cell(AWS, 5, "ChargePeriodStart", "2024-05-01T01:00:00+02:00"),
            cell(AWS, 5, "ChargePeriodEnd", "2024-05-01T02:00:00+02:00"),
        ),
        Accepted("the row counts in April", NO_TAX),
    ),
    Case(
        "an end before the start",
        cell(AWS, 5, "ChargePeriodEnd", "2024-04-01"),
        data(at(5, "ChargePeriodEnd"), "ends before it starts"),
    ),
    Case("an end equal to the start", cell(AWS, 5, "ChargePeriodEnd", "2024-05-01T00:00:00Z"), SAME),
    _more(
        "a period over two months",
        "2024-05-17",
        "2024-06-16",
        Accepted(
            "15 of 30 days of effective cost count",
            {"billed_cost": "178.5", "effective_cost": "143.5", "cost.tax": "28"},
            {SPREAD: 1},
        ),
    ),
    Case(
        'a period over two months with spread = "start"',
        also(
            more_row(AWS, 5, ChargePeriodStart="2024-05-17", ChargePeriodEnd="2024-06-16"),
            report('"bills/**/*"]', '"bills/**/*"]\nspread = "start"'),
        ),
        Accepted(figures={"billed_cost": "161.5", "effective_cost": "141.5", "cost.tax": "26"}),
    ),
    Case(
        "a period over New Year",
        also(
            more_row(
                AWS,
                5,
                ChargePeriodStart="2023-12-16",
                ChargePeriodEnd="2024-01-15",
                BilledCost="30",
                EffectiveCost="30",
            ),
            appended("activity.csv", "2023-12-20,u1,web,1,1,false\n"),
        ),
        Accepted(
            "16 of 30 days count in December",
            {"billed_cost": "30", "effective_cost": "16", "cost.tax": "16"},
            month="2023-12",
            alone=True,
        ),
    ),
    Case(
        "an end less than a microsecond into June",
        cell(AWS, 5, "ChargePeriodEnd", "2024-06-01T00:00:00.0000004Z"),
        SAME,
    ),
    Case("a billing period far from the charge", cell(AWS, 5, "BillingPeriodStart", "2019-01-01"), SAME),
    Case(
        "a billing period without a rate",
        cell("bills/azure.csv", 2, "BillingPeriodStart", "2019-01-01"),
        data("bills/azure.csv, line 2, column BillingCurrency", "No rate for EUR in 2019-01"),
    ),
    Case("a billing period in the future", cell(AWS, 5, "BillingPeriodStart", "2031-01-01"), SAME),
]
CASES = {"Times: how they are written": WRITTEN, "Times: periods": PERIODS}
