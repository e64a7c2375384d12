-- question: which pieces of which months is a cost file made of?
-- grain:    one row of the file, and for a row that is spread one piece more for each month it touches
-- inputs:   cost_rows
-- output:   cost_pieces; `content` says what the row says, in one way whatever file it came in
create or replace temp table cost_pieces as
with whole as (
    select
        *,
        case when spread then 0 else effective end as effective_here,
        effective as booked_here,
        billed as billed_here,
        1 as rows_here
    from cost_rows
),

months_of_spread as (
    select
        cost_rows.*,
        unnest(generate_series(date_trunc('month', first_day), date_trunc('month', last_day), interval 1 month)) as part
    from cost_rows
    where spread
),

parts as (
    select
        * exclude (part, month),
        strftime(part, '%Y-%m') as month,
        amount_of(
            share_of_days(
                units_of(effective),
                cast(last_day - first_day + 1 as hugeint),
                cast(greatest(cast(part as date) - first_day, 0) as hugeint),
                cast(least(cast(part + interval 1 month as date) - first_day, last_day - first_day + 1) as hugeint)
            )
        ) as effective_here,
        cast(0 as decimal(38, 18)) as booked_here,
        cast(0 as decimal(38, 18)) as billed_here,
        0 as rows_here
    from months_of_spread
),

pieces as (
    select * from whole
    union all by name
    select * from parts
),

final as (
    select
        *,
        case when rows_here = 1 then
            concat_ws('|', billed_own, case when no_effective then 'null' else cast(effective_own as varchar) end,
                charge_start, coalesce(cast(charge_end as varchar), ''), billing_start)
        end as content
    from pieces
)

select * from final;
