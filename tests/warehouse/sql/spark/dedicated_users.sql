SELECT DISTINCT
  subscriptions_of_month.user_id
FROM subscriptions_of_month
INNER JOIN dedicated_accounts
  ON subscriptions_of_month.account_id = dedicated_accounts.account_id
