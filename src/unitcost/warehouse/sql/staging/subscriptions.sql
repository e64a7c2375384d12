-- question: who was on which tier, when?
-- grain:    one subscription period of one user (table subscriptions)
-- inputs:   raw (texts of all subscription files), moments, money_texts
-- output:   subscriptions; ended_on is exclusive and null while the period runs
create or replace temp table subscriptions as
select
    raw.user_id,
    raw.tier,
    cast(s.at as date) as started_on,
    cast(e.at as date) as ended_on,
    coalesce(
        case when is_plain(raw.mrr) then cast(raw.mrr as decimal(38, 18)) end, m.value, cast(0 as decimal(38, 18))
    ) as mrr,
    raw.plan,
    raw.account_id,
    cast(u.at as date) as signed_up_on,
    coalesce(raw.tenancy, 'shared') as tenancy,
    raw.currency
from raw
left join moments as s on raw.started_on = s.text
left join moments as e on raw.ended_on = e.text
left join moments as u on raw.signed_up_on = u.text
left join money_texts as m on raw.mrr = m.text;
