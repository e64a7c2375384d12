-- question: how much did each tier of each product line use?
-- grain:    product line × tier
-- inputs:   activity_rows, user_days
-- output:   usage: user-days and the sum of every driver; {sums} names the drivers
create or replace temp table usage as
with lines as (
    select user_days.product_line, user_days.tier, cast(count(*) as bigint) as user_days
    from user_days
    group by user_days.product_line, user_days.tier
),

tiers as (
    select distinct user_id, date, tier from user_days
),

drivers as (
    select activity_rows.product_line, tiers.tier {sums}
    from activity_rows
    inner join tiers on activity_rows.user_id = tiers.user_id and activity_rows.date = tiers.date
    group by activity_rows.product_line, tiers.tier
)

select drivers.*, lines.user_days
from drivers
inner join lines on drivers.product_line = lines.product_line and drivers.tier = lines.tier;

create or replace temp table line_users as
select product_line, cast(count(distinct user_id) as bigint) as users from user_days group by product_line;
