-- question: how many users had each product line, and on how many days on each tier?
-- grain:    product line
-- inputs:   user_lines, users
-- output:   line_users
select
    user_lines.product_line,
    cast(count(*) as bigint) as users,
    cast(sum(bit_count(user_lines.days & users.paid_days)) as bigint) as paid_days,
    cast(sum(bit_count(user_lines.days - (user_lines.days & users.paid_days))) as bigint) as free_days
from user_lines
inner join users on user_lines.user_id = users.user_id
group by user_lines.product_line
