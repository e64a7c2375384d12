-- question: how many users were active in the 28 days until each day, by product line and in all?
-- grain:    product line (null: all) × day on which the number changes
-- inputs:   {activity} (date, user_id, product_line)
-- output:   by how much the number of users changes on a day; sums over days give the number
with seen as (
    select distinct product_line, user_id, date from ({activity})
    union all
    select distinct cast(null as varchar), user_id, date from ({activity})
),

followed as (
    select
        *,
        lead(date) over (partition by product_line, user_id order by date) as next_date
    from seen
),

-- A user counts from a day of activity on until the next one, or for 28 days.
steps as (
    select product_line, date, 1 as step from followed
    union all
    select product_line, least(date + 28, coalesce(next_date, date + 28)) as date, -1 as step from followed
)

select product_line, date, cast(sum(step) as bigint) as step
from steps
group by product_line, date
having sum(step) <> 0
order by all
