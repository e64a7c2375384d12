"""Columns of the bills: missing, null, of the wrong type, absurd, in another case."""

from __future__ import annotations

from dataclasses import replace

from .case import GONE, SAME, Accepted, Case, Change, Outcome, counted, data
from .changes import also, cell, more_column, renamed, report, spelled, without
from .company import Figures

AWS = "bills/aws.csv"
ALIKE = (
    "BilledCost",
    "EffectiveCost",
    "BillingCurrency",
    "BillingPeriodStart",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ChargeCategory",
    "ServiceName",
    "ProviderName",
)
OPTIONAL = (
    "BillingAccountId",
    "SubAccountId",
    "SubAccountName",
    "BillingPeriodEnd",
    "ChargeClass",
    "ChargeFrequency",
    "ServiceCategory",
    "CommitmentDiscountStatus",
    "PublisherName",
    "InvoiceIssuerName",
    "InvoiceId",
)
FATAL = ("BilledCost", "BillingCurrency", "ChargeCategory", "ChargePeriodStart", "BillingPeriodStart")

# EC2 and S3 belong to nobody, so the pool has nothing to follow and stays unallocated too.
NO_TAGS: Figures = {
    "cost.unallocated": "121",
    "cost.product.web": "0",
    "cost.product.search": "0",
    "cost.free": "0",
    "cost.paid": "0",
    "cost.cogs": "121",
    "cost.rnd": "0",
    "tag_coverage": "0",
    "allocation_coverage": "0.090909090909",  # 11 ÷ 121
    "cost_per_user.free": "0",
    "cost_per_user.paid": "0",
    "cost_per_user.product.web": "0",
    "cost_per_user.product.search": "0",
    "cost_per_user.cogs": "30.25",
}
# S3 belongs to nobody, so web takes the whole pool: 80 + 11 = 91, of which 3 in 4 are paid.
S3_UNOWNED: Figures = {
    "cost.unallocated": "30",
    "cost.product.web": "91",
    "cost.product.search": "0",
    "cost.free": "22.75",
    "cost.paid": "68.25",
    "tag_coverage": "0.661157024793",  # 80 ÷ 121
    "allocation_coverage": "0.752066115702",  # 91 ÷ 121
    "cost_per_user.free": "11.375",
    "cost_per_user.paid": "34.125",
    "cost_per_user.product.web": "30.333333333333",
    "cost_per_user.product.search": "0",
}
# Without tags it is not development either.
S3_UNTAGGED: Figures = {**S3_UNOWNED, "cost.cogs": "121", "cost.rnd": "0", "cost_per_user.cogs": "30.25"}
NOT_COMMITTED = {
    "CommitmentDiscountStatus": Accepted("no commitment is known", {"commitment.utilisation": None}),
}
NO_SERVICE: Figures = {"cost_per_user.service.s3": GONE, "cost_per_user.service.no-service": "7.5"}


def at(line: int, column: str) -> str:
    """Return the place of a cell of the AWS bill."""
    return f"{AWS}, line {line}, column {column}"


def put(line: int, column: str, value: str) -> Change:
    """Write into a cell of the AWS bill."""
    return cell(AWS, line, column, value)


def bad(column: str, value: str, *said: str, line: int = 3) -> Case:
    """Return a case: this value in this column is refused with its place."""
    shown = value if len(value) <= 40 else value[:40] + "…"
    return Case(f"{column} holds `{shown}`", put(line, column, value), data(at(line, column), *said))


def missing(column: str) -> Case:
    """Return a case: the required column is not there."""
    return Case(f"no column {column}", without(AWS, column), data(AWS, f"Required column {column} is missing"))


def null(column: str, value: str) -> Case:
    """Return a case: a null in a column of the bill."""
    outcome: Outcome = SAME
    line = 5
    if column in FATAL:
        line = 3
        outcome = data(at(line, column), "empty in 1 of 4 rows")
    elif column == "EffectiveCost":
        no_effective = {"effective_cost": "115.5", "cost.tax": "0"}
        outcome = Accepted(figures=no_effective, counted={"Rows without EffectiveCost, which count 0": 1})
    elif column == "ServiceName":
        line = 4
        outcome = Accepted("the service is called (no service)", NO_SERVICE)
    elif column == "InvoiceId":
        outcome = Accepted("no figure changes", status="preliminary")
    elif column == "Tags":
        line = 4
        outcome = Accepted("the row belongs to nobody", S3_UNTAGGED)
    if value and isinstance(outcome, Accepted):
        outcome = replace(outcome, counted={**outcome.counted, "Rows with a cell that says NULL, read as empty": 1})
    return Case(f"{column} is {value or 'empty'} in a row", put(line, column, value), outcome)


