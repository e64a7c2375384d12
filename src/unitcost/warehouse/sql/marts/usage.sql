-- question: how much did each tier of each product line use, by every driver?
-- grain:    product line × tier of the user on the day
-- inputs:   activity_rows (one month), subscriptions_of_month, settings
-- output:   usage: {sums} are the drivers
select
    activity_rows.product_line,
    coalesce(subscriptions_of_month.tier, (select default_tier from settings)) as tier,
    {sums}
    cast(count(*) as bigint) as rows
from activity_rows
left join subscriptions_of_month
    on activity_rows.user_id = subscriptions_of_month.user_id
    and activity_rows.date >= subscriptions_of_month.first_day
    and activity_rows.date < subscriptions_of_month.next_day
group by activity_rows.product_line, coalesce(subscriptions_of_month.tier, (select default_tier from settings))
