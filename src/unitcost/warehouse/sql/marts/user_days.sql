-- question: on which tier was each active user, on each day, in each product line?
-- grain:    user × day × product line
-- inputs:   activity_rows (one month), subscriptions, settings
-- output:   user_days; repeated rows of one user, day and line are one, their drivers added up elsewhere
create or replace temp table user_days as
with active as (
    select distinct user_id, date, product_line from activity_rows
),

tiers as (
    select
        active.user_id,
        active.date,
        active.product_line,
        max(subscriptions.tier) as tier
    from active
    inner join subscriptions
        on active.user_id = subscriptions.user_id
        and active.date >= subscriptions.started_on
        and (subscriptions.ended_on is null or active.date < subscriptions.ended_on)
    group by active.user_id, active.date, active.product_line
)

select
    active.user_id,
    active.date,
    active.product_line,
    coalesce(tiers.tier, (select default_tier from settings)) as tier,
    tiers.tier is null as no_subscription
from active
left join tiers
    on active.user_id = tiers.user_id
    and active.date = tiers.date
    and active.product_line = tiers.product_line;
