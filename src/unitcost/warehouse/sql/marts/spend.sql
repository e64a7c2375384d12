-- question: what was charged in a month, by everything an owner rule can ask for?
-- grain:    billing period × provider × account × service × category × commitment status × tags × rule columns × marks
-- inputs:   parts (the parts of the month, of all files, each with its delivery), bills (the delivery that counts)
-- output:   spend: only the latest delivery of each (provider, billing account, billing period) counts, whole
with counted as (
    select parts.*
    from parts
    inner join bills
        on parts.provider = bills.provider
        and parts.billing_account = bills.billing_account
        and parts.billing_start = bills.billing_start
        and parts.delivery = bills.delivery
)

select
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
    cast(sum(rows) as bigint) as rows,
    cast(sum(content) as decimal(38, 0)) as content,
    min(example) as example
from counted
group by
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
