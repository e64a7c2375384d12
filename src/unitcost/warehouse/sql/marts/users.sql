-- question: who was active in the month, on which days, on which tier?
-- grain:    user
-- inputs:   active_users, other_tier_days, known_days, dedicated_users
-- output:   users; days as bits, `other_days` those on the tier that is not the default one
select
    active_users.user_id,
    active_users.days,
    active_users.product_lines,
    cast(active_users.days & coalesce(other_tier_days.days, cast(0 as bigint)) as bigint) as other_days,
    active_users.days <> (active_users.days & coalesce(known_days.days, cast(0 as bigint))) as no_subscription,
    dedicated_users.user_id is not null as dedicated
from active_users
left join other_tier_days on active_users.user_id = other_tier_days.user_id
left join known_days on active_users.user_id = known_days.user_id
left join dedicated_users on active_users.user_id = dedicated_users.user_id
