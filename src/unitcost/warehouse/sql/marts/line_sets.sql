-- question: how many users had exactly the same set of product lines?
-- grain:    set of product lines × number of lines in it
-- inputs:   active_users
-- output:   line_sets; lines as bits, see line_places
select
    lines,
    product_lines,
    cast(count(*) as bigint) as users
from active_users
group by lines, product_lines
