-- question: on which days of the month was each user on the tier that is not the default one?
-- grain:    user with such a day
-- inputs:   other_tier_periods
-- output:   other_tier_days; days as bits
select
    user_id,
    cast(bit_or(days) as bigint) as days
from other_tier_periods
group by user_id
