WITH described AS (
  SELECT
    CASE
      WHEN other_days > days - other_days
      THEN (
        SELECT
          other_tier
        FROM settings
      )
      ELSE (
        SELECT
          default_tier
        FROM settings
      )
    END AS last_tier,
    BIT_COUNT(days) AS active_days,
    BIT_COUNT(
      (
        CASE
          WHEN (
            SELECT
              other_tier
            FROM settings
          ) = 'paid'
          THEN other_days
          ELSE days - other_days
        END
      )
    ) AS paid_days,
    product_lines,
    dedicated,
    no_subscription
  FROM users
)
SELECT
  last_tier,
  CAST(active_days AS BIGINT) AS active_days,
  CAST(paid_days AS BIGINT) AS paid_days,
  product_lines,
  dedicated,
  no_subscription,
  CAST(COUNT(*) AS BIGINT) AS users
FROM described
GROUP BY
  last_tier,
  active_days,
  paid_days,
  product_lines,
  dedicated,
  no_subscription
