-- question: what is known of each user at the end of a month?
-- grain:    user, in no order that anything may rest on: readers sort
-- inputs:   starts, spells, free_use, known, {rates} (currency, rate), {first_day}, {next_month}
-- output:   days are whole; -1 where there is none; `paid_value` is the sum of monthly price × days paid in the month
select
    starts.began_free,
    date_diff('month', date_trunc('month', starts.signed_up_on), {first_day}) as months,
    date_diff('day', starts.signed_up_on, {next_month}) - 1 as followed,
    case
        when starts.converted_on is null then -1
        else greatest(date_diff('day', starts.signed_up_on, starts.converted_on), 0)
    end as delay,
    coalesce(spells.days, -1) as paid_days,
    coalesce(spells.paying, false) as paying,
    cast(coalesce(used.free_months, 0) as double) as free_months,
    coalesce(prices.days, 0) as month_days,
    cast(coalesce(prices.paid_value, 0) as double) as paid_value
from starts
left join spells on starts.user_id = spells.user_id
left join (
    select
        user_id,
        sum(free_share) as free_months
    from free_use
    group by user_id
) as used on starts.user_id = used.user_id
left join (
    select
        known.user_id,
        sum(date_diff('day', greatest(known.started_on, {first_day}), known.until)) as days,
        sum(
            -- Decimals add up to the same sum in any order.
            cast(cast(known.mrr as double) * rates.rate as decimal(38, 9))
            * date_diff('day', greatest(known.started_on, {first_day}), known.until)
        ) as paid_value
    from known
    inner join ({rates}) as rates on known.currency is not distinct from rates.currency
    where known.tier = 'paid' and known.until > {first_day}
    group by known.user_id
) as prices on starts.user_id = prices.user_id
where starts.signed_up_on < {next_month}
