-- question: what does each row of one cost file count, where and in which currency?
-- grain:    one row of the file; a row that is spread over months has its effective, list and contracted cost and its
--           quantity in pieces elsewhere, but for the quantity that goes with billed cost
-- inputs:   typed_costs, rates named in {rates}
-- output:   cost_rows: typed, in the currency of the bill and in the reporting currency
-- The braces are filled by costs.py.
create or replace temp view cost_rows as
with placed as (
    select
        *,
        coalesce(effective_given, 0) as effective_own,
        {correction} as correction,
        cast(date_trunc('month', charge_start) as date) as charge_month,
        cast(date_trunc('month', billing_start) as date) as billing_month,
        {spread} as spread
    from typed_costs
),

marked as (
    select
        *,
        odd
        + case when effective_given is null then {NO_EFFECTIVE} else 0 end
        + case when billed_own < 0 then {NEGATIVE_BILLED} else 0 end
        + case when effective_own < 0 then {NEGATIVE_EFFECTIVE} else 0 end
        + case when charge_category = 'Purchase' and effective_own = 0 and billed_own <> 0 then {LATER_USE} else 0 end
        + case when spread then {SPREAD} else 0 end
        + case when correction then {CORRECTION} else 0 end
        + case when correction and charge_start = billing_start and charge_end is not distinct from billing_end
            then {UNPLACEABLE} else 0 end as marks
    from placed
)

select
    marked.*,
    case when correction and {as_booked} then billing_month else charge_month end as month,
    {billed} as billed,
    {effective} as booked,
    {counted_effective} as effective,
    {counted_own} as own,
    coalesce(quantity_given > 0, false) as is_measured,
    quantity_given as quantity_booked,
    {counted_quantity} as pricing_quantity,
    {counted_list_own} as list_own,
    {counted_contracted_own} as contracted_own,
    {list} as list_booked,
    {contracted} as contracted_booked,
    {counted_list} as list,
    {counted_contracted} as contracted,
    1 as counts,
    -- Says what the row says, in one way whatever file it came in; sums of it are blind to order and slicing.
    cast(
        hash(
            billed_own, effective_given, charge_start, charge_end, billing_start, quantity_given, list_given,
            contracted_given, sku, pricing_unit, region, pricing_category, commitment_id, commitment_type, description
        )
        as decimal(20, 0)
    ) as content,
    case when marks & {TOLERANCES} <> 0 then
        concat_ws(', ', provider, service, cast(charge_start as varchar) || ' UTC',
            'BilledCost ' || rtrim(rtrim(cast(billed_own as varchar), '0'), '.') || ' ' || marked.currency,
            'EffectiveCost ' || rtrim(rtrim(cast(effective_given as varchar), '0'), '.') || ' ' || marked.currency,
            nullif(wording, ''))
    end as example
from marked
{rates};
