-- question: what did one cost file charge in a month, by owner's properties and by which filters match?
-- grain:    what an owner depends on × service category × covered by a commitment × on spot × the filters that match
-- inputs:   cost_rows, cost_pieces (its rows that are spread over months), counted_bills; {amount}, {rules}, {matched}
-- output:   added to matched_rows, amounts exact
insert into matched_rows
with rows_and_pieces as (
    select * from cost_rows
    union all by name
    select * from cost_pieces
),

counted as (
    select rows_and_pieces.*
    from rows_and_pieces
    inner join counted_bills
        on rows_and_pieces.provider = counted_bills.provider
        and rows_and_pieces.billing_account = counted_bills.billing_account
        and rows_and_pieces.billing_start = counted_bills.billing_start
    where rows_and_pieces.month = {month}
)

select
    charge_category,
    commitment_status,
    product_tag,
    environment_tag,
    service_category,
    coalesce(commitment_status in ('Used', 'Unused'), false) or coalesce(pricing_category = 'Committed', false)
        as is_committed,
    coalesce(pricing_category = 'Dynamic', false) as is_spot,
    [{rules}] as rule_values,
    [{matched}] as matched,
    cast(sum({amount}) as decimal(38, 18)) as amount
from counted
group by all
