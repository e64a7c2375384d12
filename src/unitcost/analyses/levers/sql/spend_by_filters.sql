-- question: what did one cost file charge in a month, by owner's properties and by which filters match?
-- grain:    provider × what an owner depends on × service category × covered by a commitment × on spot × the filters that match
-- inputs:   counted_rows; {month}, {amount}, {rules}, {matched}
-- output:   added to matched_rows, amounts exact
insert into matched_rows
select
    provider,
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
from counted_rows
where month = {month}
group by all
