-- question: which part of a row that spans months belongs to each of them?
-- grain:    one piece a month and row of cost_rows that is spread; it adds cost and quantity, and no row
-- inputs:   cost_rows
-- output:   cost_pieces, with the columns of cost_rows; *_given and effective_own are those of the whole row
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
),

days as (
    select
        *,
        cast(last_day - first_day + 1 as hugeint) as n,
        cast(greatest(part - first_day, 0) as hugeint) as from_day,
        cast(least(cast(part + interval 1 month as date) - first_day, last_day - first_day + 1) as hugeint) as to_day
    from months
)

select
    * exclude (part, first_day, last_day, n, from_day, to_day)
    replace (
        part as month,
        cast(0 as decimal(38, 18)) as billed,
        cast(0 as decimal(38, 18)) as booked,
        cast(0 as decimal(38, 18)) as billed_own,
        cast(0 as decimal(38, 18)) as quantity_booked,
        piece_of(booked, n, from_day, to_day) as effective,
        piece_of(effective_own, n, from_day, to_day) as own,
        piece_of(quantity_given, n, from_day, to_day) as pricing_quantity,
        piece_of(list_given, n, from_day, to_day) as list_own,
        piece_of(contracted_given, n, from_day, to_day) as contracted_own,
        piece_of(list_booked, n, from_day, to_day) as list,
        piece_of(contracted_booked, n, from_day, to_day) as contracted,
        0 as counts,
        cast(0 as decimal(20, 0)) as content,
        cast(null as varchar) as example
    )
from days;
