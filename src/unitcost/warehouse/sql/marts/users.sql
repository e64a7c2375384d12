-- question: who was active in the month, on which days, on which tier?
-- grain:    user
-- inputs:   user_lines, user_tiers, dedicated_users, settings
-- output:   users; days as bits
with active as (
    select user_id, bit_or(days) as days, cast(count(*) as bigint) as product_lines
    from user_lines
    group by user_id
),

tiers as (
    select
        active.user_id,
        active.days,
        active.product_lines,
        active.days & coalesce(user_tiers.known_days, cast(0 as bigint)) as known_days,
        active.days & coalesce(user_tiers.paid_days, cast(0 as bigint)) as paid_days,
        dedicated_users.user_id is not null as dedicated
    from active
    left join user_tiers on active.user_id = user_tiers.user_id
    left join dedicated_users on active.user_id = dedicated_users.user_id
)

select
    user_id,
    days,
    case
        when (select default_tier from settings) = 'paid' then paid_days + (days - known_days)
        else paid_days
    end as paid_days,
    product_lines,
    dedicated,
    days <> known_days as no_subscription
from tiers
