SELECT
  active_users.user_id,
  active_users.days,
  active_users.product_lines,
  CAST(active_users.days & COALESCE(other_tier_days.days, CAST(0 AS BIGINT)) AS BIGINT) AS other_days,
  active_users.days <> (
    active_users.days & COALESCE(known_days.days, CAST(0 AS BIGINT))
  ) AS no_subscription,
  NOT dedicated_users.user_id IS NULL AS dedicated
FROM active_users
LEFT JOIN other_tier_days
  ON active_users.user_id = other_tier_days.user_id
LEFT JOIN known_days
  ON active_users.user_id = known_days.user_id
LEFT JOIN dedicated_users
  ON active_users.user_id = dedicated_users.user_id
