"""Who used the product and who paid: activity rows and subscription periods of generated users."""

from __future__ import annotations

from benchmarks import chance
from benchmarks.bills import MONEY
from benchmarks.catalogue import PRODUCTS

USER = "'u' || lpad(cast({0} as varchar), 9, '0')"


def activity_query(month: str, rows: int, users: int, kind: str) -> str:
    """Return the query of a month's activity: one row a user, day and product line, few of them twice.

    Some users are much more active than others. `kind` is the type of the driver `cpu_seconds`, a key of MONEY.
    """
    days = chance.days_of(month)
    cpu = MONEY[kind].format("round(exp(4 * chance(n, 5)), 3)")
    return f"""
        with drawn as (
            select hash(i, {chance.number_of(month)}) as n, i * {days} // {rows} as day
            from range({rows}) as numbers(i)
        )
        select date {chance.text(month + "-01")} + day::integer as date,
            {USER.format(f"floor({users} * pow(chance(n, 3), 2))::bigint")} as user_id,
            pick({chance.texts(PRODUCTS)}, pow(chance(n, 4), 2)) as product_line,
            1 + floor(200 * pow(chance(n, 6), 3))::bigint as requests,
            {cpu} as cpu_seconds
        from drawn
    """


def subscriptions_query(users: int, first_month: str, months: int) -> str:
    """Return the query of the periods: nine users of ten have some, one of twenty pays from some day on.

    A fifth of those who pay go back to free later.
    """
    span = months * 30
    return f"""
        with members as (
            select {USER.format("number")} as user_id, chance(number, 21) < 0.05 as payer,
                chance(number, 22) < 0.2 as left_again,
                date {chance.text(first_month + "-01")} - 1 - floor(700 * chance(number, 23))::integer as joined,
                date {chance.text(first_month + "-01")} + floor({span} * chance(number, 24))::integer as paid_from,
                pick(['basic', 'pro', 'team'], chance(number, 25)) as paid_plan
            from range({users}) as numbers(number)
            where chance(number, 26) < 0.9
        ),
        periods as (
            select *, 'free' as tier, joined as started_on, case when payer then paid_from end as ended_on from members
            union all
            select *, 'paid', paid_from, case when left_again then paid_from + 45 end from members where payer
            union all
            select *, 'free', paid_from + 45, null from members where payer and left_again
        )
        select user_id, tier, started_on, ended_on,
            case when tier = 'free' then '0' when paid_plan = 'basic' then '9.00' when paid_plan = 'pro' then '19.50'
                else '49.00' end as mrr,
            case when tier = 'free' then 'free' else paid_plan end as plan,
            joined as signed_up_on
        from periods
        order by user_id, started_on
    """
