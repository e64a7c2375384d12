-- question: what do the pieces of all rows come to before they are corrected?
-- grain:    group × product line × tier
-- inputs:   month_rows (rows of all files), row_pieces
-- output:   piece_sums in units of 1e-18
select
    p.group_number,
    p.line,
    p.tier,
    sum(below(cast(r.cost as hugeint), p.high) - below(cast(r.cost as hugeint), p.low)) as units
from month_rows as r
inner join row_pieces as p on r.group_number = p.group_number
group by p.group_number, p.line, p.tier
