"""The observability vendor's bill: FOCUS 1.4 columns (no provider column of old), plain CSV, US dollars."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from unitcost.sample import plants
from unitcost.sample.bill import Bill, days
from unitcost.sample.focus import Row
from unitcost.sample.meter import Meter, Provider, daily_quantities, priced, service_columns, static_columns
from unitcost.sample.sku import Service

if TYPE_CHECKING:
    from unitcost.sample.chance import Ints, Stream
    from unitcost.sample.months import Month

VENDOR = Provider(
    key="harborlight",
    name="Harborlight",
    issuer="Harborlight Observability Ltd",
    currency="USD",
    account=("HL-20417", "Northwind Notes", "Organisation"),
    agreed=Decimal("0.85"),
    sub_accounts={"prod": ("HL-20417-P", "production"), "dev": ("HL-20417-D", "staging")},
    sub_account_type="Workspace",
    regions={"": ""},
)
ANYWHERE = ""
TAX_RATE = Decimal("0.06")


def _service_named(name: str) -> Service:
    return Service(f"Harborlight {name}", "Management and Governance", "Observability")


BILLING = _service_named("Billing")
INGEST = _service_named("Logs").sku("Log ingestion", "GB", "0.55", "Log Ingest")
HOSTS = _service_named("APM").sku("Monitored host", "Host-Hours", "0.022", "APM Host")
METRICS = _service_named("Metrics").sku("1,000 custom metrics", "Hours", "0.06", "Custom Metrics")
CHECKS = _service_named("Synthetics").sku("Synthetic checks", "Licence-Years", "3600", "Synthetics Licence")
BASE = _service_named("Platform").sku("Platform fee", "Units", "160", "Platform Fee")

METERS = (
    Meter(INGEST, ANYWHERE, "web", driver="requests.web", rate="0.000055"),
    Meter(INGEST, ANYWHERE, "search", driver="requests.search", rate="0.00009"),
    Meter(INGEST, ANYWHERE, "mobile", driver="requests.mobile", rate="0.00004"),
    Meter(INGEST, ANYWHERE, None, "staging", "dev", per_month=70),
    Meter(HOSTS, ANYWHERE, None, instances=24, driver="cpu.all", rate="0.0007"),
    Meter(HOSTS, ANYWHERE, None, "staging", "dev", instances=6, weekend_permille=350),
    Meter(METRICS, ANYWHERE, None, instances=9),
)

# The licence runs from July to June.
CHECKS_FEES = {2021: "2400", 2022: "3000", 2023: "3600"}


def vendor_bill(month: Month, drivers: dict[str, Ints], rng: Stream) -> Bill:
    """Return the bill of a month, the log accident in its quantities and the price rise in its prices."""
    bill = Bill(VENDOR, month, "1.4")
    factor = price_factor(month.first)
    for meter in METERS:
        quantities = daily_quantities(meter, month, drivers, rng)
        if meter.sku is INGEST and meter.env == "prod":
            quantities = quantities * accident_factors(month)
        bill.metered(meter, quantities, price_factor=factor)
    _fees(bill, factor)
    bill.close(TAX_RATE, _billing())
    for row in bill.rows:
        row["HostProviderName"] = "Google Cloud"
    return bill


def price_factor(date: dt.date) -> Decimal:
    return 1 + plants.VENDOR_RISE if date >= plants.VENDOR_RISE_START else Decimal(1)


def accident_factors(month: Month) -> Ints:
    """Return the multiple of the usual log volume for each day of the month."""
    import numpy as np

    loud = [plants.LOG_ACCIDENT_START <= date <= plants.LOG_ACCIDENT_LAST for date in month.dates]
    return np.where(np.array(loud), plants.LOG_ACCIDENT_FACTOR, 1).astype(np.int64)


def _billing() -> Row:
    account_id, account_name = VENDOR.sub_accounts["prod"]
    return {
        **service_columns(BILLING),
        "ChargeFrequency": "One-Time",
        "SubAccountId": account_id,
        "SubAccountName": account_name,
        "SubAccountType": VENDOR.sub_account_type,
    }


def _fees(bill: Bill, factor: Decimal) -> None:
    """The monthly platform fee, and each July the licence for synthetic checks, one charge for a year."""
    recurring: Row = {"ChargeCategory": "Purchase", "ChargeFrequency": "Recurring", "PricingQuantity": "1"}
    fee = BASE.price * factor * VENDOR.agreed
    columns = static_columns(Meter(BASE, ANYWHERE), VENDOR) | priced(BASE.price * factor, fee) | recurring
    bill.once(fee, "Platform fee", bill.whole_month(), columns | {"ConsumedUnit": None})
    first = bill.month.first
    if first.month == 7:
        licence = Decimal(CHECKS_FEES[first.year])
        length = (dt.date(first.year + 1, 7, 1) - first).days
        columns = static_columns(Meter(CHECKS, ANYWHERE), VENDOR) | priced(licence, licence) | recurring
        columns |= {"ConsumedUnit": None}
        bill.once(licence, "Synthetic checks, licence for a year", days(first, length), columns)
