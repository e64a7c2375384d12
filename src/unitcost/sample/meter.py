"""Meters: SKUs at work for a product in a place, with the quantities they count."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from unitcost.sample.focus import EMPTY, Row, plain, tags_text
from unitcost.sample.sku import PricedSku, Service

if TYPE_CHECKING:
    from unitcost.sample.chance import Ints, Stream
    from unitcost.sample.months import Month

# Capacity that does not follow the load is reviewed once a quarter: its size against 2024, in thousandths.
HEADROOM_START_PERMILLE = 420
QUARTERS = 13
NOISE_PERMILLE = 25


@dataclass(frozen=True, slots=True)
class Provider:
    """Who bills: names as in its exports, its currency, the share of the list price agreed on."""

    key: str
    name: str
    issuer: str
    currency: str
    account: tuple[str, str, str]
    agreed: Decimal
    sub_accounts: dict[str, tuple[str, str]]
    sub_account_type: str
    regions: dict[str, str]


@dataclass(frozen=True, slots=True)
class Meter:
    """A SKU at work. Its daily quantity is instances × 24 + per_month ÷ days + driver × rate.

    `rate` is in units of the SKU per unit of the driver. A product or environment of None means no such tag.
    """

    sku: PricedSku
    region: str
    product: str | None = None
    env: str | None = "prod"
    account: str = "prod"
    name: str = ""
    instances: int = 0
    per_month: int = 0
    driver: str = ""
    rate: str = "0"
    weekend_permille: int = 1000
    since: dt.date = dt.date.min
    until: dt.date = dt.date.max
    tags: tuple[tuple[str, str | bool], ...] = ()

    def all_tags(self) -> dict[str, str | bool]:
        named = {"product": self.product, "env": self.env}
        return {key: value for key, value in named.items() if value is not None} | dict(self.tags)


def headroom(month: Month) -> int:
    """Return the size of the fixed capacity against 2024, in thousandths."""
    quarter = month.published_number // 3
    return HEADROOM_START_PERMILLE + (1000 - HEADROOM_START_PERMILLE) * quarter // QUARTERS


def running(month: Month, instances: int) -> int:
    """Return how many of the instances of 2024 were already there."""
    return -(-instances * headroom(month) // 1000)


def daily_quantities(meter: Meter, month: Month, drivers: dict[str, Ints], rng: Stream) -> Ints:
    """Return thousandths of the SKU's unit for each day of the month."""
    import numpy as np

    fixed = running(month, meter.instances) * 24_000
    fixed += meter.per_month * headroom(month) // month.days
    quantity = np.full(month.days, fixed, dtype=np.int64)
    if meter.driver:
        noise = rng.integers(1000 - NOISE_PERMILLE, 1001 + NOISE_PERMILLE, month.days)
        quantity += drivers[meter.driver] * int(Decimal(meter.rate).scaleb(9)) // 1_000_000 * noise // 1000
    dates = month.dates
    weekend = np.array([date.weekday() >= 5 for date in dates])
    quantity = np.where(weekend, quantity * meter.weekend_permille // 1000, quantity)
    alive = np.array([meter.since <= date < meter.until for date in dates])
    quantity = np.where(alive, quantity, 0)
    return quantity // 1000 * 1000 if meter.sku.whole else quantity


def service_columns(service: Service) -> Row:
    return {
        "ServiceCategory": service.category,
        "ServiceName": service.name,
        "ServiceSubcategory": service.subcategory,
    }


def static_columns(meter: Meter, provider: Provider) -> Row:
    """Return the columns that are the same in every row of the meter."""
    sku = meter.sku
    account_id, account_name = provider.sub_accounts[meter.account]
    name = meter.name or "-".join(part for part in (meter.product or "shared", meter.env, sku.kind) if part)
    name = _slug(f"nn-{name}")
    return {
        **EMPTY,
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        "ChargeDescription": f"{sku.what} in {provider.regions[meter.region] or 'all regions'}",
        "ConsumedUnit": sku.unit,
        "PricingUnit": sku.unit,
        "PricingCategory": "Standard",
        "RegionId": meter.region or None,
        "RegionName": provider.regions[meter.region] or None,
        "ResourceId": f"{provider.key}:{meter.region}:{account_id}:{_slug(sku.kind)}/{name}",
        "ResourceName": name,
        "ResourceType": sku.kind,
        **service_columns(sku.service),
        "SkuId": sku.id,
        "SkuMeter": sku.kind,
        "SkuPriceId": f"{sku.id}.STANDARD",
        "SubAccountId": account_id,
        "SubAccountName": account_name,
        "SubAccountType": provider.sub_account_type,
        "Tags": tags_text(meter.all_tags()),
    }


def priced(list_price: Decimal, contracted: Decimal) -> Row:
    return {"ListUnitPrice": plain(list_price), "ContractedUnitPrice": plain(contracted)}


def _slug(text: str) -> str:
    return text.replace(" ", "-").lower()
