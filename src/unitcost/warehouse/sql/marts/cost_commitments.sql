-- question: what does one cost file say about commitments and about use that they could cover?
-- grain:    month × bill × service × commitment and its status × kind of charge × pricing × correction × what is known
-- inputs:   cost_rows
-- output:   cost_commitments: sums that can be added over files; `term_end` is the end of the longest purchase that covers
--           more than a month, because a shorter one says nothing about the term
with known as (
    select
        month,
        billing_start,
        provider,
        billing_account,
        service,
        commitment_id,
        commitment_status,
        charge_category,
        pricing_category,
        correction,
        billed,
        effective,
        list,
        contracted,
        counts,
        list is not null as list_known,
        contracted is not null as contracted_known,
        case
            when charge_category = 'Purchase'
                and cast(date_diff('day', cast(charge_start as date), cast(charge_end as date)) as bigint)
                > cast(31 as bigint)
                then charge_end
        end as purchase_end
    from cost_rows
    where charge_category = 'Usage' or charge_category = 'Purchase'
)

select
    month,
    billing_start,
    provider,
    billing_account,
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
    cast(sum(counts) as bigint) as rows,
    max(purchase_end) as term_end
from known
group by
    month,
    billing_start,
    provider,
    billing_account,
    service,
    commitment_id,
    commitment_status,
    charge_category,
    pricing_category,
    correction,
    list_known,
    contracted_known
