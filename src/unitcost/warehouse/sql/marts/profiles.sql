-- question: how many users of the month share the same profile?
-- grain:    tier on the last active day × active days × paid days × product lines used × tenancy × subscription known
-- inputs:   users
-- output:   profiles: counts of users; everything about heads follows from it
with described as (
    select
        -- The two sets of days share no bit, so the larger number holds the last day.
        case when paid_days > days - paid_days then 'paid' else 'free' end as last_tier,
        cast(bit_count(days) as bigint) as active_days,
        cast(bit_count(paid_days) as bigint) as paid_days,
        product_lines,
        dedicated,
        no_subscription
    from users
)

select
    last_tier,
    active_days,
    paid_days,
    product_lines,
    dedicated,
    no_subscription,
    cast(count(*) as bigint) as users
from described
group by last_tier, active_days, paid_days, product_lines, dedicated, no_subscription
