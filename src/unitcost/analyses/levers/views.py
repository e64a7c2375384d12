"""What notebooks and page one show of a scenario: levers with ranges, next actions, what matters, the months ahead."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import partial

from unitcost.analyses.commitments.hourly import together
from unitcost.analyses.commitments.views import (
    Committed,
    commitment_curve,
    commitment_notes,
    commitment_table,
    committed,
)
from unitcost.analyses.levers import inputs as levers
from unitcost.analyses.levers.charts import effort_curve
from unitcost.analyses.levers.estimates.analysis import ActionStep
from unitcost.analyses.levers.findings import money_of, per_user_after
from unitcost.analyses.levers.kinds import AN_HOUR, KEY_WORDS, kind_of
from unitcost.analyses.levers.scenarios import scenario_of
from unitcost.analyses.levers.sentences import in_weeks, weeks_as_given
from unitcost.analyses.unit_cost.plan_file import Plan
from unitcost.display import charts
from unitcost.display.charts.trend import Series
from unitcost.display.facts import NextAction
from unitcost.display.formats import Formats, month_name
from unitcost.display.tables import Column, Unknown, cell
from unitcost.display.view import View
from unitcost.month.company import Company
from unitcost.month.report import Report
from unitcost.numbers.amounts import amount_of, minus
from unitcost.numbers.estimate import Estimate, ratio
from unitcost.numbers.months import month_after
from unitcost.numbers.units import to_money

Table = tuple[list[list[object]], list[Column]]
RangeRow = tuple[str, Decimal | None, Decimal | None, Decimal | None]
NEXT = 3


def words(identifier: str) -> str:
    """Return a lever's id as words: 'smaller-machines' is 'smaller machines'."""
    return identifier.replace("-", " ").replace("_", " ")


def owner(company: Company, identifier: str) -> str:
    """Return who owns a lever, 'no owner' where nobody does."""
    return scenario_of(company).lever(identifier).owner or "no owner"


def range_rows(company: Company, month: str) -> list[RangeRow]:
    """Return (lever, P10, saving, P90) in money a month, the largest saving first; what is not known is left out."""
    estimated = [
        (lever.saving, lever.id, lever.spread)
        for lever in levers.analysis(company, month).levers
        if lever.saving is not None and lever.spread is not None
    ]
    return [
        (words(lever_id), money_of(spread.low), to_money(saving), money_of(spread.high))
        for saving, lever_id, spread in sorted(estimated, key=lambda row: (-row[0], row[1]))
    ]


def lever_table(company: Company, month: str) -> Table:
    """Return every lever with what it matches, what of that is committed already, its saving together and alone."""
    result, currency = levers.analysis(company, month), company.config.report.currency
    rows: list[list[object]] = []
    for lever in sorted(result.levers, key=lambda each: (-(each.saving or 0), each.id)):
        saving: object = Unknown(str(lever.reason)) if lever.saving is None else to_money(lever.saving)
        alone: object = Unknown(str(lever.reason)) if lever.alone is None else to_money(lever.alone)
        kind = kind_of(scenario_of(company).lever(lever.id).kind).words
        rows.append([words(lever.id), kind, to_money(lever.matched), to_money(lever.committed), saving, alone])
    money = [Column(label, "money", currency) for label in ("Matched", "Committed", "Saving", "Alone")]
    return rows, [Column("Lever"), Column("Kind"), *money]


def portfolio_table(company: Company, month: str) -> Table:
    """Return the actions of the portfolio in their order with owner, weeks, range and cost per user after them."""
    result, currency = levers.analysis(company, month), company.config.report.currency
    rows: list[list[object]] = []
    for number, step in enumerate(result.chosen, start=1):
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


def next_of(company: Company, month: str, step: ActionStep) -> NextAction:
    """Return an action with the range of what it adds to those before it, and cost per user after it."""
    low, high = money_of(step.added_spread.low), money_of(step.added_spread.high)
    weeks, after = scenario_of(company).lever(step.id).effort_weeks, _after(company, month, step)
    return NextAction(words(step.id), owner(company, step.id), weeks, low, high, amount_of(after.value))


