WITH counted AS (
  SELECT
    part_commitments.*
  FROM part_commitments
  INNER JOIN bills
    ON part_commitments.provider = bills.provider
    AND part_commitments.billing_account = bills.billing_account
    AND part_commitments.billing_start = bills.billing_start
    AND part_commitments.delivery = bills.delivery
)
SELECT
  provider,
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
  CAST(SUM(rows) AS BIGINT) AS rows,
  MAX(term_end) AS term_end
FROM counted
GROUP BY
  provider,
  service,
  commitment_id,
  commitment_status,
  charge_category,
  pricing_category,
  correction,
  list_known,
  contracted_known
