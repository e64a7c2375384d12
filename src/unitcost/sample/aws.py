"""The AWS bill: FOCUS 1.0 until the end of 2023, 1.2 from then on, gzipped CSV, US dollars."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from unitcost.sample import plants
from unitcost.sample.aws_catalogue import (
    ANYWHERE,
    AWS,
    BILLING,
    CDN,
    GATEWATCH,
    METERS,
    MOBILE_FLEET,
    PUTS,
    SEARCH_WORKERS,
    SUPPORT,
    US,
    WEB_FLEET,
    WEB_VM,
    WRITES,
)
from unitcost.sample.bill import Bill, cents, days, period, used
from unitcost.sample.fleet import Commitment, buy, hours, pay_by_hour_with_spot, pay_with_commitment
from unitcost.sample.focus import Row, tags_text
from unitcost.sample.meter import Meter, daily_quantities, priced, service_columns, static_columns
from unitcost.sample.months import PUBLISHED
from unitcost.sample.sku import Service

if TYPE_CHECKING:
    from unitcost.sample.chance import Ints, Stream
    from unitcost.sample.months import Month

FOCUS_1_2_SINCE = dt.date(2024, 1, 1)
TAX_RATE = Decimal("0.009")
SUPPORT_RATE = Decimal("0.03")

SAVINGS_PLAN = Commitment(
    id="arn:aws:savingsplans::100200300400:savingsplan/nn-web-m5",
    name="EC2 Instance Savings Plan m5, 1 year, all upfront",
    kind="Savings Plan",
    category="Spend",
    start=plants.SAVINGS_PLAN_START,
    end=plants.SAVINGS_PLAN_END,
    instances=plants.SAVINGS_PLAN_INSTANCES,
    rate=WEB_VM.price * AWS.agreed * (1 - plants.SAVINGS_PLAN_DISCOUNT),
)
# Reserved a year at a time, each April, for the load that was expected then.
RESERVED_INSTANCES = tuple(
    Commitment(
        id=f"arn:aws:ec2:us-east-1:100200300400:reserved-instances/nn-mobile-{year}",
        name=f"EC2 Reserved Instances m6g.large {year}, 1 year, all upfront",
        kind="Reserved Instance",
        category="Usage",
        start=dt.date(year, 4, 1),
        end=dt.date(year + 1, 4, 1),
        instances=instances,
        rate=Decimal("0.0486"),
    )
    for year, instances in ((2020, 7), (2021, 9), (2022, 12), (2023, 15), (2024, 19))
)

SCANNER_FEES = {2021: "3600", 2022: "4200", 2023: "5400", 2024: "6000"}
STARTUP_CREDIT, STARTUP_CREDIT_LAST = Decimal("-600.00"), dt.date(2022, 6, 1)
MIGRATION_CREDITS = {"2024-03": "-480.00", "2024-04": "-480.00", "2024-05": "-480.00"}


def aws_bill(month: Month, drivers: dict[str, Ints], rng: Stream) -> Bill:
    """Return the bill of a month; the last month is not invoiced yet and therefore without an invoice id."""
    version = "1.2" if month.first >= FOCUS_1_2_SINCE else "1.0"
    bill = Bill(AWS, month, version, invoiced=month != PUBLISHED[-1])
    pay_with_commitment(bill, WEB_FLEET, hours(WEB_FLEET, month, drivers, rng), (SAVINGS_PLAN,))
    pay_with_commitment(bill, MOBILE_FLEET, hours(MOBILE_FLEET, month, drivers, rng), RESERVED_INSTANCES)
    pay_by_hour_with_spot(bill, SEARCH_WORKERS, hours(SEARCH_WORKERS, month, drivers, rng))
    for meter in METERS:
        bill.metered(meter, daily_quantities(meter, month, drivers, rng))
    buy(bill, WEB_FLEET, (SAVINGS_PLAN,))
    buy(bill, MOBILE_FLEET, RESERVED_INSTANCES)
    _fees(bill)
    _credits(bill)
    _second_thoughts(bill)
    bill.close(TAX_RATE, _service(BILLING))
    return bill


def _service(service: Service, **tags: str) -> Row:
    return {
        **service_columns(service),
        "ChargeFrequency": "One-Time",
        "SubAccountId": AWS.sub_accounts["payer"][0],
        "SubAccountName": AWS.sub_accounts["payer"][1],
        "SubAccountType": AWS.sub_account_type,
        "Tags": tags_text(dict(tags)),
    }


def _single(price: Decimal) -> Row:
    """Return the columns of one unit bought at a price."""
    return {
        **priced(price, price),
        "PricingQuantity": "1",
        "PricingUnit": "Units",
        "PricingCategory": "Standard",
        "ChargeCategory": "Purchase",
        "ChargeFrequency": "Recurring",
    }


def _fees(bill: Bill) -> None:
    """Support, a share of what the month cost, and once a year the security scanner from the marketplace."""
    support = max(cents(bill.billed_for("Usage") * SUPPORT_RATE), Decimal(100))
    columns = _service(SUPPORT) | _single(support)
    bill.once(support, SUPPORT.name, bill.whole_month(), columns | {"SkuId": "AWS-SUPPORT-BUSINESS"})
    if bill.month.first.month == 1:
        fee, first = Decimal(SCANNER_FEES[bill.month.first.year]), bill.month.first
        year = (dt.date(first.year + 1, 1, 1) - first).days
        columns = _service(GATEWATCH, team="platform") | _single(fee)
        columns |= {"SkuId": "MP-GATEWATCH-YEAR"}
        bill.once(fee, f"{GATEWATCH.name}, licence for {first.year}", days(first, year), columns)


def _credits(bill: Bill) -> None:
    if bill.month.first <= STARTUP_CREDIT_LAST:
        columns = _service(BILLING) | {"ChargeCategory": "Credit"}
        bill.once(STARTUP_CREDIT, "Startup programme credit", bill.whole_month(), columns)
    if bill.month.text in MIGRATION_CREDITS:
        columns = _service(BILLING) | {"ChargeCategory": "Credit"}
        amount = Decimal(MIGRATION_CREDITS[bill.month.text])
        bill.once(amount, "Migration programme credit", bill.whole_month(), columns)


def _second_thoughts(bill: Bill) -> None:
    """Refunds within the month, and a correction of a month that was already invoiced."""
    if bill.month.text == "2023-08":
        network = Meter(CDN, ANYWHERE, name="cdn")
        _give_back(bill, network, Decimal(-1500), dt.date(2023, 8, 17), "Refund: outage")
    if bill.month.text == "2024-05":
        table = Meter(WRITES, US, "mobile")
        _give_back(bill, table, Decimal(-30_000_000), dt.date(2024, 5, 22), "Refund: throttled writes")
    if bill.month.text == "2024-04":
        bucket = Meter(PUTS, US, "web")
        text = "Correction: PUT requests counted twice on 14 March"
        _give_back(bill, bucket, Decimal(-1_200_000), dt.date(2024, 3, 14), text, charge_class="Correction")


def _give_back(
    bill: Bill, meter: Meter, amount: Decimal, date: dt.date, text: str, *, charge_class: str | None = None
) -> None:
    listed, contracted = meter.sku.price, meter.sku.price * AWS.agreed
    about: Row = {"ChargeDescription": text, "ChargeClass": charge_class}
    base = static_columns(meter, AWS) | priced(listed, contracted)
    bill.add(base, period(*days(date)), used(amount, listed, contracted), about)
