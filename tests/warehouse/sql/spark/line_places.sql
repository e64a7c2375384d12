WITH larger AS (
  SELECT
    own.product_line,
    CAST(COUNT(other.product_line) AS BIGINT) AS place
  FROM line_users AS own
  LEFT JOIN line_users AS other
    ON other.users > own.users
    OR (
      other.users = own.users AND other.product_line < own.product_line
    )
  GROUP BY
    own.product_line
)
SELECT
  product_line,
  CAST(CASE WHEN place < CAST(61 AS BIGINT) THEN place ELSE CAST(61 AS BIGINT) END AS BIGINT) AS place
FROM larger
