WITH counted AS (
  SELECT
    parts.*
  FROM parts
  INNER JOIN bills
    ON parts.provider = bills.provider
    AND parts.billing_account = bills.billing_account
    AND parts.billing_start = bills.billing_start
    AND parts.delivery = bills.delivery
)
SELECT
  billing_start,
  provider,
  seller,
  publisher,
  issuer,
  billing_account,
  sub_account,
  sub_account_name,
  currency,
  charge_category,
  service,
  service_category,
  commitment_status,
  product_tag,
  environment_tag,
  account_tag,
  rule_0,
  rule_1,
  marks,
  CAST(SUM(billed) AS DECIMAL(38, 18)) AS billed,
  CAST(SUM(booked) AS DECIMAL(38, 18)) AS booked,
  CAST(SUM(effective) AS DECIMAL(38, 18)) AS effective,
  CAST(SUM(billed_own) AS DECIMAL(38, 18)) AS billed_own,
  CAST(SUM(rows) AS BIGINT) AS rows,
  CAST(SUM(content) AS DECIMAL(38, 0)) AS content,
  MIN(example) AS example
FROM counted
GROUP BY
  billing_start,
  provider,
  seller,
  publisher,
  issuer,
  billing_account,
  sub_account,
  sub_account_name,
  currency,
  charge_category,
  service,
  service_category,
  commitment_status,
  product_tag,
  environment_tag,
  account_tag,
  rule_0,
  rule_1,
  marks
