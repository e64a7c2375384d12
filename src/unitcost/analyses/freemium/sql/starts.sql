-- question: when did each user sign up, on which tier, and when was the first paid period after a free one?
-- grain:    user
-- inputs:   known
-- output:   starts; `converted_on` is null for those who have not converted or began on paid
create or replace temp table starts as
select
    user_id,
    coalesce(min(signed_up_on), min(started_on)) as signed_up_on,
    arg_min(tier, started_on) = 'free' as began_free,
    case when arg_min(tier, started_on) = 'free' then min(started_on) filter (tier = 'paid') end as converted_on
from known
group by user_id;
