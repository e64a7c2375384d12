WITH counted AS (
  SELECT
    part_days.*
  FROM part_days
  INNER JOIN bills
    ON part_days.provider = bills.provider
    AND part_days.billing_account = bills.billing_account
    AND part_days.billing_start = bills.billing_start
    AND part_days.delivery = bills.delivery
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
  CAST(SUM(effective_rows) AS BIGINT) AS effective_rows,
  CAST(SUM(billed) AS DECIMAL(38, 18)) AS billed,
  CAST(SUM(effective) AS DECIMAL(38, 18)) AS effective
FROM counted
GROUP BY
  provider,
  billing_account,
  billing_start,
  currency,
  charge_category,
  day,
  span
