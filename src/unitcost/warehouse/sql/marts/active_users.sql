-- question: who was active in the month, on which days, in which product lines?
-- grain:    user
-- inputs:   user_lines, line_places
-- output:   active_users; days and lines as bits (the bit of a line is its place)
select
    user_lines.user_id,
    cast(bit_or(user_lines.days) as bigint) as days,
    cast(bit_or(cast(1 as bigint) << cast(line_places.place as integer)) as bigint) as lines,
    cast(count(*) as bigint) as product_lines
from user_lines
inner join line_places on user_lines.product_line = line_places.product_line
group by user_lines.user_id
