"""The Azure bill in euros, Parquet: FOCUS 1.0 with Tags as text until 2022, then 1.2 with Tags as a map."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from unitcost.sample.bill import Bill, days, period, used
from unitcost.sample.fleet import Commitment, buy, hours, pay_with_commitment
from unitcost.sample.focus import Row, tags_text
from unitcost.sample.meter import Meter, Provider, daily_quantities, priced, service_columns, static_columns
from unitcost.sample.sku import Service

if TYPE_CHECKING:
    from unitcost.sample.chance import Ints, Stream
    from unitcost.sample.months import Month

WEST, ANYWHERE = "westeurope", ""

AZURE = Provider(
    key="azure",
    name="Microsoft",
    issuer="Microsoft Ireland Operations Limited",
    currency="EUR",
    account=("7f3c1d20-0000-4a00-9000-00000000000a", "Northwind Notes GmbH", "Microsoft Customer Agreement"),
    agreed=Decimal("0.94"),
    sub_accounts={
        "prod": ("11111111-1111-4111-8111-111111111111", "notes-prod"),
        "dev": ("22222222-2222-4222-8222-222222222222", "notes-dev"),
        "platform": ("33333333-3333-4333-8333-333333333333", "notes-platform"),
        "office": ("44444444-4444-4444-8444-444444444444", "notes-office"),
    },
    sub_account_type="Subscription",
    regions={WEST: "West Europe", ANYWHERE: ""},
)

FOCUS_1_2_SINCE = dt.date(2023, 1, 1)
TAX_RATE = Decimal("0.19")


VMS = Service("Virtual Machines", "Compute", "Virtual Machines")
BLOB = Service("Azure Blob Storage", "Storage", "Object Storage")
BILLING = Service("Microsoft Billing", "Other", "Other (Other)")
SUPPORT = Service("Azure Support", "Other", "Support")
POWER_BI = Service("Power BI", "Analytics", "Business Intelligence")

VM = VMS.sku("D4s v5", "1 Hour", "0.184", "Virtual Machine")
DEV_VM = VMS.sku("B2ms", "1 Hour", "0.0832", "Virtual Machine")
CALLS = Service("Azure Functions", "Compute", "Serverless Compute").sku(
    "Executions", "Executions", "0.000000184", "Function App", whole=True
)
KUBERNETES = Service("Azure Kubernetes Service", "Compute", "Containers").sku(
    "Uptime SLA", "1 Hour", "0.092", "Cluster"
)
TOKENS = Service("Azure OpenAI Service", "AI and Machine Learning", "Generative AI").sku(
    "gpt-35-turbo tokens", "1K Tokens", "0.0014", "Model"
)
BLOBS = BLOB.sku("Hot LRS data", "1 GB/Month", "0.0177", "Storage Account")
BACKUPS = BLOB.sku("Cool LRS data", "1 GB/Month", "0.0099", "Backup Account")
SQL = Service("Azure SQL Database", "Databases", "Relational Databases").sku(
    "General Purpose vCore", "1 Hour", "0.229", "SQL Database"
)
COSMOS = Service("Azure Cosmos DB", "Databases", "NoSQL Databases").sku(
    "100 request units a second", "1 Hour", "0.0075", "Cosmos Account"
)
EVENTS = Service("Azure Event Hubs", "Integration", "Messaging").sku("Throughput unit", "1 Hour", "0.0276", "Event Hub")
LOGS = Service("Azure Monitor", "Management and Governance", "Observability").sku(
    "Log Analytics ingestion", "1 GB", "2.52", "Workspace"
)
DEFENDER = Service("Microsoft Defender for Cloud", "Security", "Threat Detection").sku(
    "Server plan", "1 Hour", "0.0138", "Defender Plan"
)
BANDWIDTH = Service("Azure Bandwidth", "Networking", "Network Connectivity").sku(
    "Data transfer out", "1 GB", "0.0735", "Bandwidth"
)
GATEWAY = Service("Azure VPN Gateway", "Networking", "Network Connectivity").sku(
    "VpnGw1", "1 Hour", "0.17", "VPN Gateway"
)

_platform = partial(Meter, account="platform", tags=(("team", "platform"),))

SYNC_FLEET = Meter(VM, WEST, "mobile", name="sync", instances=5, driver="cpu.mobile", rate="0.0002")
METERS = (
    Meter(CALLS, WEST, "mobile", driver="requests.mobile", rate="2"),
    Meter(TOKENS, WEST, "search", driver="requests.search", rate="0.06", since=dt.date(2023, 5, 15)),
    Meter(BLOBS, WEST, "mobile", driver="stored.mobile", rate="0.0005"),
    Meter(BACKUPS, WEST, "web", driver="stored.web", rate="0.0003"),
    Meter(SQL, WEST, "web", name="reporting-db", instances=4),
    Meter(SQL, WEST, "web", "dev", "dev", name="reporting-db-dev", instances=1),
    Meter(COSMOS, WEST, "mobile", instances=40),
    Meter(EVENTS, WEST, "mobile", instances=2),
    Meter(BANDWIDTH, WEST, "mobile", driver="egress.mobile", rate="0.0004"),
    Meter(DEV_VM, WEST, "mobile", "dev", "dev", instances=2, weekend_permille=350),
    Meter(DEV_VM, WEST, "search", "staging", "dev", instances=2, weekend_permille=600),
    _platform(VM, WEST, name="platform-nodes", instances=2),
    _platform(KUBERNETES, WEST, instances=1),
    _platform(LOGS, WEST, driver="requests.all", rate="0.0000015"),
    _platform(DEFENDER, WEST, instances=8),
    _platform(GATEWAY, WEST, instances=1),
    Meter(BLOBS, WEST, None, None, name="unlabelled-archive", per_month=1800),
)

RESERVATIONS = tuple(
    Commitment(
        id=f"/providers/Microsoft.Capacity/reservationOrders/nn-sync-{year}",
        name=f"Reservation D4s v5 {year}, 1 year, monthly payments",
        kind="Reservation",
        category="Usage",
        start=dt.date(year, 7, 1),
        end=dt.date(year + 1, 7, 1),
        instances=instances,
        rate=Decimal("0.1104"),
        monthly=True,
    )
    for year, instances in ((2021, 4), (2022, 5), (2023, 6))
)


def azure_bill(month: Month, drivers: dict[str, Ints], rng: Stream) -> Bill:
    """Return the bill of a month."""
    bill = Bill(AZURE, month, "1.2" if month.first >= FOCUS_1_2_SINCE else "1.0")
    pay_with_commitment(bill, SYNC_FLEET, hours(SYNC_FLEET, month, drivers, rng), RESERVATIONS)
    for meter in METERS:
        bill.metered(meter, daily_quantities(meter, month, drivers, rng))
    buy(bill, SYNC_FLEET, RESERVATIONS)
    _fees(bill)
    _second_thoughts(bill)
    bill.close(TAX_RATE, _service(BILLING, "office"))
    return bill


def _service(service: Service, account: str, **tags: str) -> Row:
    account_id, account_name = AZURE.sub_accounts[account]
    return {
        **service_columns(service),
        "ChargeFrequency": "One-Time",
        "SubAccountId": account_id,
        "SubAccountName": account_name,
        "SubAccountType": AZURE.sub_account_type,
        "Tags": tags_text(dict(tags)),
    }


def _fees(bill: Bill) -> None:
    """Support, and the licences of the office, which are on the bill but serve no user."""
    monthly: Row = {
        "ChargeCategory": "Purchase",
        "ChargeFrequency": "Recurring",
        "PricingCategory": "Standard",
        "PricingUnit": "1/Month",
        "PricingQuantity": "1",
    }
    support, seat, seats = Decimal("85.30"), Decimal("9.40"), Decimal(10 + bill.month.published_number // 5)
    columns = _service(SUPPORT, "platform") | priced(support, support) | monthly
    columns |= {"SkuId": "AZ-SUPPORT-STANDARD"}
    bill.once(support, "Azure Standard Support", bill.whole_month(), columns)
    columns = _service(POWER_BI, "office", cost_center="corporate-it") | priced(seat, seat) | monthly
    columns |= {"PricingQuantity": str(seats), "SkuId": "POWER-BI-PRO"}
    bill.once(seat * seats, "Power BI Pro licences", bill.whole_month(), columns)


def _second_thoughts(bill: Bill) -> None:
    """A credit and two corrections, one of which does not say which month it corrects."""
    if bill.month.text == "2023-07":
        credit = _service(BILLING, "office") | {"ChargeCategory": "Credit"}
        bill.once(Decimal("-300.00"), "Service credit", bill.whole_month(), credit)
    transfer = Meter(BANDWIDTH, WEST, "mobile")
    if bill.month.text == "2022-06":
        _correct(bill, transfer, Decimal(900), days(dt.date(2022, 5, 30)), "Correction: transfer of 30 May")
    if bill.month.text == "2023-10":
        _correct(bill, transfer, Decimal(-260), bill.whole_month(), "Correction of an earlier invoice")


def _correct(bill: Bill, meter: Meter, amount: Decimal, when: tuple[str, str], text: str) -> None:
    listed, contracted = meter.sku.price, meter.sku.price * AZURE.agreed
    about: Row = {"ChargeDescription": text, "ChargeClass": "Correction"}
    base = static_columns(meter, AZURE) | priced(listed, contracted)
    bill.add(base, period(*when), used(amount, listed, contracted), about)
