-- question: which users belong to an account that has its own tenancy in this month?
-- grain:    user (dedicated_users), account (dedicated_accounts)
-- inputs:   subscriptions, settings (first and next: the month's first day and the next month's)
-- output:   dedicated_accounts, dedicated_users
create or replace temp table subscriptions_of_month as
select subscriptions.*
from subscriptions
where
    started_on < (select next_month from settings)
    and (ended_on is null or ended_on > (select first_day from settings))
    and ended_on is distinct from started_on;

create or replace temp table dedicated_accounts as
select distinct account_id from subscriptions_of_month where tenancy = 'dedicated' and account_id is not null;

create or replace temp table dedicated_users as
select distinct user_id
from subscriptions_of_month
where account_id in (select account_id from dedicated_accounts);
