-- question: how much did each tier of each product line use, by every driver?
-- grain:    product line × tier of the user on the day
-- inputs:   activity_rows (one month), other_tier_periods, settings
-- output:   usage: {sums} are the drivers
with tiers as (
    select
        activity_rows.*,
        case
            when other_tier_periods.user_id is null then (select default_tier from settings)
            else (select other_tier from settings)
        end as tier
    from activity_rows
    left join other_tier_periods
        on activity_rows.user_id = other_tier_periods.user_id
        and activity_rows.date >= other_tier_periods.first_day
        and activity_rows.date < other_tier_periods.next_day
)

select
    product_line,
    tier,
    {sums}
    cast(count(*) as bigint) as rows
from tiers
group by product_line, tier
