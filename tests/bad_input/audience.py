"""Who used what: columns of the activity, of ready-made counts and of the subscriptions."""

from __future__ import annotations

from .case import SAME, Accepted, Case, counted, data
from .changes import aggregate, allocation, also, appended, cell, more_column, more_row, renamed, spelled, text, without
from .company import COUNTS, FILES, Figures

ACTIVITY, SUBSCRIPTIONS, AGGREGATE = "activity.csv", "subscriptions.csv", "counts.csv"
NOBODY = "Active users without a subscription, counted as free"

# A fifth user, on free: the same cost over five heads.
FIVE: Figures = {
    "mau": "5",
    "mau.free": "3",
    "mau.product.web": "4",
    "user_months.free": "3",
    "cost_per_user": "24.2",
    "cost_per_user.free": "14.666666666667",  # 44 ÷ 3
    "cost_per_user.product.web": "22",
    "cost_per_user.service.ec2": "16",
    "cost_per_user.service.s3": "6",
    "cost_per_user.service.monitor": "2.2",
    "cost_per_user.net_of_credits": "23.1",
    "cost_per_user.cogs": "18.2",
    "cost_per_user.tenancy.shared": "24.2",
}
# u5 counts, with 40 requests on free: 30 of 80 requests are paid, so 33 of the 88 of web are.
WITH_U5: Figures = {
    **FIVE,
    "cost.free": "77",  # 55 + 22
    "cost.paid": "44",  # 33 + 11
    "cost_per_user.free": "25.666666666667",
    "cost_per_user.paid": "22",
}
# Days in place of requests: web 2 paid and 1 free (88 in the parts 80 and 8), the 3 of search half and half.
BY_DAYS: Figures = {
    "cost.paid": "70.166666666666666666",  # 53.3… + 5.3… + 10 + 1.5, each thirds' last digit to the larger rest
    "cost.free": "50.833333333333333334",
    "cost_per_user.paid": "35.083333333333",
    "cost_per_user.free": "25.416666666667",
}
# u1 is on free: of web 30 requests are free and 10 paid; of search all.
U1_FREE: Figures = {
    "mau.free": "3",
    "mau.paid": "1",
    "user_months.free": "3",
    "user_months.paid": "1",
    "cost.free": "99",
    "cost.paid": "22",
    "cost_per_user.free": "33",
    "cost_per_user.paid": "22",
}
ALL_FREE: Figures = {
    "mau.free": "4",
    "mau.paid": "0",
    "user_months.free": "4",
    "user_months.paid": "0",
    "registered_users": "0",
    "cost.free": "121",
    "cost.paid": "0",
    "cost_per_user.free": "30.25",
    "cost_per_user.paid": None,
    "cost_per_registered_user": None,
}
# What needs single users is unknown.
COUNTS_ONLY: Figures = {
    "mau.multi_product": None,
    "mau.switched_tier": None,
    "user_months.free": None,
    "user_months.paid": None,
    "cost_per_user.tenancy.shared": None,
}
BY_COUNTS = Accepted("no figure changes, what needs single users is unknown", COUNTS_ONLY)


def _bad(file: str, line: int, column: str, value: str, *said: str) -> Case:
    shown = f"holds `{value}`" if value else "is empty"
    return Case(
        f"{column} {shown}", cell(file, line, column, value), data(f"{file}, line {line}, column {column}", *said)
    )


def _missing(file: str, section: str, column: str) -> Case:
    return Case(f"no column {column}", without(file, column), data(f"{file} ([{section}])", f"'{column}' is missing"))


def _count(name: str, old: str, new: str, line: int, column: str, *said: str) -> Case:
    assert COUNTS.count(old) == 1
    where = f"{AGGREGATE}, line {line}, column {column}"
    return Case(name, aggregate(COUNTS.replace(old, new)), data(where, *said))


