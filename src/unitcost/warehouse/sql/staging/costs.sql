-- question: what does one cost file say, row by row?
-- grain:    one row of the file; a row that is spread over months has its effective cost in pieces elsewhere
-- inputs:   {relation} (the file, or its texts), lookup tables named in {joins}
-- output:   cost_rows: typed, in the currency of the bill and in the reporting currency
-- The braces are filled by costs.py with expressions that fit the types of the file's columns.
create or replace temp view cost_rows as
with typed as (
    select
        coalesce({ServiceProviderName}, {ProviderName}, '(no provider)') as provider,
        {ProviderName} as seller,
        {PublisherName} as publisher,
        {InvoiceIssuerName} as issuer,
        coalesce({BillingAccountId}, '') as billing_account,
        {SubAccountId} as sub_account,
        coalesce({SubAccountName}, {SubAccountId}) as sub_account_name,
        {BillingCurrency} as currency,
        {ChargeCategory} as charge_category,
        {ChargeClass} = 'Correction' as is_correction,
        coalesce({ServiceName}, '(no service)') as service,
        {ServiceCategory} as service_category,
        {CommitmentDiscountStatus} as commitment_status,
        {product} as product_tag,
        {environment} as environment_tag,
        {account} as account_tag,
        {rules}
        {BilledCost} as billed_own,
        {EffectiveCost} as effective_given,
        {ChargePeriodStart} as charge_start,
        {ChargePeriodEnd} as charge_end,
        {BillingPeriodStart} as billing_start,
        {BillingPeriodEnd} as billing_end,
        {marks} as odd,
        {wordings} as wording
    from {relation} as raw
    {joins}
),

placed as (
    select
        *,
        coalesce(effective_given, 0) as effective_own,
        {correction} as correction,
        cast(date_trunc('month', charge_start) as date) as charge_month,
        cast(date_trunc('month', billing_start) as date) as billing_month,
        {spread} as spread
    from typed
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
    {counted} as effective,
    1 as counts,
    -- Says what the row says, in one way whatever file it came in; sums of it are blind to order and slicing.
    cast(hash(billed_own, effective_given, charge_start, charge_end, billing_start) as decimal(20, 0)) as content,
    case when marks & {TOLERANCES} <> 0 then
        concat_ws(', ', provider, service, cast(charge_start as varchar) || ' UTC',
            'BilledCost ' || rtrim(rtrim(cast(billed_own as varchar), '0'), '.') || ' ' || marked.currency,
            'EffectiveCost ' || rtrim(rtrim(cast(effective_given as varchar), '0'), '.') || ' ' || marked.currency,
            nullif(wording, ''))
    end as example
from marked
{rates};
