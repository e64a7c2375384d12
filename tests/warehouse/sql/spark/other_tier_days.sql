SELECT
  user_id,
  CAST(BIT_OR(days) AS BIGINT) AS days
FROM other_tier_periods
GROUP BY
  user_id
