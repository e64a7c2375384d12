-- question: which row of each group is the largest?
-- grain:    group
-- inputs:   month_rows (rows of all files)
-- output:   its size in units of 1e-18 and its place; of rows alike the first one
select
    group_number,
    max(abs(cast(cost as hugeint))) as size,
    arg_max(struct_pack(file := file, row := row), struct_pack(size := abs(cost), file := -file, row := -row)) as place
from month_rows
group by group_number
