-- question: what did use cost on each day of a month, by service and by what decides the owner?
-- grain:    provider × service × what decides the owner × charge day
-- inputs:   part_service_days (of the month, of all files, each with its delivery), bills (the delivery that counts)
-- output:   service_days, in the reporting currency; only the latest delivery of each (provider, billing account,
--           billing period) counts, whole
with counted as (
    select part_service_days.*
    from part_service_days
    inner join bills
        on part_service_days.provider = bills.provider
        and part_service_days.billing_account = bills.billing_account
        and part_service_days.billing_start = bills.billing_start
        and part_service_days.delivery = bills.delivery
)

select
    provider,
    service,
    product_tag,
    {rules}
    day,
    cast(sum(billed) as decimal(38, 18)) as billed,
    cast(sum(effective) as decimal(38, 18)) as effective,
    cast(sum(rows) as bigint) as rows
from counted
group by
    provider,
    service,
    product_tag,
    {rules}
    day
