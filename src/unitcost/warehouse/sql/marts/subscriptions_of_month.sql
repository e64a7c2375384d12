-- question: which subscription periods touch the month, and on which of its days?
-- grain:    subscription period
-- inputs:   subscriptions, settings (first_day and next_month: the first days of this month and of the next one)
-- output:   subscriptions_of_month; `days` has one bit a day of the month: the first day is 1, the second 2, the third 4 …
with touching as (
    select
        user_id,
        tier,
        account_id,
        tenancy,
        case
            when started_on > (select first_day from settings) then started_on
            else (select first_day from settings)
        end as first_day,
        case
            when ended_on < (select next_month from settings) then ended_on
            else (select next_month from settings)
        end as next_day
    from subscriptions
    where
        started_on < (select next_month from settings)
        and (ended_on is null or ended_on > (select first_day from settings))
        and (ended_on is null or ended_on <> started_on)
)

select
    user_id,
    tier,
    account_id,
    tenancy,
    first_day,
    next_day,
    cast(
        (cast(1 as bigint) << cast(date_diff('day', (select first_day from settings), next_day) as integer))
        - (cast(1 as bigint) << cast(date_diff('day', (select first_day from settings), first_day) as integer))
        as bigint
    ) as days
from touching
