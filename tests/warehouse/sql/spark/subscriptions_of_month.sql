WITH touching AS (
  SELECT
    user_id,
    tier,
    account_id,
    tenancy,
    CASE
      WHEN started_on > (
        SELECT
          first_day
        FROM settings
      )
      THEN started_on
      ELSE (
        SELECT
          first_day
        FROM settings
      )
    END AS first_day,
    CASE
      WHEN ended_on < (
        SELECT
          next_month
        FROM settings
      )
      THEN ended_on
      ELSE (
        SELECT
          next_month
        FROM settings
      )
    END AS next_day
  FROM subscriptions
  WHERE
    started_on < (
      SELECT
        next_month
      FROM settings
    )
    AND (
      ended_on IS NULL OR ended_on > (
        SELECT
          first_day
        FROM settings
      )
    )
    AND (
      ended_on IS NULL OR ended_on <> started_on
    )
)
SELECT
  user_id,
  tier,
  account_id,
  tenancy,
  first_day,
  next_day,
  CAST((
    SHIFTLEFT(
      CAST(1 AS BIGINT),
      CAST(DATEDIFF(DAY, (
        SELECT
          first_day
        FROM settings
      ), next_day) AS INT)
    )
  ) - (
    SHIFTLEFT(
      CAST(1 AS BIGINT),
      CAST(DATEDIFF(DAY, (
        SELECT
          first_day
        FROM settings
      ), first_day) AS INT)
    )
  ) AS BIGINT) AS days
FROM touching
