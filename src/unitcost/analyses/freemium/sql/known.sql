-- question: which subscription periods are known on a month's last day?
-- grain:    subscription period
-- inputs:   {path} (the subscriptions), {next_month} (the first day after the month)
-- output:   known; `until` is exclusive and at most {next_month}, `runs` tells that the period goes on after the month
create or replace temp table known as
select
    user_id,
    tier,
    mrr,
    currency,
    case when signed_up_on < {next_month} or signed_up_on is null then signed_up_on else {next_month} end as signed_up_on,
    started_on,
    least(coalesce(ended_on, {next_month}), {next_month}) as until,
    ended_on is null or ended_on >= {next_month} as runs
from read_parquet({path}, hive_partitioning = false)
where started_on < {next_month} and (ended_on is null or ended_on <> started_on);
