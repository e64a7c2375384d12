WITH known AS (
  SELECT
    month,
    billing_start,
    provider,
    billing_account,
    service,
    commitment_id,
    commitment_status,
    charge_category,
    pricing_category,
    correction,
    billed,
    effective,
    list,
    contracted,
    counts,
    NOT list IS NULL AS list_known,
    NOT contracted IS NULL AS contracted_known,
    CASE
      WHEN charge_category = 'Purchase'
      AND CAST(DATEDIFF(DAY, CAST(charge_start AS DATE), CAST(charge_end AS DATE)) AS BIGINT) > CAST(31 AS BIGINT)
      THEN charge_end
    END AS purchase_end
  FROM cost_rows
  WHERE
    charge_category = 'Usage' OR charge_category = 'Purchase'
)
SELECT
  month,
  billing_start,
  provider,
  billing_account,
  service,
  commitment_id,
  commitment_status,
  charge_category,
  pricing_category,
  correction,
  list_known,
  contracted_known,
  CAST(SUM(billed) AS DECIMAL(38, 18)) AS billed,
  CAST(SUM(effective) AS DECIMAL(38, 18)) AS effective,
  CAST(SUM(list) AS DECIMAL(38, 18)) AS list,
  CAST(SUM(contracted) AS DECIMAL(38, 18)) AS contracted,
  CAST(SUM(counts) AS BIGINT) AS rows,
  MAX(purchase_end) AS term_end
FROM known
GROUP BY
  month,
  billing_start,
  provider,
  billing_account,
  service,
  commitment_id,
  commitment_status,
  charge_category,
  pricing_category,
  correction,
  list_known,
  contracted_known
