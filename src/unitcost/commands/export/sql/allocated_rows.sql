-- question: which part of each row of one file went to which product line and tier?
-- grain:    row × product line × tier
-- inputs:   month_rows (of one file), row_pieces, row_groups, row_corrections (of the file)
-- output:   the rows of the export; {columns} are FOCUS's own, {currency} is the reporting currency
with cut as (
    select
        r.*,
        p.line,
        p.tier,
        p.method,
        p.low,
        p.high,
        g.kind,
        g.owner,
        g.in_scope,
        coalesce(c.units, 0) as correction,
        case when r.currency = {currency} then coalesce(c.units, 0) else 0 end as own_correction
    from month_rows as r
    inner join row_pieces as p on r.group_number = p.group_number
    inner join row_groups as g on r.group_number = g.number
    left join row_corrections as c
        on r.row = c.row and p.line is not distinct from c.line and p.tier is not distinct from c.tier
)

select
    {columns}
    case when line is not null then 'unitcost/' || method end as AllocatedMethodId,
    case when line is not null
        then '{{"Elements":[{{"AllocatedRatio":' || cast(amount_of(high - low) as varchar) || '}}]}}' end
        as AllocatedMethodDetails,
    line || coalesce('/' || tier, '') as AllocatedResourceId,
    line || coalesce(', ' || tier, '') as AllocatedResourceName,
    line as x_AllocatedProductLine,
    tier as x_AllocatedTier,
    amount_of(high - low) as x_AllocatedShare,
    case when in_scope then amount_of({cost}) end as x_AllocatedCost,
    kind as x_CostClass,
    owner as x_CostOwner,
    {currency} as x_ReportingCurrency,
    amount_of({billed}) as x_BilledCost,
    amount_of({effective}) as x_EffectiveCost
from cut