MISSING = [
    *map(missing, ALIKE),
    *(Case(f"no column {column}", without(AWS, column), NOT_COMMITTED.get(column, SAME)) for column in OPTIONAL),
    Case("no column Tags", without(AWS, "Tags"), Accepted("what no rule owns belongs to nobody", NO_TAGS)),
    Case(
        "no column BillingCurrency, but a default for it",
        also(
            without(AWS, "BillingCurrency"),
            report('"bills/**/*"]', '"bills/**/*"]\ndefaults = { BillingCurrency = "USD" }'),
        ),
        counted("Rows of files that lack a column which has a default", 3),
    ),
    Case("ServiceProviderName in place of ProviderName", renamed(AWS, "ProviderName", "ServiceProviderName"), SAME),
]
NULLS = [null(column, value) for column in (*ALIKE, *OPTIONAL, "Tags") for value in ("", "NULL")]
VALUES = [
    bad("BilledCost", "abc", "not a number"),
    bad("EffectiveCost", "abc", "not a number"),
    bad("EffectiveCost", "1e30", "more than 20 digits"),
    bad("BillingCurrency", "Dollars", "No rate for Dollars in 2024-05"),
    bad("BillingCurrency", "usd", "No rate for usd in 2024-05"),
    bad("BillingPeriodStart", "soon", "not a date"),
    bad("BillingPeriodEnd", "soon", "not a date"),
    bad("ChargePeriodStart", "soon", "not a date"),
    bad("ChargePeriodEnd", "soon", "not a date"),
    bad("ChargeCategory", "usage", "Usage"),
    bad("ChargeCategory", "TAX", "Tax", line=5),
    bad("ChargeCategory", "Refund", "Credit"),
    bad("ChargeClass", "correction", "Correction"),
    bad("CommitmentDiscountStatus", "unused", "Unused"),
    bad("CommitmentDiscountStatus", "Free", "Unused"),
    Case("ServiceCategory holds `storage`", put(4, "ServiceCategory", "storage"), SAME),
    Case("ChargeFrequency holds `often`", put(3, "ChargeFrequency", "often"), SAME),
    Case(
        "ChargeFrequency holds `Usage-based`",
        put(3, "ChargeFrequency", "Usage-based"),
        counted("Rows that spell Usage-Based as Usage-based"),
    ),
    Case(
        "PublisherName holds a provider that bills by itself",
        put(3, "PublisherName", "Azure"),
        data("bills/**/*", "Azure is counted twice in billing period 2024-05", "out_of_scope"),
    ),
]
MEASURES = ("PricingQuantity", "ListCost", "ContractedCost")
WORDS = ("SkuId", "PricingUnit", "RegionId", "PricingCategory", "CommitmentDiscountId", "CommitmentDiscountType")


def listed(savings_rate: str) -> Accepted:
    """Return the outcome where the row that a commitment covers, all of what it could cover, has a list cost."""
    return Accepted(figures={"commitment.coverage": "1", "commitment.effective_savings_rate": savings_rate})


LISTED = {
    ("ListCost", "1e-3"): listed("-79999"),  # 1 − 80 ÷ 0.001
    ("ListCost", "1,000.5"): listed("0.92003998001"),  # 1 − 80 ÷ 1000.5
}


def extra(column: str, value: str, outcome: Outcome) -> Case:
    """Return a case: this value in every row of a column that nobody has to deliver."""
    return Case(f"{column} holds {f'`{value}`' if value else 'nothing'}", more_column(AWS, column, value), outcome)


PRICING = [
    extra("PricingQuantity", "9" * 20, SAME),
    *(extra(column, "", SAME) for column in (*MEASURES, *WORDS)),
    *(extra(column, "7", SAME) for column in WORDS),
    *(
        extra(column, value, LISTED.get((column, value), SAME))
        for column in MEASURES
        for value in ("0", "-2.5", "1e-3", "1,000.5")
    ),
    *(
        extra(column, value, data(at(2, column), said))
        for column in MEASURES
        for value, said in (("abc", "not a number"), ("NaN", "not a finite number"), ("1e30", "more than 20 digits"))
    ),
]
TAGS = [
    bad("Tags", "product=search", "not a JSON object", line=4),
    bad("Tags", '{"product": "search"', "not a JSON object", line=4),
    bad("Tags", "{'product': 'search'}", "not a JSON object", line=4),
    bad("Tags", '"product": "search"', "not a JSON object", line=4),
    bad("Tags", '["search"]', "not a JSON object", line=4),
    bad("Tags", "5", "not a JSON object", line=4),
    bad("Tags", '{"product": "search", "product": "web"}', "product", "twice", line=4),
    bad("Tags", '{"product": "\\ud800"}', line=4),
    bad("Tags", "[" * 100_000, "not a JSON object", line=4),
    Case(
        "a product tag without value",
        put(4, "Tags", '{"product": true, "env": "dev"}'),
        Accepted("the row belongs to nobody", S3_UNOWNED, counted={"Rows with a tag that has no value": 1}),
    ),
    Case(
        "an empty product tag",
        put(4, "Tags", '{"product": "", "env": "dev"}'),
        Accepted("the row belongs to nobody", S3_UNOWNED),
    ),
    Case(
        "a tag's key in another case: `Product`",
        put(4, "Tags", '{"Product": "search", "env": "dev"}'),
        Accepted("another key: the row belongs to nobody", S3_UNOWNED),
    ),
]
NAMES = [
    Case("column names in lower case", spelled(AWS, str.lower), SAME),
    Case("column names in capitals", spelled(AWS, str.upper), SAME),
    Case("blanks around a column's name", renamed(AWS, "BilledCost", "  BilledCost "), SAME),
    Case(
        "a blank inside a column's name",
        renamed(AWS, "BilledCost", "Billed Cost"),
        data(AWS, "BilledCost", "Billed Cost"),
    ),
    Case("unknown columns", also(more_column(AWS, "x_Note", "?"), more_column(AWS, "Whatever", "1")), SAME),
    Case("a column without name", more_column(AWS, "", "?"), SAME),
    Case("a column twice", more_column(AWS, "BilledCost", "7"), data(f"{AWS}, line 1", "BilledCost", "twice")),
    Case(
        "a column twice, in two cases",
        more_column(AWS, "billedcost", "7"),
        data(f"{AWS}, line 1", "billedcost", "twice"),
    ),
    Case(
        "two columns without name",
        also(more_column(AWS, "", "?"), more_column(AWS, "", "?")),
        SAME,
    ),
]
CASES = {
    "Bills: columns": MISSING,
    "Bills: nulls": NULLS,
    "Bills: values": VALUES,
    "Bills: quantities, prices and what they are for": PRICING,
    "Bills: tags": TAGS,
    "Bills: names of columns": NAMES,
}
