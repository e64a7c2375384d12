-- question: how many users of the month share the same profile?
-- grain:    tier on the last active day × active days × paid days × product lines used × tenancy × subscription known
-- inputs:   user_days, dedicated_users
-- output:   profiles: counts of users; everything about heads follows from it
create or replace temp table profiles as
with days as (
    select
        user_id,
        date,
        max(tier) as tier,
        bool_and(no_subscription) as no_subscription
    from user_days
    group by user_id, date
),

last_day as (
    select user_id, max(date) as date from days group by user_id
),

lines as (
    select user_id, count(distinct product_line) as product_lines from user_days group by user_id
),

users as (
    select
        days.user_id,
        count(*) as active_days,
        count(*) filter (where days.tier = 'paid') as paid_days,
        max(case when days.date = last_day.date then days.tier end) as last_tier,
        bool_or(days.no_subscription) as no_subscription
    from days
    inner join last_day on days.user_id = last_day.user_id
    group by days.user_id
)

select
    users.last_tier,
    cast(users.active_days as bigint) as active_days,
    cast(users.paid_days as bigint) as paid_days,
    cast(lines.product_lines as bigint) as product_lines,
    dedicated_users.user_id is not null as dedicated,
    users.no_subscription,
    cast(count(*) as bigint) as users
from users
inner join lines on users.user_id = lines.user_id
left join dedicated_users on users.user_id = dedicated_users.user_id
group by all;
