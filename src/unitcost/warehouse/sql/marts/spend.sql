-- question: what was charged in each month, by everything an owner rule can ask for?
-- grain:    month × provider × account × service × category × commitment status × tags × rule columns
-- inputs:   parts (the parts of all files, each with its delivery)
-- output:   spend: only the latest delivery of each (provider, billing account, billing period) counts, whole
create or replace temp table spend as
with latest as (
    select provider, billing_account, billing_start, max(delivery) as delivery
    from parts
    group by provider, billing_account, billing_start
),

counted as (
    select parts.*
    from parts
    inner join latest
        on parts.provider = latest.provider
        and parts.billing_account = latest.billing_account
        and parts.billing_start = latest.billing_start
        and parts.delivery = latest.delivery
)

select
    month,
    strftime(billing_start, '%Y-%m') as billing_month,
    provider,
    seller,
    publisher,
    issuer,
    billing_account,
    sub_account,
    sub_account_name,
    currency,
    charge_category,
    service,
    service_category,
    commitment_status,
    product_tag,
    environment_tag,
    account_tag,
    rule_values,
    later_use,
    correction,
    cast(sum(billed) as decimal(38, 18)) as billed,
    cast(sum(booked) as decimal(38, 18)) as booked,
    cast(sum(effective) as decimal(38, 18)) as effective,
    cast(sum(abs_billed) as decimal(38, 18)) as abs_billed,
    cast(sum(abs_effective) as decimal(38, 18)) as abs_effective,
    cast(sum(billed_own) as decimal(38, 18)) as billed_own,
    cast(sum(rows) as bigint) as rows,
    cast(sum(no_effective) as bigint) as no_effective,
    cast(sum(no_invoice) as bigint) as no_invoice,
    cast(sum(negative) as bigint) as negative,
    cast(sum(cleaned) as bigint) as cleaned,
    cast(sum(rounded) as bigint) as rounded,
    cast(sum(slashed) as bigint) as slashed,
    cast(sum(valueless) as bigint) as valueless,
    cast(sum(spread) as bigint) as spread,
    cast(sum(usage_based) as bigint) as usage_based,
    cast(sum(unplaceable) as bigint) as unplaceable,
    cast(sum(content) as decimal(38, 0)) as content
from counted
group by all;
