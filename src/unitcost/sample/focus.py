"""FOCUS rows as text: the columns of each version, and the three ways a provider delivers them.

A row is a dictionary from column name to text; None is null. Numbers stay text until the file is written, so
no amount ever passes through a float.
"""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Sequence
from decimal import Decimal
from operator import itemgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, str | None]

FOCUS_1_0 = (
    "AvailabilityZone", "BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency",
    "BillingPeriodEnd", "BillingPeriodStart", "ChargeCategory", "ChargeClass", "ChargeDescription",
    "ChargeFrequency", "ChargePeriodEnd", "ChargePeriodStart", "CommitmentDiscountCategory",
    "CommitmentDiscountId", "CommitmentDiscountName", "CommitmentDiscountStatus", "CommitmentDiscountType",
    "ConsumedQuantity", "ConsumedUnit", "ContractedCost", "ContractedUnitPrice", "EffectiveCost",
    "InvoiceIssuerName", "ListCost", "ListUnitPrice", "PricingCategory", "PricingQuantity", "PricingUnit",
    "ProviderName", "PublisherName", "RegionId", "RegionName", "ResourceId", "ResourceName", "ResourceType",
    "ServiceCategory", "ServiceName", "SkuId", "SkuPriceId", "SubAccountId", "SubAccountName", "Tags",
)  # fmt: skip

SINCE_1_2 = (
    "BillingAccountType", "CommitmentDiscountQuantity", "CommitmentDiscountUnit", "InvoiceId",
    "PricingCurrency", "ServiceSubcategory", "SkuMeter", "SkuPriceDetails", "SubAccountType",
)  # fmt: skip

FOCUS_1_2 = tuple(sorted((*FOCUS_1_0, *SINCE_1_2)))

# From 1.4 on the provider columns of old are gone.
FOCUS_1_4 = tuple(
    sorted(({*FOCUS_1_2} - {"ProviderName", "PublisherName"}) | {"ServiceProviderName", "HostProviderName"})
)

COLUMNS = {"1.0": FOCUS_1_0, "1.2": FOCUS_1_2, "1.4": FOCUS_1_4}

DECIMALS = frozenset(
    (
        "BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "ListUnitPrice", "ContractedUnitPrice",
        "PricingQuantity", "ConsumedQuantity", "CommitmentDiscountQuantity",
    )
)  # fmt: skip
INSTANTS = frozenset(("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd"))
EMPTY: Row = dict.fromkeys((*FOCUS_1_2, "ServiceProviderName", "HostProviderName"))


def plain(amount: Decimal) -> str:
    """Return all digits of the amount, without an exponent."""
    return f"{amount:f}"


def tags_text(tags: dict[str, str | bool]) -> str | None:
    """Return tags as JSON, a valueless tag as `true`; None without tags."""
    return json.dumps(tags, sort_keys=True, separators=(", ", ": ")) if tags else None


class _Written(dict[str | None, str]):
    """How values are written in CSV, remembered: most values of a bill come back in thousands of rows."""

    def __missing__(self, value: str | None) -> str:
        text = value or ""
        if any(mark in text for mark in ',"\r\n'):
            text = '"' + text.replace('"', '""') + '"'
        self[value] = text
        return text


def csv_bytes(rows: Sequence[Row], version: str, *, instants: str = "rfc3339") -> bytes:
    """Return the rows as CSV; `instants="blank"` writes timestamps the short way, 2024-05-01 00:00:00."""
    columns = COLUMNS[version]
    if instants == "blank":
        rows = [{**row, **{name: _blank(row[name]) for name in INSTANTS}} for row in rows]
    written = _Written()
    pick = itemgetter(*columns)
    lines = [",".join(columns), *(",".join(map(written.__getitem__, pick(row))) for row in rows)]
    return "\n".join((*lines, "")).encode()


def csv_gz_bytes(rows: Sequence[Row], version: str) -> bytes:
    """Return the rows as gzipped CSV; the header carries neither name nor time."""
    out = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=out, compresslevel=6, mtime=0) as file:
        file.write(csv_bytes(rows, version))
    return out.getvalue()


def focus_table(rows: Sequence[Row], version: str) -> pa.Table:
    """Return the rows with exact decimals and UTC timestamps; Tags is text in 1.0 and a map in 1.2."""
    import pyarrow as pa

    return pa.table({name: _column(rows, name, as_map=version != "1.0") for name in COLUMNS[version]})


def _column(rows: Sequence[Row], name: str, *, as_map: bool) -> pa.Array:
    import pyarrow as pa

    values = [row[name] for row in rows]
    if name == "Tags" and as_map:
        pairs = [list(json.loads(value).items()) if value else None for value in values]
        return pa.array(pairs, type=pa.map_(pa.string(), pa.string()))
    column = pa.array(values, type=pa.string())
    if name in DECIMALS:
        return column.cast(pa.decimal128(38, 12))
    if name in INSTANTS:
        return column.cast(pa.timestamp("us", tz="UTC"))
    return column


def _blank(instant: str | None) -> str | None:
    return instant.replace("T", " ").removesuffix("Z") if instant else None
