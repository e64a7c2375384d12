-- question: how long did each user pay the first time, without a gap?
-- grain:    user who has paid
-- inputs:   known
-- output:   spells; plans that follow each other without a gap are one spell, `paying` tells that it goes on
create or replace temp table spells as
with paid as (
    select
        user_id,
        started_on,
        until,
        runs,
        lag(until) over (partition by user_id order by started_on) as before
    from known
    where tier = 'paid'
),

numbered as (
    select
        *,
        sum(case when before is null or before = started_on then 0 else 1 end)
            over (partition by user_id order by started_on rows unbounded preceding) as breaks
    from paid
)

select
    user_id,
    date_diff('day', min(started_on), max(until)) as days,
    bool_or(runs) as paying
from numbered
where breaks = 0
group by user_id;
