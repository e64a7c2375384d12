-- question: in which months was each user active, and which part of the month's subscribed days was on free?
-- grain:    active user × month
-- inputs:   known, starts, {lists} (lists of active users with the first day of their month)
-- output:   free_use; `age` counts months since the month of sign-up
create or replace temp table free_use as
with shares as (
    select
        active.user_id,
        active.month,
        sum(date_diff('day', greatest(known.started_on, active.month), least(known.until, active.next_month)))
            as known_days,
        coalesce(
            sum(date_diff('day', greatest(known.started_on, active.month), least(known.until, active.next_month)))
                filter (known.tier = 'free'),
            0
        ) as free_days
    from ({lists}) as active
    inner join known
        on active.user_id = known.user_id and known.started_on < active.next_month and known.until > active.month
    group by active.user_id, active.month
)

select
    starts.user_id,
    date_trunc('month', starts.signed_up_on) as cohort,
    date_diff('month', date_trunc('month', starts.signed_up_on), shares.month) as age,
    -- Decimals add up to the same sum in any order.
    cast(shares.free_days / shares.known_days as decimal(18, 12)) as free_share
from shares
inner join starts on shares.user_id = starts.user_id
where starts.began_free and starts.signed_up_on < shares.month + interval 1 month;
