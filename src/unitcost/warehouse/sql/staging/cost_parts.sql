-- question: what does one cost file add to each month?
-- grain:    month × all properties that owners, tables and checks look at
-- inputs:   cost_pieces
-- output:   cost_parts: sums that can be added over files; `content` is a sum of row hashes, blind to order
create or replace temp table cost_parts as
select
    month,
    billing_start,
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
    charge_category = 'Purchase' and effective_own = 0 and billed_own <> 0 as later_use,
    correction,
    cast(sum(billed_here) as decimal(38, 18)) as billed,
    cast(sum(booked_here) as decimal(38, 18)) as booked,
    cast(sum(effective_here) as decimal(38, 18)) as effective,
    cast(sum(abs(billed_here)) as decimal(38, 18)) as abs_billed,
    cast(sum(abs(effective_here)) as decimal(38, 18)) as abs_effective,
    cast(sum(case when rows_here = 1 then billed_own else 0 end) as decimal(38, 18)) as billed_own,
    cast(sum(rows_here) as bigint) as rows,
    cast(count(*) filter (where rows_here = 1 and no_effective) as bigint) as no_effective,
    cast(count(*) filter (where rows_here = 1 and invoice is null) as bigint) as no_invoice,
    cast(count(*) filter (where rows_here = 1 and (billed < 0 or effective < 0)) as bigint) as negative,
    cast(count(*) filter (where rows_here = 1 and cleaned) as bigint) as cleaned,
    cast(count(*) filter (where rows_here = 1 and rounded) as bigint) as rounded,
    cast(count(*) filter (where rows_here = 1 and slashed) as bigint) as slashed,
    cast(count(*) filter (where rows_here = 1 and valueless) as bigint) as valueless,
    cast(count(*) filter (where rows_here = 1 and spread) as bigint) as spread,
    cast(count(*) filter (where rows_here = 1 and charge_frequency = 'Usage-based') as bigint) as usage_based,
    cast(count(*) filter (where rows_here = 1 and correction and charge_start = billing_start
        and charge_end is not distinct from billing_end) as bigint) as unplaceable,
    -- Parquet has no whole numbers this wide, so the sum is kept as a decimal.
    cast(coalesce(sum(md5_number_lower(content)), 0) as decimal(38, 0)) as content
from cost_pieces
group by all;
