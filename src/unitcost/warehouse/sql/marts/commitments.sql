-- question: what do the bills of a month say about commitments and about use that they could cover?
-- grain:    provider × service × commitment and its status × kind of charge × pricing × correction × what is known
-- inputs:   part_commitments (of the month, of all files, each with its delivery), bills (the delivery that counts)
-- output:   commitments: only the latest delivery of each (provider, billing account, billing period) counts, whole
with counted as (
    select part_commitments.*
    from part_commitments
    inner join bills
        on part_commitments.provider = bills.provider
        and part_commitments.billing_account = bills.billing_account
        and part_commitments.billing_start = bills.billing_start
        and part_commitments.delivery = bills.delivery
)

select
    provider,
    service,
    commitment_id,
    commitment_status,
    charge_category,
    pricing_category,
    correction,
    list_known,
    contracted_known,
    cast(sum(billed) as decimal(38, 18)) as billed,
    cast(sum(effective) as decimal(38, 18)) as effective,
    cast(sum(list) as decimal(38, 18)) as list,
    cast(sum(contracted) as decimal(38, 18)) as contracted,
    cast(sum(rows) as bigint) as rows,
    max(term_end) as term_end
from counted
group by
    provider,
    service,
    commitment_id,
    commitment_status,
    charge_category,
    pricing_category,
    correction,
    list_known,
    contracted_known
