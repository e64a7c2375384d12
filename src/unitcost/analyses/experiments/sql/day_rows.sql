-- question: what did one cost file charge on each day of a month, of what any filter of the experiments matches?
-- grain:    day × service × region × what an owner depends on × commitment × the filters that match; of what says
--           nothing about a day, one row for each reason
-- inputs:   counted_rows (the columns that are looked at as rule_0, rule_1, …); {month}, {cost}, {rules}, {matched},
--           {frequency}
-- output:   added to day_rows, amounts exact; list cost is null where a row has none
insert into day_rows
with matched as (
    select
        *,
        [{matched}] as filters,
        case
            when charge_category <> 'Usage' then lower(charge_category)
            when correction then 'correction'
            when commitment_status = 'Unused' then 'unused commitment'
            when {frequency} = 'One-Time' then 'one-off'
            when charge_end is null or charge_end > charge_start + interval 1 day then 'charged by longer periods'
            when {cost} < 0 then 'refund'
        end as left_out
    from counted_rows
    where month = {month}
)

select
    left_out,
    case when left_out is null then cast(charge_start as date) end as day,
    service,
    region,
    charge_category,
    commitment_status,
    product_tag,
    [{rules}] as rule_values,
    case when commitment_status = 'Used' then coalesce(commitment_id, '') end as commitment,
    filters,
    cast(sum({cost}) as decimal(38, 18)) as cost,
    case when count(list) = count(*) then cast(sum(list) as decimal(38, 18)) end as list,
    cast(sum(counts) as bigint) as rows
from matched
where list_contains(filters, true)
group by all
