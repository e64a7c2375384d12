SELECT
  user_lines.user_id,
  CAST(BIT_OR(user_lines.days) AS BIGINT) AS days,
  CAST(BIT_OR(SHIFTLEFT(CAST(1 AS BIGINT), CAST(line_places.place AS INT))) AS BIGINT) AS lines,
  CAST(COUNT(*) AS BIGINT) AS product_lines
FROM user_lines
INNER JOIN line_places
  ON user_lines.product_line = line_places.product_line
GROUP BY
  user_lines.user_id
