WITH tiers AS (
  SELECT
    activity_rows.*,
    CASE
      WHEN other_tier_periods.user_id IS NULL
      THEN (
        SELECT
          default_tier
        FROM settings
      )
      ELSE (
        SELECT
          other_tier
        FROM settings
      )
    END AS tier
  FROM activity_rows
  LEFT JOIN other_tier_periods
    ON activity_rows.user_id = other_tier_periods.user_id
    AND activity_rows.date >= other_tier_periods.first_day
    AND activity_rows.date < other_tier_periods.next_day
)
SELECT
  product_line,
  tier,
  CAST(SUM(COALESCE(`requests`, CAST(0 AS DECIMAL(38, 18)))) AS DECIMAL(38, 18)) AS `requests`,
  CAST(SUM(COALESCE(`storage, in GB`, CAST(0 AS DECIMAL(38, 18)))) AS DECIMAL(38, 18)) AS `storage, in GB`,
  CAST(COUNT(*) AS BIGINT) AS rows
FROM tiers
GROUP BY
  product_line,
  tier
