"""What notebooks and page one show of a scenario: levers with ranges, next actions, what matters, the months ahead."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from unitcost.analyses.commitments.hourly import together
from unitcost.analyses.commitments.views import Committed, committed
from unitcost.analyses.findings import findings as findings_of
from unitcost.analyses.levers import inputs as levers
from unitcost.analyses.levers.estimates.analysis import Step
from unitcost.analyses.levers.findings import money_of, per_user_after
from unitcost.analyses.levers.scenarios import scenario_of
from unitcost.analyses.levers.sentences import in_weeks, weeks_as_given
from unitcost.analyses.unit_cost.plan_file import Plan
from unitcost.display.charts.trend import Series
from unitcost.display.facts import NextAction
from unitcost.display.formats import Formats, month_name
from unitcost.display.tables import Column, Unknown, cell
from unitcost.month.company import Company
from unitcost.numbers.amounts import amount_of
from unitcost.numbers.estimate import Estimate, ratio
from unitcost.numbers.months import month_after
from unitcost.numbers.units import to_money

Table = tuple[list[list[object]], list[Column]]
RangeRow = tuple[str, Decimal | None, Decimal | None, Decimal | None]
NEXT = 3
KIND_WORDS = {
    "idle": "Idle resources",
    "schedule": "Schedule",
    "retention": "Retention",
    "storage_lifecycle": "Storage lifecycle",
    "rightsizing": "Rightsizing",
    "autoscaling": "Autoscaling",
    "query_optimization": "Query optimisation",
    "tenancy": "Tenancy",
    "egress": "Egress",
    "spot": "Spot",
    "commitment": "Commitment",
}
KEY_WORDS = {
    "coverage": "coverage",
    "saving": "saving",
    "commit_per_hour": "amount an hour",
    "unused_share": "share not used",
    "rework_share": "work done again",
    "minimum_capacity_share": "capacity always on",
    "retrieval_share": "fees for reading",
    "transition_share": "fees for moving",
    "minimum_duration_share": "early deletion",
    "capacity_kept_share": "capacity kept",
    "overhead_share": "overhead",
    "replacement_share": "replacement",
}


def words(identifier: str) -> str:
    """Return a lever's id as words: 'smaller-machines' is 'smaller machines'."""
    return identifier.replace("-", " ").replace("_", " ")


def owner(company: Company, identifier: str) -> str:
    """Return who owns a lever, 'no owner' where nobody does."""
    return scenario_of(company).lever(identifier).owner or "no owner"


def range_rows(company: Company, month: str) -> list[RangeRow]:
    """Return (lever, P10, saving, P90) in money a month, the largest saving first; what is not known is left out."""
    known = [
        (lever.saving, lever.id, lever.spread)
        for lever in levers.analysis(company, month).levers
        if lever.saving is not None and lever.spread is not None
    ]
    return [
        (words(lever_id), money_of(spread.low), to_money(saving), money_of(spread.high))
        for saving, lever_id, spread in sorted(known, key=lambda row: (-row[0], row[1]))
    ]


def lever_table(company: Company, month: str) -> Table:
    """Return every lever with what it matches, what of that is committed already, its saving together and alone."""
    found, currency = levers.analysis(company, month), company.config.report.currency
    rows: list[list[object]] = []
    for one in sorted(found.levers, key=lambda each: (-(each.saving or 0), each.id)):
        saving: object = Unknown(str(one.reason)) if one.saving is None else to_money(one.saving)
        alone: object = Unknown(str(one.reason)) if one.alone is None else to_money(one.alone)
        kind = KIND_WORDS[scenario_of(company).lever(one.id).kind]
        rows.append([words(one.id), kind, to_money(one.matched), to_money(one.committed), saving, alone])
    money = [Column(label, "money", currency) for label in ("Matched", "Committed", "Saving", "Alone")]
    return rows, [Column("Lever"), Column("Kind"), *money]


