-- question: what was bought in a month, how much of it, for how much?
-- grain:    what is bought, where, in which unit and currency × what decides the owner × whether measured
-- inputs:   part_cells (the cells of the month, of all files, each with its delivery), bills (the delivery that counts)
-- output:   cells, in the reporting currency and (*_own) in that of the bill; only the latest delivery of each bill
--           counts, whole
with counted as (
    select part_cells.*
    from part_cells
    inner join bills
        on part_cells.provider = bills.provider
        and part_cells.billing_account = bills.billing_account
        and part_cells.billing_start = bills.billing_start
        and part_cells.delivery = bills.delivery
)

select
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
    cast(sum(effective_own) as decimal(38, 18)) as effective_own,
    cast(sum(quantity) as decimal(38, 18)) as quantity,
    cast(sum(quantity_booked) as decimal(38, 18)) as quantity_booked,
    cast(sum(rows) as bigint) as rows
from counted
group by
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
