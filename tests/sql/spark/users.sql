WITH active AS (
  SELECT
    user_id,
    CAST(BIT_OR(days) AS BIGINT) AS days,
    CAST(COUNT(*) AS BIGINT) AS product_lines
  FROM user_lines
  GROUP BY
    user_id
)
SELECT
  active.user_id,
  active.days,
  active.product_lines,
  CAST(active.days & COALESCE(other_tier_days.days, CAST(0 AS BIGINT)) AS BIGINT) AS other_days,
  active.days <> (
    active.days & COALESCE(known_days.days, CAST(0 AS BIGINT))
  ) AS no_subscription,
  NOT dedicated_users.user_id IS NULL AS dedicated
FROM active
LEFT JOIN other_tier_days
  ON active.user_id = other_tier_days.user_id
LEFT JOIN known_days
  ON active.user_id = known_days.user_id
LEFT JOIN dedicated_users
  ON active.user_id = dedicated_users.user_id
