-- question: who was on which tier, when, by one subscription file?
-- grain:    one subscription period of one user
-- inputs:   {relation} (the file, or its texts), lookup tables named in {joins}
-- output:   subscriptions; ended_on is exclusive and null while the period runs
create or replace temp table subscriptions as
select
    {user_id} as user_id,
    {tier} as tier,
    cast({started_on} as date) as started_on,
    cast({ended_on} as date) as ended_on,
    coalesce({mrr}, cast(0 as decimal(38, 18))) as mrr,
    {plan} as plan,
    {account_id} as account_id,
    cast({signed_up_on} as date) as signed_up_on,
    coalesce({tenancy}, 'shared') as tenancy,
    {currency} as currency
from {relation} as raw
{joins};
