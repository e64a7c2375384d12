-- question: which rows of one cost file count, and what falls into each month?
-- grain:    one row of the file, and one piece a month of a row that is spread over months
-- inputs:   cost_rows, cost_pieces, counted_bills (the bills of the file that no later delivery replaces)
-- output:   counted_rows, with the columns of cost_rows
create or replace temp view counted_rows as
with rows_and_pieces as (
    select * from cost_rows
    union all by name
    select * from cost_pieces
)

select rows_and_pieces.*
from rows_and_pieces
inner join counted_bills
    on rows_and_pieces.provider = counted_bills.provider
    and rows_and_pieces.billing_account = counted_bills.billing_account
    and rows_and_pieces.billing_start = counted_bills.billing_start;