def next_actions(company: Company, month: str) -> list[NextAction]:
    """Return at most three actions to take next, for page one."""
    return [next_of(company, month, step) for step in levers.analysis(company, month).chosen[:NEXT]]


def _after(company: Company, month: str, step: ActionStep) -> Estimate:
    return per_user_after(levers.baseline(company, month), "", step.total, step.spread, "")


def curve(company: Company, month: str) -> list[tuple[Decimal, Decimal, Decimal, Decimal, str]]:
    """Return (weeks, P10, saving, P90, lever) of every action in its order, also beyond the budget."""
    result = levers.analysis(company, month)
    return [
        (step.weeks, money_of(step.spread.low), to_money(step.total), money_of(step.spread.high), words(step.id))
        for step in (*result.chosen, *result.beyond)
    ]


def ranges_headline(report: Report) -> str:
    """Return what all levers together would save, in a sentence; '' where there is no lever."""
    finding, fmt = report.findings["levers.saving"], report.fmt
    if not scenario_of(report.company).levers or not isinstance(finding.value, Decimal):
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
    result, fmt = levers.analysis(company, month), _formats(company)
    steps = (*result.chosen, *result.beyond)
    if not steps:
        return ""
    parts = [f"{fmt.with_currency(_money(fmt, to_money(steps[0].total)))} in {in_weeks(steps[0].weeks, fmt)}"]
    if len(steps) > 1:
        parts.append(f"{fmt.with_currency(_money(fmt, to_money(steps[-1].total)))} in {in_weeks(steps[-1].weeks, fmt)}")
    return f"Savings a month would be {', then '.join(parts)}"


def after_headline(report: Report) -> str:
    """Return what a user would cost after all levers, against now; '' where that is unknown."""
    findings, fmt = report.findings, report.fmt
    now, then = findings["cost_per_user"].value, findings["levers.cost_per_user_after"].value
    if not scenario_of(report.company).levers or not isinstance(now, Decimal) or not isinstance(then, Decimal):
        return ""
    return (
        f"After all levers a user would cost {fmt.with_currency(fmt.unit_cost(then))} instead of {fmt.unit_cost(now)}"
    )


def hourly(company: Company, month: str) -> list[tuple[str, Decimal, Committed]]:
    """Return (lever, discount, commitment) of every commitment by the hour that the month's hours tell something of.

    That is before any other lever; what they leave of the use takes the same share of the amount.
    """
    commitments = []
    for lever in scenario_of(company).levers:
        if lever.by_the_hour and lever.saving is not None:
            amount = lever.assumed(AN_HOUR)
            given = None if amount is None else amount.mode
            outcome = committed(company, month, lever.applies_to, lever.saving.mode, per_hour=given)
            if outcome.by_provider:
                commitments.append((words(lever.id), lever.saving.mode, outcome))
    return commitments


def hourly_headline(company: Company, name: str, outcome: Committed) -> str:
    """Return what a commitment by the hour makes of the month, over all its providers."""
    fmt, all_providers = _formats(company), together(outcome.by_provider)
    if all_providers is None:
        return ""
    amount = fmt.with_currency(fmt.unit_cost(all_providers.per_hour))
    over = f" over {len(outcome.by_provider)} providers" if len(outcome.by_provider) > 1 else ""
    word, change = ("less", all_providers.saving) if all_providers.saving >= 0 else ("more", -all_providers.saving)
    return f"{name}: with {amount} an hour{over} the month would cost {fmt.with_currency(_money(fmt, change))} {word}"


def matters_headline(company: Company, month: str) -> str:
    """Return which assumption the saving depends on most; '' where every assumption is a single number."""
    matters = levers.analysis(company, month).matters
    if not matters:
        return ""
    return f"The result depends most on the {KEY_WORDS[matters[0].key]} of {words(matters[0].lever)}"


