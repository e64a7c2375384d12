-- question: what does one cost file say, row by row, as it stands there?
-- grain:    one row of the file
-- inputs:   {relation} (the file, or its texts), lookup tables named in {joins}
-- output:   typed_costs: words, exact amounts, moments in UTC and tags
-- The braces are filled by costs.py with expressions that fit the types of the file's columns.
create or replace temp view typed_costs as
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
    {CommitmentDiscountId} as commitment_id,
    {CommitmentDiscountType} as commitment_type,
    {PricingCategory} as pricing_category,
    {PricingUnit} as pricing_unit,
    {RegionId} as region,
    {SkuId} as sku,
    coalesce({ChargeDescription}, {SkuMeter}) as description,
    {product} as product_tag,
    {environment} as environment_tag,
    {account} as account_tag,
    {rules}
    {BilledCost} as billed_own,
    {EffectiveCost} as effective_given,
    {PricingQuantity} as quantity_given,
    {ListCost} as list_given,
    {ContractedCost} as contracted_given,
    {ChargePeriodStart} as charge_start,
    {ChargePeriodEnd} as charge_end,
    {BillingPeriodStart} as billing_start,
    {BillingPeriodEnd} as billing_end,
    {marks} as odd,
    {wordings} as wording
from {relation} as raw
{joins};
