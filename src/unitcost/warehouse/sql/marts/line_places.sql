-- question: which place does each product line have in a set of lines?
-- grain:    product line
-- inputs:   line_users
-- output:   line_places: the line with most users has place 0; a whole number has room for 62 places, and all lines
--           that are smaller than the first 61 share the last one
with larger as (
    select
        own.product_line,
        cast(count(other.product_line) as bigint) as place
    from line_users as own
    left join line_users as other
        on other.users > own.users
        or (other.users = own.users and other.product_line < own.product_line)
    group by own.product_line
)

select
    product_line,
    cast(case when place < cast(61 as bigint) then place else cast(61 as bigint) end as bigint) as place
from larger
