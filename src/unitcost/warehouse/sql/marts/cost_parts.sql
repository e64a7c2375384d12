-- question: what does one cost file add to each month?
-- grain:    month × all properties that owners, tables and checks look at, marks among them
-- inputs:   cost_rows
-- output:   cost_parts: sums that can be added over files; {rules} are the columns rules look at
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
    {rules}
    marks,
    cast(sum(billed) as decimal(38, 18)) as billed,
    cast(sum(booked) as decimal(38, 18)) as booked,
    cast(sum(effective) as decimal(38, 18)) as effective,
    cast(sum(billed_own) as decimal(38, 18)) as billed_own,
    cast(sum(counts) as bigint) as rows,
    cast(sum(content) as decimal(38, 0)) as content,
    min(example) as example
from cost_rows
group by
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
    {rules}
    marks
