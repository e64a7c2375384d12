SELECT DISTINCT
  account_id
FROM subscriptions_of_month
WHERE
  tenancy = 'dedicated' AND NOT account_id IS NULL
