-- question: which days does one cost file cover, with how much?
-- grain:    provider × billing account × billing period × currency × kind of charge × charge day × length of the periods
-- inputs:   cost_rows
-- output:   cost_days, in the currency of the bill; `hours` is the longest period's length, 0 where the end is unknown
with periods as (
    select
        provider,
        billing_account,
        billing_start,
        currency,
        charge_category,
        charge_start,
        charge_end,
        cast(count(*) as bigint) as rows,
        cast(count(billed_own) as bigint) as billed_rows,
        cast(count(effective_given) as bigint) as effective_rows,
        cast(sum(billed_own) as decimal(38, 18)) as billed,
        cast(sum(effective_given) as decimal(38, 18)) as effective
    from cost_rows
    group by provider, billing_account, billing_start, currency, charge_category, charge_start, charge_end
),

dated as (
    select
        *,
        cast(charge_start as date) as day,
        case
            when charge_end is null then 'unknown'
            when charge_end <= charge_start + interval 1 hour then 'hour'
            when charge_end <= charge_start + interval 1 day then 'day'
            else 'longer'
        end as span
    from periods
)

select
    provider,
    billing_account,
    billing_start,
    currency,
    charge_category,
    day,
    span,
    cast(sum(rows) as bigint) as rows,
    cast(sum(billed_rows) as bigint) as billed_rows,
    cast(sum(effective_rows) as bigint) as effective_rows,
    cast(sum(billed) as decimal(38, 18)) as billed,
    cast(sum(effective) as decimal(38, 18)) as effective,
    max(charge_start) as last_start,
    max(charge_end) as last_end,
    cast(sum(case when charge_end < charge_start then rows else cast(0 as bigint) end) as bigint) as backwards
from dated
group by provider, billing_account, billing_start, currency, charge_category, day, span
