-- question: which rows of one cost file in scope match a filter in a month, how are they paid, and in which hour?
-- grain:    one row of the file; of a row that is spread over months, what falls into this one
-- inputs:   cost_rows (the columns that are looked at as rule_0, rule_1, …), counted_bills
-- output:   provider, how it is paid, hour of the month (null for anything but an hour within it), {columns} and cost
-- The braces are filled by matched.py.
with counted as (
    select cost_rows.*
    from cost_rows
    inner join counted_bills
        on cost_rows.provider = counted_bills.provider
        and cost_rows.billing_account = counted_bills.billing_account
        and cost_rows.billing_start = counted_bills.billing_start
    where cost_rows.month = {month}
        or (cost_rows.spread and cost_rows.charge_start < {month} + interval 1 month and cost_rows.charge_end > {month})
),

dated as (
    select
        *,
        month = {month} as starts,
        cast(charge_start as date) as first_day,
        -- The end is exclusive: a period that ends at midnight does not touch that day.
        cast(charge_end - interval 1 microsecond as date) as last_day,
        date_trunc('hour', charge_start) as hour_start
    from counted
    where {in_scope} and {matches}
),

pieces as (
    select
        *,
        cast(last_day - first_day + 1 as hugeint) as n,
        cast(greatest({month} - first_day, 0) as hugeint) as from_day,
        cast(least(cast({month} + interval 1 month as date) - first_day, last_day - first_day + 1) as hugeint) as to_day
    from dated
)

select
    provider,
    case
        when charge_category <> 'Usage' then 'other'
        when coalesce(commitment_status in ('Used', 'Unused'), false) or coalesce(pricing_category = 'Committed', false)
            then 'committed'
        when pricing_category = 'Dynamic' then 'spot'
        else 'on demand'
    end as paid,
    case
        when charge_end > charge_start and charge_end <= hour_start + interval 1 hour
            and hour_start >= {month} and hour_start < {month} + interval 1 month
            then date_diff('hour', cast({month} as timestamp), hour_start)
    end as hour,
    {columns}
    {cost} as cost
from pieces
