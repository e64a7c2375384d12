-- question: what does one cost file say, row by row, in the reporting currency?
-- grain:    one row of the file (table cost_rows)
-- inputs:   raw (texts of one file), money_texts, moments, tag_texts, rates
-- output:   cost_rows
create or replace temp table cost_rows as
with texts as (
    select
        coalesce(raw.ServiceProviderName, raw.ProviderName, '(no provider)') as provider,
        raw.ProviderName as seller,
        raw.PublisherName as publisher,
        raw.InvoiceIssuerName as issuer,
        coalesce(raw.BillingAccountId, '') as billing_account,
        raw.SubAccountId as sub_account,
        coalesce(raw.SubAccountName, raw.SubAccountId) as sub_account_name,
        raw.BillingCurrency as currency,
        raw.ChargeCategory as charge_category,
        raw.ChargeClass as charge_class,
        coalesce(raw.ServiceName, '(no service)') as service,
        raw.ServiceCategory as service_category,
        raw.CommitmentDiscountStatus as commitment_status,
        raw.InvoiceId as invoice,
        raw.ChargeFrequency as charge_frequency,
        coalesce(case when is_plain(raw.BilledCost) then cast(raw.BilledCost as decimal(38, 18)) end, b.value) as billed_own,
        coalesce(case when is_plain(raw.EffectiveCost) then cast(raw.EffectiveCost as decimal(38, 18)) end, e.value, 0)
            as effective_own,
        raw.EffectiveCost is null as no_effective,
        coalesce(b.cleaned, false) or coalesce(e.cleaned, false) as cleaned,
        coalesce(b.rounded, false) or coalesce(e.rounded, false) as rounded,
        cs.at as charge_start,
        ce.at as charge_end,
        bs.at as billing_start,
        be.at as billing_end,
        coalesce(cs.slashed, false) or coalesce(ce.slashed, false) or coalesce(bs.slashed, false) as slashed,
        t.product as product_tag,
        t.environment as environment_tag,
        t.account as account_tag,
        coalesce(t.valueless, false) as valueless,
        list_concat(raw.rule_columns, coalesce(t.rule_tags, (select no_rule_tags from settings))) as rule_values
    from raw
    left join money_texts as b on raw.BilledCost = b.text
    left join money_texts as e on raw.EffectiveCost = e.text
    left join moments as cs on raw.ChargePeriodStart = cs.text
    left join moments as ce on raw.ChargePeriodEnd = ce.text
    left join moments as bs on raw.BillingPeriodStart = bs.text
    left join moments as be on raw.BillingPeriodEnd = be.text
    left join tag_texts as t on raw.Tags = t.text
),

placed as (
    select
        *,
        charge_class is not distinct from 'Correction' as correction,
        strftime(charge_start, '%Y-%m') as charge_month,
        strftime(billing_start, '%Y-%m') as billing_month,
        cast(charge_start as date) as first_day,
        -- The end is exclusive: a period that ends at midnight does not touch that day.
        cast(charge_end - interval 1 microsecond as date) as last_day
    from texts
)

select
    placed.*,
    case
        when correction and (select as_booked from settings) then billing_month else charge_month
    end as month,
    case
        when placed.currency = (select currency from settings) then billed_own
        else converted(billed_own, br.digits, br.power)
    end as billed,
    case
        when placed.currency = (select currency from settings) then effective_own
        else converted(effective_own, er.digits, er.power)
    end as effective,
    (select spread from settings)
    and effective_own <> 0
    and charge_end is not null
    and date_trunc('month', last_day) > date_trunc('month', first_day)
    and not (correction and (select as_booked from settings)) as spread
from placed
left join rates as br on br.currency = placed.currency and br.month = placed.billing_month
left join rates as er on er.currency = placed.currency and er.month = placed.charge_month;
