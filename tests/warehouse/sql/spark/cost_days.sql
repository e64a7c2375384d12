WITH periods AS (
  SELECT
    provider,
    billing_account,
    billing_start,
    currency,
    charge_category,
    charge_start,
    charge_end,
    CAST(COUNT(*) AS BIGINT) AS rows,
    CAST(COUNT(billed_own) AS BIGINT) AS billed_rows,
    CAST(COUNT(effective_given) AS BIGINT) AS effective_rows,
    CAST(SUM(billed_own) AS DECIMAL(38, 18)) AS billed,
    CAST(SUM(effective_given) AS DECIMAL(38, 18)) AS effective
  FROM cost_rows
  GROUP BY
    provider,
    billing_account,
    billing_start,
    currency,
    charge_category,
    charge_start,
    charge_end
), dated AS (
  SELECT
    *,
    CAST(charge_start AS DATE) AS day,
    CASE
      WHEN charge_end IS NULL
      THEN 'unknown'
      WHEN charge_end <= charge_start + INTERVAL '1' HOUR
      THEN 'hour'
      WHEN charge_end <= charge_start + INTERVAL '1' DAY
      THEN 'day'
      ELSE 'longer'
    END AS span
  FROM periods
)
SELECT
  provider,
  billing_account,
  billing_start,
  currency,
  charge_category,
  day,
  span,
  CAST(SUM(rows) AS BIGINT) AS rows,
  CAST(SUM(billed_rows) AS BIGINT) AS billed_rows,
  CAST(SUM(effective_rows) AS BIGINT) AS effective_rows,
  CAST(SUM(billed) AS DECIMAL(38, 18)) AS billed,
  CAST(SUM(effective) AS DECIMAL(38, 18)) AS effective,
  MAX(charge_start) AS last_start,
  MAX(charge_end) AS last_end,
  CAST(SUM(CASE WHEN charge_end < charge_start THEN rows ELSE CAST(0 AS BIGINT) END) AS BIGINT) AS backwards
FROM dated
GROUP BY
  provider,
  billing_account,
  billing_start,
  currency,
  charge_category,
  day,
  span
