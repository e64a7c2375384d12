SELECT
  user_id,
  first_day,
  next_day,
  days
FROM subscriptions_of_month
WHERE
  tier = (
    SELECT
      other_tier
    FROM settings
  )
