"""One month's bill of one provider: hourly FOCUS rows of as many resources as the rows asked for need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from benchmarks import chance
from benchmarks.catalogue import ENVIRONMENTS, PRODUCTS, REGIONS, TEAMS, Provider

# Few rows must still be of many services.
FEWEST_RESOURCES = 60
# The columns that every bill has.
NARROW = (
    "BilledCost",
    "EffectiveCost",
    "BillingCurrency",
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ChargeCategory",
    "ChargeClass",
    "ChargeFrequency",
    "ServiceName",
    "ServiceCategory",
    "ProviderName",
    "BillingAccountId",
    "SubAccountId",
    "SubAccountName",
    "CommitmentDiscountStatus",
    "InvoiceId",
    "Tags",
)
# Ten more that analysts often have, and the sixteen that make up a full FOCUS export.
USUAL = (
    *NARROW,
    "RegionId",
    "RegionName",
    "ResourceId",
    "ResourceName",
    "ChargeDescription",
    "ListCost",
    "ContractedCost",
    "ConsumedQuantity",
    "ConsumedUnit",
    "PricingCategory",
)
FULL = (
    *USUAL,
    "AvailabilityZone",
    "BillingAccountName",
    "CommitmentDiscountCategory",
    "CommitmentDiscountId",
    "CommitmentDiscountName",
    "CommitmentDiscountType",
    "ContractedUnitPrice",
    "InvoiceIssuerName",
    "ListUnitPrice",
    "PricingQuantity",
    "PricingUnit",
    "PublisherName",
    "ResourceType",
    "SkuId",
    "SkuPriceId",
    "ServiceSubcategory",
)
MONEY = {
    "decimal": "cast({0} as decimal(38, 12))",
    "double": "round({0}, 10)",
    "text": "cast(cast({0} as decimal(38, 10)) as varchar)",
    "whole": "cast(round({0}) as bigint)",
}


@dataclass(frozen=True, slots=True)
class Bill:
    """What one bill is like: `money` is decimal, double or text, `tags` json or map."""

    month: str
    provider: Provider
    rows: int
    columns: Sequence[str] = NARROW
    money: str = "decimal"
    tags: str = "json"


def bill_query(con: duckdb.DuckDBPyConnection, bill: Bill) -> str:
    """Make the table `resources` and return the query of the bill's rows. About 3 % are no plain usage."""
    hours = chance.days_of(bill.month) * 24
    count = max(FEWEST_RESOURCES, -(-bill.rows // hours))
    con.execute(f"create or replace temp table resources as {_resources(bill, count)}")
    own = chance.number_of(bill.month) * 10 + len(bill.provider.slug)
    amount = MONEY[bill.money]
    columns = {**_row_columns(), **{name: amount.format(sql) for name, sql in _money_columns().items()}}
    wanted = ", ".join(f"{columns.get(name, name)} as {name}" for name in bill.columns)
    start = f"timestamp {chance.text(bill.month + '-01')}"
    return f"""
        with numbered as (
            select i, hash(i, {own}) as n, i % {count} as resource, i * {hours} // {bill.rows} as hour
            from range({bill.rows}) as numbers(i)
        ),
        drawn as (
            select *, chance(n, 1) as kind, chance(n, 2) as size,
                {start} as month_start, {start} + interval 1 month as month_end
            from numbered
        ),
        named as (
            select *, {_category()} as category from drawn
        ),
        priced as (
            select *, {_effective()} as effective from named inner join resources using (resource)
        )
        select {wanted} from priced
    """


def _resources(bill: Bill, count: int) -> str:
    """Return the query of what a provider's rows say about each resource."""
    provider = bill.provider
    services = chance.texts([service for service, _ in provider.services])
    categories = chance.texts([category for _, category in provider.services])
    key = f"number * 10 + {len(provider.slug)}"
    # Every service is there, the first ones most often.
    nth = f"case when number < {len(provider.services)} then (number + 0.5) / {len(provider.services)} else"
    nth += f" pow(chance({key}, 11), 2) end"
    tags = "tags_json" if bill.tags == "json" else f"cast(json({_or_empty()}) as map(varchar, varchar))"
    return f"""
        with drawn as (
            select number as resource, {key} as key, {nth} as nth,
                floor({provider.accounts} * chance({key}, 12))::bigint as account,
                pick({chance.texts(PRODUCTS)}, chance({key}, 13)) as product,
                pick({chance.texts(ENVIRONMENTS)}, chance({key}, 14)) as environment,
                pick({chance.texts(TEAMS)}, chance({key}, 15)) as team,
                pick({chance.texts(REGIONS)}, chance({key}, 16)) as region,
                0.002 * exp(6 * chance({key}, 17)) as hourly, chance({key}, 18) < 0.2 as committed
            from range({count}) as numbers(number)
        ),
        named as (
            select *, pick({services}, nth) as ServiceName, pick({categories}, nth) as ServiceCategory,
                {chance.text(provider.slug)} || '-' || lpad(cast(resource as varchar), 6, '0') as ResourceName,
                {_tags()} as tags_json
            from drawn
        )
        select * exclude (tags_json), {tags} as Tags, {chance.text(provider.name)} as ProviderName,
            cast(100000000000 + account as varchar) as SubAccountId,
            {chance.text(provider.slug)} || '-account-' || account as SubAccountName,
            {chance.text(provider.slug)} || '-billing' as BillingAccountId,
            {chance.text(provider.slug.upper())} || '-{bill.month}' as InvoiceId
        from named
    """


def _tags() -> str:
    """Return the SQL of a Tags text: most resources have all, some no product line, some nothing."""
    name = """'"Name":"' || ResourceName || '"}'"""
    common = """'"env":"' || environment || '","team":"' || team || '",'"""
    return f"""case
        when chance(key, 19) < 0.05 then null
        when chance(key, 19) < 0.15 then '{{' || {common} || {name}
        else '{{"product":"' || product || '",' || {common} || {name}
    end"""


def _or_empty() -> str:
    return "coalesce(tags_json, '{}')"


def _category() -> str:
    return """case
        when kind < 0.003 then 'Tax'
        when kind < 0.013 then 'Credit'
        when kind < 0.016 then 'Purchase'
        when kind < 0.021 then 'Adjustment'
        else 'Usage'
    end"""


def _effective() -> str:
    """Return the SQL of a row's effective cost; corrections and credits are negative, a purchase is used later."""
    return """hourly * (0.5 + size) * case
        when category = 'Purchase' then 0.0
        when category in ('Credit', 'Adjustment') or kind < 0.026 then -0.3
        when committed then 0.7
        else 1.0
    end"""


def _money_columns() -> dict[str, str]:
    return {
        "BilledCost": """case
            when category = 'Purchase' then hourly * 700
            when committed and category = 'Usage' then 0.0
            else effective
        end""",
        "EffectiveCost": "effective",
        "ListCost": "abs(effective) * 1.25",
        "ContractedCost": "abs(effective) * 1.1",
        "ListUnitPrice": "hourly",
        "ContractedUnitPrice": "hourly * 0.88",
    }


def _row_columns() -> dict[str, str]:
    whole = "category in ('Tax', 'Purchase')"
    used = "committed and category = 'Usage'"
    return {
        "BillingCurrency": "'USD'",
        "BillingPeriodStart": "month_start",
        "BillingPeriodEnd": "month_end",
        "ChargePeriodStart": f"case when {whole} then month_start else month_start + to_hours(hour) end",
        "ChargePeriodEnd": f"case when {whole} then month_end else month_start + to_hours(hour + 1) end",
        "ChargeCategory": "category",
        "ChargeClass": "case when category = 'Adjustment' then 'Correction' end",
        "ChargeFrequency": "case when category = 'Purchase' then 'Recurring' else 'Usage-Based' end",
        "CommitmentDiscountStatus": f"case when {used} and size < 0.03 then 'Unused' when {used} then 'Used' end",
        "RegionId": "case when kind > 0.05 then region end",
        "RegionName": "case when kind > 0.05 then region end",
        "ResourceId": "'arn:resource/' || ResourceName",
        "ChargeDescription": "ServiceName || ' in ' || region || ', per hour of use'",
        "ConsumedQuantity": "round(1 + 10 * size, 6)",
        "ConsumedUnit": "'Hours'",
        "PricingCategory": f"case when {used} then 'Committed' else 'Standard' end",
        "AvailabilityZone": "region || 'a'",
        "BillingAccountName": "BillingAccountId || ' account'",
        "CommitmentDiscountCategory": f"case when {used} then 'Spend' end",
        "CommitmentDiscountId": f"case when {used} then 'plan-' || SubAccountId end",
        "CommitmentDiscountName": f"case when {used} then 'Plan of ' || SubAccountName end",
        "CommitmentDiscountType": f"case when {used} then 'Savings Plan' end",
        "InvoiceIssuerName": "ProviderName",
        "PricingQuantity": "round(1 + 10 * size, 6)",
        "PricingUnit": "'Hours'",
        "PublisherName": "ProviderName",
        "ResourceType": "ServiceCategory || ' resource'",
        "SkuId": "'SKU' || upper(left(md5(ServiceName), 12))",
        "SkuPriceId": "'PRICE' || upper(left(md5(ServiceName || region), 16))",
        "ServiceSubcategory": "'Other (' || ServiceCategory || ')'",
    }
