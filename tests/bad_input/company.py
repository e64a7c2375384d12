"""The company that every case starts from, small enough to work out on paper, and its figures of May 2024.

Spend in scope is 121: EC2 80 (web, production), S3 30 (search, development) and 10 EUR of Monitor at 1.10, which a
rule sends to the pool `platform`. The pool follows direct cost 80 : 30, so web takes 8 and search 3. Tax 13 and a
credit of 5 EUR stay outside. Four users are active; u5 is internal. u1 and u4 pay. Requests split web 30 : 10, so 66
of its 88 are paid. Storage splits the 30 of search 1 : 2 and requests its other 3 likewise, so 11 of 33 are paid.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

MONTH = "2024-05"

REPORT = """\
[report]
company = "Tiny"
min_users = 1
as_of = "2024-07-01"

[costs]
paths = ["bills/**/*"]

[fx]
path = "fx.csv"

[invoices]
path = "invoices.csv"

[activity]
path = "activity.csv"

[subscriptions]
path = "subscriptions.csv"

[allocation]
path = "allocation.toml"
"""

ALLOCATION = """\
[[rule]]
when = { ServiceName = "Monitor" }
shared = "platform"

[[shared]]
pool = "platform"

[drivers]
default = "requests"
Storage = "storage_gb"
"""

Row = dict[str, str]


def _charge(month: int, amounts: str, service: str, **more: str) -> Row:
    billed, effective = amounts.split("/")
    start, end = f"2024-{month:02}-01T00:00:00Z", f"2024-{month + 1:02}-01T00:00:00Z"
    return {
        "BilledCost": billed,
        "EffectiveCost": effective,
        "BillingCurrency": "USD",
        "BillingPeriodStart": start,
        "BillingPeriodEnd": end,
        "ChargePeriodStart": start,
        "ChargePeriodEnd": end,
        "ChargeCategory": "Usage",
        "ChargeClass": "",
        "ChargeFrequency": "Usage-Based",
        "CommitmentDiscountStatus": "",
        "ServiceName": service,
        "ServiceCategory": "",
        "ProviderName": "AWS",
        "PublisherName": "AWS",
        "InvoiceIssuerName": "AWS",
        "InvoiceId": "A-1",
        "BillingAccountId": "1",
        "SubAccountId": "11",
        "SubAccountName": "shop",
        "Tags": "",
        **more,
    }


_AZURE = {
    "ProviderName": "Azure",
    "PublisherName": "Azure",
    "InvoiceIssuerName": "Azure",
    "InvoiceId": "",
    "BillingCurrency": "EUR",
}
_WEB, _SEARCH = '{"product": "web", "env": "prod"}', '{"product": "search", "env": "dev"}'

AWS = [
    _charge(4, "60/50", "EC2", ServiceCategory="Compute", Tags=_WEB),
    _charge(5, "100/80", "EC2", ServiceCategory="Compute", CommitmentDiscountStatus="Used", Tags=_WEB),
    _charge(5, "30/30", "S3", ServiceCategory="Storage", Tags=_SEARCH),
    _charge(5, "13/13", "Fees", ChargeCategory="Tax"),
]
AZURE = [
    _charge(5, "10/10", "Monitor", ServiceCategory="Management and Governance", **_AZURE),
    _charge(5, "-5/-5", "Monitor", ChargeCategory="Credit", **_AZURE),
]
FILES: dict[str, str] = {
    "report.toml": REPORT,
    "allocation.toml": ALLOCATION,
    "activity.csv": """\
date,user_id,product_line,requests,storage_gb,is_internal
2024-04-10,u1,web,5,1,false
2024-04-11,u2,web,5,1,false
2024-05-02,u1,web,20,1,false
2024-05-03,u4,web,10,1,false
2024-05-04,u2,web,10,1,false
2024-05-05,u1,search,10,1,false
2024-05-06,u3,search,20,2,false
2024-05-07,u5,web,40,9,true
2024-05-02,u1,web,0,0,false
""",
    "subscriptions.csv": """\
