-- question: which users belong to an account that has its own tenancy in the month?
-- grain:    user
-- inputs:   subscriptions_of_month, dedicated_accounts
-- output:   dedicated_users
select distinct subscriptions_of_month.user_id
from subscriptions_of_month
inner join dedicated_accounts on subscriptions_of_month.account_id = dedicated_accounts.account_id
