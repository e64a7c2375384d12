-- question: which rows of one cost file in scope match a filter in a month, how are they paid, and in which hour?
-- grain:    one row of the file; of a row that is spread over months, what falls into this one
-- inputs:   counted_rows (the columns that are looked at as rule_0, rule_1, …)
-- output:   provider, how it is paid, hour of the month (null for anything but an hour within it), {columns} and cost
-- The braces are filled by matched.py.
with matched as (
    select *, date_trunc('hour', charge_start) as hour_start
    from counted_rows
    where month = {month} and {in_scope} and {matches}
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
from matched
