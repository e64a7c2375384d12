-- question: what does one cost file say was used each day, by service and by what decides the owner?
-- grain:    month × bill × service × what decides the owner × charge day
-- inputs:   cost_rows
-- output:   cost_service_days: usage charged by the hour or the day; what is charged by longer periods, bought, unused
--           or corrected says nothing about a day, and is left out
with dated as (
    select *, cast(charge_start as date) as day
    from cost_rows
    where charge_category = 'Usage'
        and not correction
        and (commitment_status is null or commitment_status <> 'Unused')
        and charge_end <= charge_start + interval 1 day
)

select
    month,
    billing_start,
    billing_account,
    provider,
    service,
    product_tag,
    {rules}
    day,
    cast(sum(billed) as decimal(38, 18)) as billed,
    cast(sum(effective) as decimal(38, 18)) as effective,
    cast(sum(counts) as bigint) as rows
from dated
group by
    month,
    billing_start,
    billing_account,
    provider,
    service,
    product_tag,
    {rules}
    day