def portfolio_table(company: Company, month: str) -> Table:
    """Return the actions of the portfolio in their order with owner, weeks, range and cost per user after them."""
    found, currency = levers.analysis(company, month), company.config.report.currency
    rows: list[list[object]] = []
    for number, step in enumerate(found.chosen, start=1):
        action, after = next_of(company, month, step), cell(_after(company, month, step))
        adds = [to_money(step.added), action.low, action.high]
        rows.append([f"{number}. {action.name}", action.owner, action.weeks, *adds, after])
    money = [Column(label, "money", currency) for label in ("Adds", "P10", "P90")]
    return rows, [
        Column("Action"),
        Column("Owner"),
        Column("Weeks", "decimal"),
        *money,
        Column("Cost per user after", "unit_cost", f"{currency}/user"),
    ]


def next_of(company: Company, month: str, step: Step) -> NextAction:
    """Return an action with the range of what it adds to those before it, and cost per user after it."""
    low, high = money_of(step.added_spread.low), money_of(step.added_spread.high)
    weeks, after = scenario_of(company).lever(step.id).effort_weeks, _after(company, month, step)
    return NextAction(words(step.id), owner(company, step.id), weeks, low, high, amount_of(after.value))


def next_actions(company: Company, month: str) -> list[NextAction]:
    """Return at most three actions to take next, for page one."""
    return [next_of(company, month, step) for step in levers.analysis(company, month).chosen[:NEXT]]


def _after(company: Company, month: str, step: Step) -> Estimate:
    return per_user_after(levers.baseline(company, month), "", step.total, step.spread, "")


def curve(company: Company, month: str) -> list[tuple[Decimal, Decimal, Decimal, Decimal, str]]:
    """Return (weeks, P10, saving, P90, lever) of every action in its order, also beyond the budget."""
    found = levers.analysis(company, month)
    return [
        (step.weeks, money_of(step.spread.low), to_money(step.total), money_of(step.spread.high), words(step.id))
        for step in (*found.chosen, *found.beyond)
    ]


def ranges_headline(company: Company, month: str) -> str:
    """Return what all levers together would save, in a sentence; '' where there is no lever."""
    finding, fmt = findings_of(company, month)["levers.saving"], _formats(company)
    if not scenario_of(company).levers or not isinstance(finding.value, Decimal):
        return ""
    ends, verb, where = (finding.low, finding.high), "save", ""
    if finding.value < 0:
        ends, verb, where = (_negated(finding.high), _negated(finding.low)), "add", " to cost"
    low, value, high = (_money(fmt, number) for number in (ends[0], abs(finding.value), ends[1]))
    span = "" if finding.low == finding.high else f", between {low} and {high} with 80 % chance"
    return f"All levers together would {verb} {fmt.with_currency(value)} a month{where}{span}"


def portfolio_headline(company: Company, month: str) -> str:
    """Return what the levers chosen would save within the effort budget; '' where none is."""
    steps, fmt = levers.analysis(company, month).chosen, _formats(company)
    if not steps:
        return ""
    weeks, budget = steps[-1].weeks, scenario_of(company).effort_budget_weeks
    saving = fmt.with_currency(_money(fmt, to_money(steps[-1].total)))
    count = "One action" if len(steps) == 1 else f"{len(steps)} actions"
    of = "" if budget is None else f" of {weeks_as_given(budget, fmt)}"
    return f"{count} in {weeks_as_given(weeks, fmt)}{of} weeks would save {saving} a month"


def effort_headline(company: Company, month: str) -> str:
    """Return what the first action and all of them would save, with their weeks; '' where there is none."""
    found, fmt = levers.analysis(company, month), _formats(company)
    steps = (*found.chosen, *found.beyond)
    if not steps:
        return ""
    said = [f"{fmt.with_currency(_money(fmt, to_money(steps[0].total)))} in {in_weeks(steps[0].weeks, fmt)}"]
    if len(steps) > 1:
        said.append(f"{fmt.with_currency(_money(fmt, to_money(steps[-1].total)))} in {in_weeks(steps[-1].weeks, fmt)}")
    return f"Savings a month would be {', then '.join(said)}"


