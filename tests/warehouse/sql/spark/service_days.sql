WITH counted AS (
  SELECT
    part_service_days.*
  FROM part_service_days
  INNER JOIN bills
    ON part_service_days.provider = bills.provider
    AND part_service_days.billing_account = bills.billing_account
    AND part_service_days.billing_start = bills.billing_start
    AND part_service_days.delivery = bills.delivery
)
SELECT
  provider,
  service,
  product_tag,
  rule_0,
  rule_1,
  day,
  CAST(SUM(billed) AS DECIMAL(38, 18)) AS billed,
  CAST(SUM(effective) AS DECIMAL(38, 18)) AS effective,
  CAST(SUM(rows) AS BIGINT) AS rows
FROM counted
GROUP BY
  provider,
  service,
  product_tag,
  rule_0,
  rule_1,
  day
