-- question: how many users had each product line, and on how many user-days on each tier?
-- grain:    product line
-- inputs:   user_lines, other_tier_days
-- output:   line_users; `other_days` are user-days on the tier that is not the default one
select
    user_lines.product_line,
    cast(count(*) as bigint) as users,
    cast(sum(days_in(user_lines.days)) as bigint) as user_days,
    cast(sum(days_in(user_lines.days & other_tier_days.days)) as bigint) as other_days
from user_lines
left join other_tier_days on user_lines.user_id = other_tier_days.user_id
group by user_lines.product_line
