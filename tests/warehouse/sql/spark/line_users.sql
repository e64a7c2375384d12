SELECT
  user_lines.product_line,
  CAST(COUNT(*) AS BIGINT) AS users,
  CAST(SUM(BIT_COUNT(user_lines.days)) AS BIGINT) AS user_days,
  CAST(SUM(BIT_COUNT((
    user_lines.days & other_tier_days.days
  ))) AS BIGINT) AS other_days
FROM user_lines
LEFT JOIN other_tier_days
  ON user_lines.user_id = other_tier_days.user_id
GROUP BY
  user_lines.product_line
