SELECT
  lines,
  product_lines,
  CAST(COUNT(*) AS BIGINT) AS users
FROM active_users
GROUP BY
  lines,
  product_lines