ACTIVITY_CASES = [
    *(_missing(ACTIVITY, "activity", column) for column in ("date", "user_id", "product_line")),
    Case(
        "no column is_internal",
        without(ACTIVITY, "is_internal"),
        Accepted("nobody is internal", WITH_U5, counted={NOBODY: 1}),
    ),
    Case("no column requests", without(ACTIVITY, "requests"), Accepted("days of use decide instead", BY_DAYS)),
    *(_bad(ACTIVITY, 5, column, value) for column in ("date", "user_id", "product_line") for value in ("", "NULL")),
    _bad(ACTIVITY, 5, "user_id", "   "),
    _bad(ACTIVITY, 5, "date", "soon", "not a date"),
    _bad(ACTIVITY, 5, "date", "2024-05-32", "not a date"),
    _bad(ACTIVITY, 5, "date", "31/5/2024", "ISO"),
    _bad(ACTIVITY, 5, "date", "45415", "not a date"),
    _bad(ACTIVITY, 5, "date", "2024-05-31T23:30:00-05:00", "day"),
    Case("date is a day at midnight", cell(ACTIVITY, 5, "date", "2024-05-03 00:00:00"), SAME),
    _bad(ACTIVITY, 9, "is_internal", "maybe", "true or false"),
    *(
        Case(f"is_internal holds `{word}`", cell(ACTIVITY, 9, "is_internal", word), SAME)
        for word in ("TRUE", "Yes", "1")
    ),
    Case(
        "is_internal is empty",
        cell(ACTIVITY, 9, "is_internal", ""),
        Accepted("not internal", WITH_U5, counted={NOBODY: 1}),
    ),
    Case(
        "user_id in another case: `U1`",
        cell(ACTIVITY, 10, "user_id", "U1"),
        Accepted("another user", FIVE, counted={NOBODY: 1}),
    ),
    *(
        _bad(ACTIVITY, 5, "requests", value, said)
        for value, said in (
            ("abc", "not a number"),
            ("-1", "negative"),
            ("NaN", "finite"),
            ("inf", "finite"),
            ("1e30", "more than 20"),
        )
    ),
    _bad(ACTIVITY, 5, "storage_gb", "n/a", "not a number"),
    Case("requests is empty", cell(ACTIVITY, 10, "requests", ""), Accepted("counts 0; no figure changes")),
    Case(
        "requests, the driver where none is named, holds `abc`",
        also(allocation(FILES["allocation.toml"].split("[drivers]")[1], "\n"), cell(ACTIVITY, 5, "requests", "abc")),
        data(f"{ACTIVITY}, line 5, column requests", "not a number"),
    ),
    Case("a column of words", more_column(ACTIVITY, "note", "a", "5", "b"), SAME),
    Case("column names in capitals", spelled(ACTIVITY, str.upper), SAME),
    Case("a column twice", more_column(ACTIVITY, "Requests", "1"), data(f"{ACTIVITY}, line 1", "Requests", "twice")),
    Case("rows of a month without bills", appended(ACTIVITY, "2030-01-01,u1,web,1,1,false\n"), SAME),
]
SUBSCRIPTION_CASES = [
    *(
        _missing(SUBSCRIPTIONS, "subscriptions", column)
        for column in ("user_id", "tier", "started_on", "ended_on", "mrr")
    ),
    *(
        Case(f"no column {column}", without(SUBSCRIPTIONS, column), SAME)
        for column in ("plan", "account_id", "signed_up_on", "tenancy", "currency")
    ),
    *(_bad(SUBSCRIPTIONS, 3, column, "") for column in ("user_id", "tier", "started_on")),
    _bad(SUBSCRIPTIONS, 2, "mrr", "", "paid"),
    Case("mrr of a free period is empty", cell(SUBSCRIPTIONS, 3, "mrr", ""), SAME),
    _bad(SUBSCRIPTIONS, 2, "tier", "Paid", "free, paid"),
    _bad(SUBSCRIPTIONS, 2, "tier", "premium", "free, paid"),
    _bad(SUBSCRIPTIONS, 3, "started_on", "soon", "not a date"),
    _bad(SUBSCRIPTIONS, 4, "ended_on", "soon", "not a date"),
    _bad(SUBSCRIPTIONS, 4, "ended_on", "9999-12-31", "the year 9999"),
    _bad(SUBSCRIPTIONS, 3, "signed_up_on", "soon", "not a date"),
    _bad(SUBSCRIPTIONS, 2, "mrr", "abc", "not a number"),
    _bad(SUBSCRIPTIONS, 2, "mrr", "NaN", "finite"),
    _bad(SUBSCRIPTIONS, 2, "mrr", "-20", "negative"),
    _bad(SUBSCRIPTIONS, 3, "mrr", "20", "free"),
    _bad(SUBSCRIPTIONS, 3, "tenancy", "Dedicated", "shared, dedicated"),
    Case(
        "user_id in another case: `U1`",
        cell(SUBSCRIPTIONS, 2, "user_id", "U1"),
        Accepted("u1 has no subscription", U1_FREE, counted={NOBODY: 1}),
    ),
    Case("column names in capitals", spelled(SUBSCRIPTIONS, str.upper), SAME),
    Case(
        "a column name with a typo",
        renamed(SUBSCRIPTIONS, "tier", "teir"),
        data(f"{SUBSCRIPTIONS} ([subscriptions])", "'tier'", "did you mean 'teir'"),
    ),
    Case(
        "two periods of a user overlap",
        more_row(SUBSCRIPTIONS, 3, started_on="2024-05-10"),
        data(f"{SUBSCRIPTIONS}, line 3 and {SUBSCRIPTIONS}, line 6", "overlap"),
    ),
    Case(
        "a row twice",
        more_row(SUBSCRIPTIONS, 3),
        data(f"{SUBSCRIPTIONS}, line 3 and {SUBSCRIPTIONS}, line 6", "overlap"),
    ),
    Case(
        "a period ends before it starts",
        cell(SUBSCRIPTIONS, 4, "ended_on", "2024-02-01"),
        data(f"{SUBSCRIPTIONS}, line 4", "ends before it starts"),
    ),
    Case(
        "a period ends on the day it starts",
        more_row(SUBSCRIPTIONS, 2, user_id="u2", started_on="2024-05-04", ended_on="2024-05-04"),
        counted("Subscriptions that end on the day they start, ignored"),
    ),
    Case(
        "a header and no rows",
        text(SUBSCRIPTIONS, FILES[SUBSCRIPTIONS].split("\n", 1)[1], ""),
        Accepted("everybody is on free", ALL_FREE, counted={NOBODY: 4}),
    ),
]
COUNT_CASES = [
    Case("counts in place of users", aggregate(COUNTS), BY_COUNTS),
    Case(
        "no column mau",
        aggregate(COUNTS.replace("mau", "users")),
        data(f"{AGGREGATE} ([activity])", "'mau' is missing"),
    ),
    Case(
        "no column month",
        aggregate(COUNTS.replace("month", "day")),
        data(f"{AGGREGATE} ([activity])", "'month' is missing"),
    ),
    _count("mau is empty", ",,4,", ",,,", 3, "mau", "missing"),
    _count("mau holds `1.5`", ",,4,", ",,1.5,", 3, "mau", "whole number"),
    _count("mau holds `-4`", ",,4,", ",,-4,", 3, "mau", "whole number"),
    _count("mau holds `four`", ",,4,", ",,four,", 3, "mau", "not a number"),
    _count("mau holds `NaN`", ",,4,", ",,NaN,", 3, "mau", "finite"),
    _count("mau holds `1e30`", ",,4,", ",,1e30,", 3, "mau", "more than 20"),
    Case("mau holds `4.0`", aggregate(COUNTS.replace(",,4,", ",,4.0,")), BY_COUNTS),
    _count("month holds `05/2024`", "2024-05,,,4", "05/2024,,,4", 3, "month", "2024-05"),
    _count("month is empty", "2024-05,,,4", ",,,4", 3, "month", "missing"),
    _count("tier holds `Free`", "2024-05,free,,2", "2024-05,Free,,2", 4, "tier", "free, paid"),
    _count("tier holds `all`", "2024-05,,,4", "2024-05,all,,4", 3, "tier", "free, paid"),
    _count("requests holds `abc`", "web,1,10", "web,1,abc", 8, "requests", "not a number"),
    _count("requests holds `NaN`", "web,1,10", "web,1,NaN", 8, "requests", "finite"),
    _count("requests holds `-10`", "web,1,10", "web,1,-10", 8, "requests", "negative"),
    Case(
        "a count twice",
        aggregate(COUNTS + "2024-05,,,4,\n"),
        data(f"{AGGREGATE}, line 3 and {AGGREGATE}, line 12", "twice"),
    ),
    Case(
        "a column of words",
        aggregate(COUNTS.replace("requests\n", "requests,note\n").replace(",\n", ",,ok\n").replace("0\n", "0,fine\n")),
        BY_COUNTS,
    ),
    Case("a short line", aggregate(COUNTS + "2024-05,free\n"), data(f"{AGGREGATE}, line 12", "2 cells", "header 5")),
    Case("a long line", aggregate(COUNTS + "2024-05,free,x,1,,,\n"), data(f"{AGGREGATE}, line 12", "7 cells")),
    Case("a header and no rows", aggregate("month,mau\n"), data("report.toml", "2024-05 has no activity")),
    Case(
        "no row for all users",
        aggregate(COUNTS.replace("2024-05,,,4,\n", "")),
        Accepted(figures={"mau": None, "cost_per_user": None}, alone=True),
    ),
    Case(
        "nobody: mau holds `0`",
        aggregate(COUNTS.replace("2024-05,,,4,", "2024-05,,,0,")),
        Accepted(figures={"mau": "0", "cost_per_user": None}, alone=True),
    ),
]
CASES = {
    "Activity": ACTIVITY_CASES,
    "Subscriptions": SUBSCRIPTION_CASES,
    "Counts in place of users": COUNT_CASES,
}
