-- question: on which days of the month had each user a subscription, whatever its tier?
-- grain:    user with a subscription that touches the month
-- inputs:   subscriptions_of_month
-- output:   known_days; days as bits
select
    user_id,
    cast(bit_or(days) as bigint) as days
from subscriptions_of_month
group by user_id
