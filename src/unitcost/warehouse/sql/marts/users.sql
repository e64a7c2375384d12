-- question: who was active in the month, on which days, on which tier?
-- grain:    user
-- inputs:   user_lines, other_tier_days, known_days, dedicated_users
-- output:   users; days as bits, `other_days` those on the tier that is not the default one
with active as (
    select
        user_id,
        cast(bit_or(days) as bigint) as days,
        cast(count(*) as bigint) as product_lines
    from user_lines
    group by user_id
)

select
    active.user_id,
    active.days,
    active.product_lines,
    cast(active.days & coalesce(other_tier_days.days, cast(0 as bigint)) as bigint) as other_days,
    active.days <> (active.days & coalesce(known_days.days, cast(0 as bigint))) as no_subscription,
    dedicated_users.user_id is not null as dedicated
from active
left join other_tier_days on active.user_id = other_tier_days.user_id
left join known_days on active.user_id = known_days.user_id
left join dedicated_users on active.user_id = dedicated_users.user_id
