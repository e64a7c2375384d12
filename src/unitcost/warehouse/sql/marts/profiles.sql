-- question: how many users of the month share the same profile?
-- grain:    tier on the last active day × active days × paid days × product lines used × tenancy × subscription known
-- inputs:   users, settings
-- output:   profiles: counts of users; everything about heads follows from it
with described as (
    select
        -- The two sets of days share no bit, so the larger number holds the last day.
        case
            when other_days > days - other_days then (select other_tier from settings)
            else (select default_tier from settings)
        end as last_tier,
        days_in(days) as active_days,
        days_in(
            case when (select other_tier from settings) = 'paid' then other_days else days - other_days end
        ) as paid_days,
        product_lines,
        dedicated,
        no_subscription
    from users
)

select
    last_tier,
    cast(active_days as bigint) as active_days,
    cast(paid_days as bigint) as paid_days,
    product_lines,
    dedicated,
    no_subscription,
    cast(count(*) as bigint) as users
from described
group by last_tier, active_days, paid_days, product_lines, dedicated, no_subscription
