-- question: when was which user on the tier that is not the default one?
-- grain:    subscription period
-- inputs:   subscriptions_of_month, settings
-- output:   other_tier_periods: few, since most users are on the default tier; whoever is not here on a day is on that
select
    user_id,
    first_day,
    next_day,
    days
from subscriptions_of_month
where tier = (select other_tier from settings)
