-- question: which rows of one cost file count in a month, with what, and to which group do they belong?
-- grain:    one row of the file; of a row that is spread over months, what falls into this one
-- inputs:   cost_rows (with the file's own columns as {given}), counted_bills, row_keys
-- output:   rows as the export writes them before they are cut; numbers that can be added are in units of 1e-18
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
        cast(charge_end - interval 1 microsecond as date) as last_day
    from counted
),

pieces as (
    select
        *,
        cast(last_day - first_day + 1 as hugeint) as n,
        cast(greatest({month} - first_day, 0) as hugeint) as from_day,
        cast(least(cast({month} + interval 1 month as date) - first_day, last_day - first_day + 1) as hugeint) as to_day
    from dated
),

keyed as (
    select pieces.*, cast(row_keys.number as integer) as group_number
    from pieces
    inner join row_keys on {same_key}
)

select
    file_row_number as row,
    group_number,
    starts,
    currency,
    {given}
    cast(units_of({cost}) as decimal(38, 0)) as cost,
    cast(units_of(case when starts then billed else 0 end) as decimal(38, 0)) as billed,
    cast(units_of(case when spread then piece_of(booked, n, from_day, to_day) else booked end) as decimal(38, 0))
        as effective
from keyed
