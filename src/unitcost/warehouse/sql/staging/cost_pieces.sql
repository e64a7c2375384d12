-- question: which part of a row that spans months belongs to each of them?
-- grain:    one piece a month and row of cost_rows that is spread; it adds effective cost and no row
-- inputs:   cost_rows
-- output:   cost_pieces, with the columns of cost_rows
create or replace temp table cost_pieces as
with spread_rows as (
    select
        *,
        cast(charge_start as date) as first_day,
        -- The end is exclusive: a period that ends at midnight does not touch that day.
        cast(charge_end - interval 1 microsecond as date) as last_day
    from cost_rows
    where spread
),

months as (
    select
        *,
        cast(unnest(generate_series(date_trunc('month', first_day), date_trunc('month', last_day), interval 1 month))
            as date) as part
    from spread_rows
)

select
    * exclude (part, first_day, last_day)
    replace (
        part as month,
        cast(0 as decimal(38, 18)) as billed,
        cast(0 as decimal(38, 18)) as booked,
        cast(0 as decimal(38, 18)) as billed_own,
        amount_of(
            share_of_days(
                units_of(booked),
                cast(last_day - first_day + 1 as hugeint),
                cast(greatest(part - first_day, 0) as hugeint),
                cast(least(cast(part + interval 1 month as date) - first_day, last_day - first_day + 1) as hugeint)
            )
        ) as effective,
        0 as counts,
        cast(0 as decimal(20, 0)) as content,
        cast(null as varchar) as example
    )
from months;
