-- question: how many active users had no subscription on a day they were active?
-- grain:    one row
-- inputs:   user_days
-- output:   facts
create or replace temp table facts as
select cast(count(distinct user_id) as bigint) as no_subscription
from user_days
where no_subscription;
