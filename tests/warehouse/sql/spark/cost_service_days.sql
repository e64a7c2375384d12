WITH dated AS (
  SELECT
    *,
    CAST(charge_start AS DATE) AS day
  FROM cost_rows
  WHERE
    charge_category = 'Usage'
    AND NOT correction
    AND (
      commitment_status IS NULL OR commitment_status <> 'Unused'
    )
    AND charge_end <= charge_start + INTERVAL '1' DAY
)
SELECT
  month,
  billing_start,
  billing_account,
  provider,
  service,
  product_tag,
  rule_0,
  rule_1,
  day,
  CAST(SUM(billed) AS DECIMAL(38, 18)) AS billed,
  CAST(SUM(effective) AS DECIMAL(38, 18)) AS effective,
  CAST(SUM(counts) AS BIGINT) AS rows
FROM dated
GROUP BY
  month,
  billing_start,
  billing_account,
  provider,
  service,
  product_tag,
  rule_0,
  rule_1,
  day
