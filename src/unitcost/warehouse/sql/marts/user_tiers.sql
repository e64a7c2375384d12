-- question: on which days of the month had each user a subscription, and on which a paid one?
-- grain:    user with a subscription that touches the month
-- inputs:   subscriptions_of_month (first_bit and next_bit: the bits of the first day and of the day after the last one)
-- output:   user_tiers; days as bits
select
    user_id,
    bit_or(next_bit - first_bit) as known_days,
    bit_or(case when tier = 'paid' then next_bit - first_bit else cast(0 as bigint) end) as paid_days
from subscriptions_of_month
group by user_id
