-- question: how many rows of a day say what is said twice as often as on other days?
-- grain:    one row
-- inputs:   described (the rows of the day and of other days, of all files), asked (the day)
-- output:   rows of the day, and how many of them are there twice; words that other days lack are measured
--           against what is usual there
with counts as (
    select
        day,
        said,
        sum(rows) as rows
    from described
    group by day, said
),

usual as (
    select
        said,
        quantile_disc(rows, 0.5) as rows
    from counts
    where day <> (select day from asked)
    group by said
),

anything as (
    select quantile_disc(rows, 0.5) as rows
    from counts
    where day <> (select day from asked)
)

select
    coalesce(sum(counts.rows), 0) as rows,
    coalesce(
        sum(counts.rows) filter (counts.rows >= 2 * coalesce(usual.rows, (select rows from anything))), 0
    ) as twice
from counts
left join usual on counts.said = usual.said
where counts.day = (select day from asked)
