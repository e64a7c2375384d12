WITH counted AS (
  SELECT
    part_cells.*
  FROM part_cells
  INNER JOIN bills
    ON part_cells.provider = bills.provider
    AND part_cells.billing_account = bills.billing_account
    AND part_cells.billing_start = bills.billing_start
    AND part_cells.delivery = bills.delivery
)
SELECT
  provider,
  sku,
  pricing_unit,
  region,
  currency,
  charge_category,
  commitment_status,
  service,
  service_category,
  product_tag,
  rule_0,
  rule_1,
  is_measured,
  MAX(description) AS description,
  CAST(SUM(billed) AS DECIMAL(38, 18)) AS billed,
  CAST(SUM(effective) AS DECIMAL(38, 18)) AS effective,
  CAST(SUM(billed_own) AS DECIMAL(38, 18)) AS billed_own,
  CAST(SUM(effective_own) AS DECIMAL(38, 18)) AS effective_own,
  CAST(SUM(quantity) AS DECIMAL(38, 18)) AS quantity,
  CAST(SUM(quantity_booked) AS DECIMAL(38, 18)) AS quantity_booked,
  CAST(SUM(rows) AS BIGINT) AS rows
FROM counted
GROUP BY
  provider,
  sku,
  pricing_unit,
  region,
  currency,
  charge_category,
  commitment_status,
  service,
  service_category,
  product_tag,
  rule_0,
  rule_1,
  is_measured