def ahead_headline(company: Company, month: str) -> str:
    """Return what cost per user would be at the end of the months ahead; '' where that is not known."""
    rows, fmt = ahead(company, month), _formats(company)
    if not rows or not scenario_of(company).levers:
        return ""
    at, estimate, _, _ = rows[-1]
    value = amount_of(estimate.value)
    if value is None:
        return ""
    shown = fmt.with_currency(fmt.unit_cost(value))
    return f"With the actions chosen one user would cost {shown} in {month_name(at, company.config.report.locale)}"


def _formats(company: Company) -> Formats:
    return Formats.of(company.config.report.locale, company.config.report.currency)


def _negated(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else -amount


def _money(fmt: Formats, amount: Decimal | None) -> str:
    return fmt.money(amount, fmt.money_digits([amount] if amount is not None else [], whole=True))


def tornado_rows(company: Company, month: str, at_most: int = 10) -> list[tuple[str, Decimal, Decimal, Decimal, None]]:
    """Return (assumption, lowest, 0, highest, None): what each does to the saving of all levers, the widest first."""
    result = levers.analysis(company, month)
    base = to_money(result.total)
    rows = []
    for matter in result.matters[:at_most]:
        ends = sorted(money_of(end) - base for end in (matter.low, matter.high))
        name = f"{words(matter.lever)}: {KEY_WORDS[matter.key]}"
        rows.append((name, min(ends[0], Decimal(0)), Decimal(0), max(ends[1], Decimal(0)), None))
    return rows


def matter_table(company: Company, month: str, at_most: int = 10) -> Table:
    """Return the saving of all levers at P10 and P90 of each assumption, with its total-order index."""
    result, currency = levers.analysis(company, month), company.config.report.currency
    rows: list[list[object]] = [
        [
            words(matter.lever),
            KEY_WORDS[matter.key],
            money_of(matter.low),
            money_of(matter.high),
            None if matter.total_order is None else ratio(Fraction(matter.total_order), 1),
        ]
        for matter in result.matters[:at_most]
    ]
    columns = [Column(label, "money", currency) for label in ("Saving at P10", "Saving at P90")]
    return rows, [Column("Lever"), Column("Assumption"), *columns, Column("Share of variance", "share")]


def assumption_table(company: Company) -> Table:
    """Return every assumption with its range, where it is from and of when; shipped ones say so."""
    rows: list[list[object]] = []
    for assumption in scenario_of(company).assumptions:
        source = f"{assumption.source} (shipped, to be replaced)" if assumption.shipped else assumption.source
        rows.append(
            [
                words(assumption.lever),
                KEY_WORDS[assumption.key],
                assumption.value.low,
                assumption.value.mode,
                assumption.value.high,
                source,
                assumption.as_of.isoformat(),
            ]
        )
    ends = [Column(label, "decimal") for label in ("Low", "Mode", "High")]
    return rows, [Column("Lever"), Column("Assumption"), *ends, Column("Source"), Column("As of")]


def ahead(company: Company, month: str) -> list[tuple[str, Estimate, Decimal | None, Decimal | None]]:
    """Return (month, cost per user after the portfolio, plan, target) of the months ahead.

    Spend and users stay those of `month`; each lever comes in evenly over its ramp.
    """
    result = levers.analysis(company, month)
    targets = company.config.targets.cost_per_user
    base = levers.baseline(company, month)
    plans = {p.month: ratio(p.scope_cost, p.mau) for p in company.given(Plan).rows}
    rows: list[tuple[str, Estimate, Decimal | None, Decimal | None]] = []
    for step in result.ahead:
        at = month_after(month, step.number)
        rows.append((at, per_user_after(base, "", step.total, step.spread, ""), plans.get(at), targets.get(at)))
    return rows


def ahead_table(company: Company, month: str) -> Table:
    """Return the months ahead with cost per user after the portfolio beside plan and target.

    The last months are left out where they say nothing new.
    """
    unit = f"{company.config.report.currency}/user"
    rows: list[list[object]] = [
        [month_name(at, company.config.report.locale), cell(estimate), estimate.low, estimate.high, plan, target]
        for at, estimate, plan, target in ahead(company, month)
    ]
    while len(rows) > 1 and rows[-1][1:] == [*rows[-2][1:4], None, None]:
        rows.pop()
    labels = ("Would be", "P10", "P90", "Plan", "Target")
    return rows, [Column("Month"), *(Column(label, "unit_cost", unit) for label in labels)]


def ahead_series(company: Company, month: str, history: int = 12) -> list[Series]:
    """Return cost per user of the last months with what it would be after the portfolio; empty where unknown."""
    rows, unit = ahead(company, month), f"{company.config.report.currency}/user"
    outlook = {
        at: (estimate.value, estimate.low, estimate.high)
        for at, estimate, _, _ in rows
        if isinstance(estimate.value, Decimal)
    }
    months = company.until(month, history)
    values = [amount_of(company.past(each).findings["cost_per_user"].value) for each in months]
    if not outlook or values[-1] is None:
        return []
    targets = {m: v for m, v in company.config.targets.cost_per_user.items() if months[0] <= m <= rows[-1][0]}
    return [Series("Cost per user", "unit_cost", months, values, unit, targets or None, outlook)]


def after_table(report: Report) -> Table:
    """Return cost per user now and after all levers and the portfolio, in all and by tier."""
    findings, unit = report.findings, report.unit
    names = [("All users", ""), ("Free users", ".free"), ("Paid users", ".paid")]
    rows: list[list[object]] = []
    for label, tier in names:
        now, then = findings[f"cost_per_user{tier}"], findings[f"levers.cost_per_user_after{tier}"]
        change = minus(amount_of(then.value), amount_of(now.value))
        rows.append([label, cell(now), cell(then), change])
    columns = [Column(label, "unit_cost", unit) for label in ("Now", "After")]
    return rows, [Column("Cost per user"), *columns, Column("Change", "delta_unit_cost", unit)]


# What the sections of a report show


def _source(report: Report) -> str:
    return f"Source: bills of {report.this}; scenario: {scenario_of(report.company).name}"


def _money_measure(report: Report) -> charts.Measure:
    return charts.Measure("money", report.fmt, report.currency)


def ranges(report: Report) -> View:
    """Return the saving a month of each lever with its range, the largest first, as a chart."""
    rows = range_rows(report.company, report.month)
    if not rows:
        return View()
    subtitle = f"{report.currency} a month, fully ramped; lines from P10 to P90"
    caption = charts.Caption("Saving a month by lever", subtitle, _source(report))
    measure = _money_measure(report)
    return View(
        ranges_headline(report),
        rows,
        [Column("Lever"), Column("P10"), Column("Saving"), Column("P90")],
        draw=lambda rows: charts.dot_ranges(rows, caption, measure, value="Saving", span="P10 to P90"),
    )


def each(report: Report) -> View:
    """Return every lever with what it matches, what of that is committed, and its saving together and alone."""
    rows, columns = lever_table(report.company, report.month)
    notes = [
        "Saving: fair share of what all levers would save; Alone: the lever by itself, so that column adds up to more.",
        "Committed: spend under a commitment already, which no lever touches.",
    ]
    return View("", rows, columns, f"Levers on the spend of {report.this}", notes, _source(report))


def portfolio(report: Report) -> View:
    """Return the actions of the portfolio in the order to take them; nothing where none is chosen."""
    rows, columns = portfolio_table(report.company, report.month)
    if not rows:
        return View()
    note = "Adds: on top of the actions above it, with the range of that."
    sentence = portfolio_headline(report.company, report.month)
    return View(sentence, rows, columns, "Actions in the order to take them", [note], _source(report))


def effort(report: Report) -> View:
    """Return savings against weeks of work, action by action, as a chart."""
    rows = curve(report.company, report.month)
    if not rows:
        return View()
    subtitle = f"{report.currency} a month after each action; P10 to P90"
    caption = charts.Caption("Savings against weeks of work", subtitle, _source(report))
    measure, budget = _money_measure(report), scenario_of(report.company).effort_budget_weeks
    return View(
        effort_headline(report.company, report.month),
        rows,
        [Column("Weeks"), Column("P10"), Column("Saving"), Column("P90"), Column("Lever")],
        draw=lambda rows: effort_curve(rows, caption, measure, budget=budget),
    )


def hourly_commitments(report: Report) -> list[View]:
    """Return for each commitment by the hour its providers' cost curves, then its table."""
    views: list[View] = []
    for name, discount, outcome in hourly(report.company, report.month):
        views.append(View(hourly_headline(report.company, name, outcome)))
        for provider in outcome.by_provider:
            draw = partial(_hourly_curve, report, outcome, provider, discount)
            views.append(View(rows=[provider], draw=draw))
        rows, columns = commitment_table(report.company, outcome)
        caption, notes = f"Commitment of {name}, {report.this}", commitment_notes(outcome)
        views.append(View("", rows, columns, caption, notes, _source(report)))
    return views


def _hourly_curve(
    report: Report, outcome: Committed, provider: str, discount: Decimal, rows: Sequence[object]
) -> charts.Chart:
    del rows  # a curve is drawn of the hours of the month
    return commitment_curve(report.company, outcome, provider, discount, _source(report))


def what_matters(report: Report) -> View:
    """Return what each assumption does to the saving, one at a time, as a chart."""
    rows = tornado_rows(report.company, report.month)
    if not rows:
        return View()
    title = "What each assumption does to the saving"
    subtitle = f"change in {report.currency} a month, one at a time from P10 to P90"
    caption, measure = charts.Caption(title, subtitle, _source(report)), _money_measure(report)
    return View(
        matters_headline(report.company, report.month),
        rows,
        draw=lambda rows: charts.range_bars(rows, caption, measure, used="Most likely", column=False),
    )


def influence(report: Report) -> View:
    """Return the assumptions by the share of variance that each one carries."""
    rows, columns = matter_table(report.company, report.month)
    note = "Share of variance: what would remain if all other assumptions were known (total-order Sobol index)."
    return View("", rows, columns, "Assumptions by what they move", [note], _source(report))


def assumptions(report: Report) -> View:
    """Return all assumptions with source and date."""
    rows, columns = assumption_table(report.company)
    return View("", rows, columns, "All assumptions, with source and date", source=_source(report))


def months_ahead(report: Report) -> View:
    """Return cost per user as it was, and as it would be with the actions chosen, as a chart."""
    rows = ahead_series(report.company, report.month)
    if not rows:
        return View()
    text = "as it was; ahead as it would be with the actions chosen, at the spend and users of now"
    subtitle = f"{report.currency} per user, {text}"
    caption, fmt = charts.Caption("Cost per user with the actions chosen", subtitle, _source(report)), report.fmt
    sentence = ahead_headline(report.company, report.month)
    return View(sentence, rows, draw=lambda rows: charts.small_multiples(rows, caption, fmt))


def ahead_months(report: Report) -> View:
    """Return the same as figures, beside plan and target."""
    rows, columns = ahead_table(report.company, report.month)
    if not ahead_series(report.company, report.month):
        return View()
    notes = [
        "Spend and users as they are now; each lever comes in evenly over the months of its ramp.",
        "Last months with nothing new are left out.",
    ]
    return View("", rows, columns, "Cost per user ahead, beside plan and target", notes, _source(report))


def after_all(report: Report) -> View:
    """Return cost per user as it is and after all levers; nothing where that is unknown or there is no lever."""
    if not scenario_of(report.company).levers or report.value("levers.cost_per_user_after") is None:
        return View()
    rows, columns = after_table(report)
    note = "A lever's saving falls on tiers as the cost it acts on does."
    caption = f"Cost per user as it is and after all levers, {report.this}"
    return View(after_headline(report), rows, columns, caption, [note], _source(report))
