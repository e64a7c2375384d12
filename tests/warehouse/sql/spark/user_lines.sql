SELECT
  user_id,
  product_line,
  CAST(BIT_OR(SHIFTLEFT(CAST(1 AS BIGINT), CAST(EXTRACT(DAY FROM date) - 1 AS INT))) AS BIGINT) AS days
FROM activity_rows
GROUP BY
  user_id,
  product_line
