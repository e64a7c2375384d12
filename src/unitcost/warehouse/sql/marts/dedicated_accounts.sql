-- question: which accounts have a tenancy of their own in the month?
-- grain:    account
-- inputs:   subscriptions_of_month
-- output:   dedicated_accounts
select distinct account_id
from subscriptions_of_month
where tenancy = 'dedicated' and account_id is not null