def after_headline(company: Company, month: str) -> str:
    """Return what a user would cost after all levers, against now; '' where that is unknown."""
    findings, fmt = findings_of(company, month), _formats(company)
    now, then = findings["cost_per_user"].value, findings["levers.cost_per_user_after"].value
    if not scenario_of(company).levers or not isinstance(now, Decimal) or not isinstance(then, Decimal):
        return ""
    return (
        f"After all levers a user would cost {fmt.with_currency(fmt.unit_cost(then))} instead of {fmt.unit_cost(now)}"
    )


def hourly(company: Company, month: str) -> list[tuple[str, Decimal, Committed]]:
    """Return (lever, discount, commitment) of every commitment by the hour that the month's hours tell something of.

    That is before any other lever; what they leave of the use takes the same share of the amount.
    """
    found = []
    for lever in scenario_of(company).levers:
        if lever.kind == "commitment" and lever.coverage is None and lever.saving is not None:
            given = None if lever.commit_per_hour is None else lever.commit_per_hour.mode
            known = committed(company, month, lever.applies_to, lever.saving.mode, per_hour=given)
            if known.by_provider:
                found.append((words(lever.id), lever.saving.mode, known))
    return found


def hourly_headline(company: Company, name: str, known: Committed) -> str:
    """Return what a commitment by the hour makes of the month, over all its providers."""
    fmt, one = _formats(company), together(known.by_provider)
    if one is None:
        return ""
    amount = fmt.with_currency(fmt.unit_cost(one.per_hour))
    over = f" over {len(known.by_provider)} providers" if len(known.by_provider) > 1 else ""
    word, change = ("less", one.saving) if one.saving >= 0 else ("more", -one.saving)
    return f"{name}: with {amount} an hour{over} the month would cost {fmt.with_currency(_money(fmt, change))} {word}"


def matters_headline(company: Company, month: str) -> str:
    """Return which assumption the saving depends on most; '' where every assumption is a single number."""
    found = levers.analysis(company, month).matters
    if not found:
        return ""
    return f"The result depends most on the {KEY_WORDS[found[0].key]} of {words(found[0].lever)}"


def ahead_headline(company: Company, month: str) -> str:
    """Return what cost per user would be at the end of the months ahead; '' where that is not known."""
    rows, fmt = ahead(company, month), _formats(company)
    if not rows or not scenario_of(company).levers or not isinstance(rows[-1][1].value, Decimal):
        return ""
    at, one, _, _ = rows[-1]
    shown = fmt.with_currency(fmt.unit_cost(one.value if isinstance(one.value, Decimal) else None))
    return f"With the actions chosen one user would cost {shown} in {month_name(at, company.config.report.locale)}"


def _formats(company: Company) -> Formats:
    return Formats.of(company.config.report.locale, company.config.report.currency)


