-- question: on which days of the month was each active user active, in each product line?
-- grain:    user × product line
-- inputs:   activity_rows (one month)
-- output:   user_lines; days as bits, so that repeated rows of one user, day and line are one, and the days of several
--           lines can be put together
select
    user_id,
    product_line,
    cast(bit_or(cast(1 as bigint) << cast(extract(day from date) - 1 as integer)) as bigint) as days
from activity_rows
group by user_id, product_line
