SELECT
  user_id,
  CAST(BIT_OR(days) AS BIGINT) AS days
FROM subscriptions_of_month
GROUP BY
  user_id
