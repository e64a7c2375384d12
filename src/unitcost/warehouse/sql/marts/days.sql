-- question: which days of a month does each bill cover, with how much?
-- grain:    provider × billing account × billing period × currency × kind of charge × charge day × length of the periods
-- inputs:   part_days (the days of the month, of all files, each with its delivery), bills (the delivery that counts)
-- output:   days, in the currency of the bill; only the latest delivery of each bill counts, whole
with counted as (
    select part_days.*
    from part_days
    inner join bills
        on part_days.provider = bills.provider
        and part_days.billing_account = bills.billing_account
        and part_days.billing_start = bills.billing_start
        and part_days.delivery = bills.delivery
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
    cast(sum(effective_rows) as bigint) as effective_rows,
    cast(sum(billed) as decimal(38, 18)) as billed,
    cast(sum(effective) as decimal(38, 18)) as effective
from counted
group by provider, billing_account, billing_start, currency, charge_category, day, span
