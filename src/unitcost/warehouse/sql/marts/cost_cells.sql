-- question: what does one cost file add to each month, by what was bought?
-- grain:    month × bill × what is bought, where and in which unit × what decides the owner × whether measured
-- inputs:   cost_rows
-- output:   cost_cells: sums that can be added over files; `quantity` goes with effective cost, `quantity_booked` with
--           billed cost, which is never spread; {rules} are the columns rules look at
select
    month,
    billing_start,
    billing_account,
    provider,
    sku,
    pricing_unit,
    region,
    currency,
    charge_category,
    commitment_status,
    service,
    service_category,
    product_tag,
    {rules}
    is_measured,
    max(description) as description,
    cast(sum(billed) as decimal(38, 18)) as billed,
    cast(sum(effective) as decimal(38, 18)) as effective,
    cast(sum(billed_own) as decimal(38, 18)) as billed_own,
    cast(sum(own) as decimal(38, 18)) as effective_own,
    cast(
        sum(case when is_measured then pricing_quantity else cast(0 as decimal(38, 18)) end) as decimal(38, 18)
    ) as quantity,
    cast(
        sum(case when is_measured then quantity_booked else cast(0 as decimal(38, 18)) end) as decimal(38, 18)
    ) as quantity_booked,
    cast(sum(counts) as bigint) as rows
from cost_rows
group by
    month,
    billing_start,
    billing_account,
    provider,
    sku,
    pricing_unit,
    region,
    currency,
    charge_category,
    commitment_status,
    service,
    service_category,
    product_tag,
    {rules}
    is_measured