def _negated(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else -amount


def _money(fmt: Formats, amount: Decimal | None) -> str:
    return fmt.money(amount, fmt.money_digits([amount] if amount is not None else [], whole=True))


def tornado_rows(company: Company, month: str, at_most: int = 10) -> list[tuple[str, Decimal, Decimal, Decimal, None]]:
    """Return (assumption, lowest, 0, highest, None): what each does to the saving of all levers, the widest first."""
    found = levers.analysis(company, month)
    base = to_money(found.total)
    rows = []
    for matter in found.matters[:at_most]:
        ends = sorted(money_of(end) - base for end in (matter.low, matter.high))
        name = f"{words(matter.lever)}: {KEY_WORDS[matter.key]}"
        rows.append((name, min(ends[0], Decimal(0)), Decimal(0), max(ends[1], Decimal(0)), None))
    return rows


def matter_table(company: Company, month: str, at_most: int = 10) -> Table:
    """Return the saving of all levers at P10 and P90 of each assumption, with its total-order index."""
    found, currency = levers.analysis(company, month), company.config.report.currency
    rows: list[list[object]] = [
        [
            words(one.lever),
            KEY_WORDS[one.key],
            money_of(one.low),
            money_of(one.high),
            None if one.total_order is None else ratio(Fraction(one.total_order), 1),
        ]
        for one in found.matters[:at_most]
    ]
    columns = [Column(label, "money", currency) for label in ("Saving at P10", "Saving at P90")]
    return rows, [Column("Lever"), Column("Assumption"), *columns, Column("Share of variance", "share")]


def assumption_table(company: Company) -> Table:
    """Return every assumption with its range, where it is from and of when; shipped ones say so."""
    rows: list[list[object]] = []
    for one in scenario_of(company).assumptions:
        source = f"{one.source} (shipped, to be replaced)" if one.shipped else one.source
        rows.append(
            [
                words(one.lever),
                KEY_WORDS[one.key],
                one.value.low,
                one.value.mode,
                one.value.high,
                source,
                one.as_of.isoformat(),
            ]
        )
    ends = [Column(label, "decimal") for label in ("Low", "Mode", "High")]
    return rows, [Column("Lever"), Column("Assumption"), *ends, Column("Source"), Column("As of")]


def ahead(company: Company, month: str) -> list[tuple[str, Estimate, Decimal | None, Decimal | None]]:
    """Return (month, cost per user after the portfolio, plan, target) of the months ahead.

    Spend and users stay those of `month`; each lever comes in evenly over its ramp.
    """
    found = levers.analysis(company, month)
    targets = company.config.targets.cost_per_user
    base = levers.baseline(company, month)
    plans = {p.month: ratio(p.scope_cost, p.mau) for p in company.given(Plan).rows}
    rows: list[tuple[str, Estimate, Decimal | None, Decimal | None]] = []
    for one in found.ahead:
        at = month_after(month, one.number)
        rows.append((at, per_user_after(base, "", one.total, one.spread, ""), plans.get(at), targets.get(at)))
    return rows


def ahead_table(company: Company, month: str) -> Table:
    """Return the months ahead with cost per user after the portfolio beside plan and target.

    The last months are left out where they say nothing new.
    """
    unit = f"{company.config.report.currency}/user"
    rows: list[list[object]] = [
        [month_name(at, company.config.report.locale), cell(one), one.low, one.high, plan, target]
        for at, one, plan, target in ahead(company, month)
    ]
    while len(rows) > 1 and rows[-1][1:] == [*rows[-2][1:4], None, None]:
        rows.pop()
    labels = ("Would be", "P10", "P90", "Plan", "Target")
    return rows, [Column("Month"), *(Column(label, "unit_cost", unit) for label in labels)]


def ahead_series(company: Company, month: str, history: int = 12) -> list[Series]:
    """Return cost per user of the last months with what it would be after the portfolio; empty where unknown."""
    rows, unit = ahead(company, month), f"{company.config.report.currency}/user"
    known = [(at, one) for at, one, _, _ in rows if isinstance(one.value, Decimal)]
    months = company.until(month, history)
    values = [company.past(each).findings["cost_per_user"].value for each in months]
    if not known or not isinstance(values[-1], Decimal):
        return []
    targets = {m: v for m, v in company.config.targets.cost_per_user.items() if months[0] <= m <= rows[-1][0]}
    outlook = {at: (one.value, one.low, one.high) for at, one in known if isinstance(one.value, Decimal)}
    return [
        Series(
            "Cost per user",
            "unit_cost",
            months,
            [value if isinstance(value, Decimal) else None for value in values],
            unit,
            targets or None,
            outlook,
        )
    ]


def after_table(company: Company, month: str) -> Table:
    """Return cost per user now and after all levers and the portfolio, in all and by tier."""
    findings, unit = findings_of(company, month), f"{company.config.report.currency}/user"
    names = [("All users", ""), ("Free users", ".free"), ("Paid users", ".paid")]
    rows: list[list[object]] = []
    for label, tier in names:
        now, then = findings[f"cost_per_user{tier}"], findings[f"levers.cost_per_user_after{tier}"]
        known = isinstance(now.value, Decimal) and isinstance(then.value, Decimal)
        change = then.value - now.value if known else None  # type: ignore[operator]
        rows.append([label, cell(now), cell(then), change])
    columns = [Column(label, "unit_cost", unit) for label in ("Now", "After")]
    return rows, [Column("Cost per user"), *columns, Column("Change", "delta_unit_cost", unit)]