user_id,tier,started_on,ended_on,mrr,plan,account_id,signed_up_on,tenancy,currency
u1,paid,2024-01-01,,20,pro,,2024-01-01,shared,USD
u2,free,2024-01-01,,0,,,2024-01-01,shared,USD
u3,free,2024-03-01,2024-05-20,0,,,2024-03-01,shared,USD
u4,paid,2024-05-01,,20,pro,,2024-05-01,shared,USD
""",
    "fx.csv": "month,currency,rate\n2024-04,EUR,1.20\n2024-05,EUR,1.10\n",
    "invoices.csv": "provider,billing_month,currency,amount\nAWS,2024-05,USD,143\nAzure,2024-05,EUR,5\n",
}

# The counts that stand for activity.csv where a case gives totals instead of users.
COUNTS = """\
month,tier,product_line,mau,requests
2024-04,,,2,
2024-05,,,4,
2024-05,free,,2,
2024-05,paid,,2,
2024-05,,web,3,
2024-05,,search,2,
2024-05,free,web,1,10
2024-05,paid,web,2,30
2024-05,free,search,1,20
2024-05,paid,search,1,10
"""

Figures = dict[str, str | None]
FIGURES: Figures = {
    "billed_cost": "148.5",  # 100 + 30 + 13 + 11 - 5.5
    "effective_cost": "128.5",  # 80 + 30 + 13 + 11 - 5.5
    "scope_cost": "121",  # 80 + 30 + 11
    "cost.tax": "13",
    "cost.credits": "-5.5",
    "cost.excluded": "0",
    "cost.out_of_scope": "0",
    "cost.cogs": "91",  # 80 + 11
    "cost.rnd": "30",
    "reconciliation_gap": "0",
    "commitment.coverage": None,  # the bills tell no list cost
    "commitment.utilisation": "1",  # 80 of 80
    "commitment.effective_savings_rate": None,
    "mau": "4",  # u1, u2, u3, u4
    "mau.free": "2",
    "mau.paid": "2",
    "mau.product.web": "3",  # u1, u2, u4
    "mau.product.search": "2",  # u1, u3
    "mau.multi_product": "1",
    "mau.switched_tier": "0",
    "user_months.free": "2",
    "user_months.paid": "2",
    "registered_users": "3",  # u3 left on the 20th
    "cost.free": "44",  # 22 + 22
    "cost.paid": "77",  # 66 + 11
    "cost.product.web": "88",  # 80 + 8
    "cost.product.search": "33",  # 30 + 3
    "cost.no_tier": "0",
    "cost.unused_commitment": "0",
    "cost.unallocated": "0",
    "tag_coverage": "0.909090909091",  # 110 ÷ 121
    "allocation_coverage": "1",
    "cost_per_user": "30.25",
    "cost_per_user.free": "22",
    "cost_per_user.paid": "38.5",
    "cost_per_user.product.web": "29.333333333333",
    "cost_per_user.product.search": "16.5",
    "cost_per_user.service.ec2": "20",
    "cost_per_user.service.s3": "7.5",
    "cost_per_user.service.monitor": "2.75",
    "cost_per_user.net_of_credits": "28.875",  # (121 - 5.5) ÷ 4
    "cost_per_user.cogs": "22.75",
    "cost_per_registered_user": "40.333333333333",
    "cost_per_user.tenancy.shared": "30.25",
    "cost_per_user.tenancy.dedicated": None,
}
PREVIOUS = "25"  # April: 50 over u1 and u2
COUNTED = {"Rows with a negative amount": 1}  # the credit


def table(rows: Sequence[Mapping[str, str]]) -> str:
    """Return rows of the same columns as CSV text."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write(folder: Path) -> None:
    """Write the company into `folder`."""
    for name, text in {**FILES, "bills/aws.csv": table(AWS), "bills/azure.csv": table(AZURE)}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
