-- question: what do the usage rows of some days of one bill say, apart from amounts?
-- grain:    charge day × everything a row says in words, with its time of day
-- inputs:   {relation} (one file, or its texts), lookup tables named in {joins}
-- output:   described; two exports of a day say the same words with other amounts
with typed as (
    select
        coalesce({ServiceProviderName}, {ProviderName}, '(no provider)') as provider,
        coalesce({BillingAccountId}, '') as billing_account,
        {ChargeCategory} as charge_category,
        {BillingPeriodStart} as billing_start,
        {ChargePeriodStart} as charge_start,
        {ChargePeriodEnd} as charge_end,
        hash({words}) as words
    from {relation} as raw
    {joins}
)

select
    cast(charge_start as date) as day,
    hash(words, charge_start - date_trunc('day', charge_start), charge_end - charge_start) as said,
    cast(count(*) as bigint) as rows
from typed
where
    charge_category = 'Usage'
    and provider = {provider}
    and billing_account = {account}
    and billing_start = cast({period} as timestamp)
    and cast(charge_start as date) in ({days})
group by all
