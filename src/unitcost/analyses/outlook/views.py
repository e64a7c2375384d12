"""What notebooks show of the outlook: fans of what is expected, how good forecasts were, known events, anomalies."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from unitcost.analyses.levers import inputs as levers
from unitcost.analyses.levers.scenarios import scenario_of
from unitcost.analyses.levers.views import words
from unitcost.analyses.outlook.estimates.events import Event
from unitcost.analyses.outlook.estimates.forecast import MEASURES, Ahead, forecast_findings
from unitcost.analyses.outlook.inputs import known_events, outlook, planned
from unitcost.analyses.outlook.sentences import expected as expected_words
from unitcost.analyses.unit_cost.views import series
from unitcost.display import charts
from unitcost.display.charts import Series
from unitcost.display.formats import Formats, month_name
from unitcost.display.tables import Column, Unknown
from unitcost.display.view import View
from unitcost.month.report import Report
from unitcost.numbers.estimate import ratio
from unitcost.numbers.months import month_after
from unitcost.numbers.units import to_money

if TYPE_CHECKING:
    from unitcost.month.company import Company

Table = tuple[list[list[object]], list[Column]]
MONTHS_BACK = 24
SHOWN_AHEAD = (1, 2, 3, 6, 9, 12)
YEAR = 12  # months
LARGE = 100
WITH_ACTIONS = "with the actions"
LABELS = {"cost_per_user": "Cost per user", "scope_cost": "Cost in scope", "mau": "Monthly active users"}
KINDS = {"cost_per_user": "unit_cost", "scope_cost": "money", "mau": "count"}


def fans(company: Company, month: str) -> list[Series]:
    """Return two years of each measure with what is expected, plan and target; only measures with a forecast."""
    found, months = outlook(company, month), company.until(month, MONTHS_BACK)
    currency = company.config.report.currency
    units = {"cost_per_user": f"{currency}/user", "scope_cost": currency, "mau": "users"}
    shown = []
    for name, cells in found.values.items():
        known = {m: (c.value, c.low, c.high) for m, c in zip(found.months, cells, strict=True) if c is not None}
        if known:
            aim = "Target" if name == "cost_per_user" else "Plan"
            values = series(company, months, name)
            plan = planned(company, name)
            one = Series(LABELS[name], KINDS[name], months, values, units[name], plan, known, aim)
            course = with_actions(company, month, name)
            shown.append(one._replace(course=course, course_name=WITH_ACTIONS) if course else one)
    return shown


def with_actions(company: Company, month: str, name: str) -> dict[str, Decimal]:
    """Return cost or cost per user as expected, less what the scenario's portfolio saves by then; empty without one.

    Savings are those on the spend of `month`. The forecast itself goes on from the past: no scenario changes it.
    """
    found, saved = outlook(company, month), levers.analysis(company, month).ahead
    if name == "mau" or not saved or not levers.analysis(company, month).chosen:
        return {}
    course = {}
    for place, at in enumerate(found.months):
        cost, users = found.values["scope_cost"][place], found.values["mau"][place]
        if cost is None or users is None or found.values[name][place] is None:
            continue
        rest = max(Decimal(0), cost.value - to_money(saved[min(place, len(saved) - 1)].total))
        course[at] = rest if name == "scope_cost" else ratio(rest, users.value)
    return course


def expected_table(company: Company, month: str) -> Table:
    """Return what is expected in some months ahead: value, low and high of each measure; unknowns carry a reason."""
    found, report = outlook(company, month), company.config.report
    rows: list[list[object]] = []
    for ahead in SHOWN_AHEAD:
        cells: list[object] = [month_name(found.months[ahead - 1], report.locale)]
        for name in MEASURES:
            cell = found.values[name][ahead - 1]
            cells += _three(cell, found.reasons[name][ahead - 1], whole=name != "cost_per_user")
        rows.append(cells)
    large = all(not isinstance(row[4], Decimal) or row[4] >= LARGE for row in rows)
    units = {"cost_per_user": report.currency, "scope_cost": report.currency, "mau": ""}
    cost = f"Cost, {report.currency}" if large else "Cost"
    short = {"cost_per_user": "Cost per user", "scope_cost": cost, "mau": "Users"}
    columns = [Column("Month")]
    kinds = KINDS | ({"scope_cost": "count"} if large else {})
    for name in MEASURES:
        columns += [Column(f"{word}", kinds[name], units[name]) for word in (short[name], "low", "high")]
    return rows, columns


def _three(cell: Ahead | None, reason: str, *, whole: bool) -> list[object]:
    """Return value, low and high; large amounts and users without decimals, which no forecast knows."""
    if cell is None:
        return [Unknown(reason), None, None]
    digits = 0 if whole and cell.value >= LARGE else 6
    return [round(number, digits) for number in (cell.value, cell.low, cell.high)]


def headline(company: Company, month: str) -> str:
    """Return between which values cost per user is expected, as page one says it; '' where that is not known."""
    report = company.config.report
    estimates = forecast_findings(outlook(company, month), report.currency)
    return expected_words(estimates, Formats.of(report.locale, report.currency), month, report.locale)


def notes(company: Company, month: str) -> list[str]:
    """Return how the forecast came about, in sentences."""
    found = outlook(company, month)
    if not found.models:
        return []
    several = f"mean of {', '.join(found.models)}" if len(found.models) > 1 else found.models[0]
    said = [f"Models: {several}, over {found.length} months. Ranges hold 80 % of cases."]
    if found.length < YEAR:
        said.append("With less than a year of history nothing is known of seasons: take it as a direction.")
    if found.holes:
        said.append(f"{found.holes} months without data, users or cost are bridged.")
    return said


def aims_table(company: Company, month: str) -> Table:
    """Return the months ahead that have a target: target, what is expected, and how likely it is to be met."""
    found, report = outlook(company, month), company.config.report
    expected = dict(zip(found.months, found.values["cost_per_user"], strict=True))
    rows: list[list[object]] = []
    for aim in found.aims:
        cell = expected[aim.month]
        rows.append([month_name(aim.month, report.locale), aim.target, cell.value if cell else None, aim.probability])
    unit = f"{report.currency}/user"
    return rows, [
        Column("Month"),
        Column("Target", "unit_cost", unit),
        Column("Expected", "unit_cost", unit),
        Column("Probability that it is met", "share"),
    ]


def backtest_table(company: Company, month: str) -> Table:
    """Return how forecasts of earlier months did against the seasonal naive, measure by measure."""
    found = outlook(company, month)
    rows: list[list[object]] = []
    for name, (own, naive) in found.scores.items():
        if own.forecasts:
            cells = [own.mase, naive.mase, own.smape, naive.smape, own.coverage]
            rows.append([LABELS[name], Decimal(own.forecasts), *(_figure(cell) for cell in cells)])
    return rows, [
        Column("Measure"),
        Column("Forecasts", "count"),
        Column("MASE", "decimal"),
        Column("of seasonal naive", "decimal"),
        Column("sMAPE", "share"),
        Column("of seasonal naive", "share"),
        Column("Inside the 80 % range", "share"),
    ]


def _figure(value: float | None) -> object:
    return Unknown("not enough forecasts, or nothing changed") if value is None else round(Decimal(repr(value)), 6)


def backtest_headline(company: Company, month: str) -> str:
    """Return how far off forecasts of cost per user were against the seasonal naive, over 100 % too; '' without any."""
    found = outlook(company, month)
    if not any(own.forecasts for own, _ in found.scores.values()):
        return ""
    own, naive = found.scores["cost_per_user"]
    if own.mase is None or naive.mase is None:
        return "Past forecasts of cost per user cannot be compared: it stood still, or users are not known"
    than = "last year's value" if found.length > YEAR else "the last known value"
    if not naive.mase:
        return f"For cost per user {than} was never off"
    report = company.config.report
    part = Formats.of(report.locale, report.currency).share(ratio(Fraction(own.mase), Fraction(naive.mase)))
    return f"Past forecasts of cost per user were off by {part} of what {than} was off by"


def events_table(company: Company, month: str) -> Table:
    """Return what is known or chosen to happen in the months ahead: month, what, and by how much cost changes.

    Money a month is counted, or at stake, or what an action of the portfolio takes off; of a price it is the change of
    the cost of use expected in its month.
    """
    report = company.config.report
    told = [
        (event, "counted" if event.is_counted else "counted as renewed", _price(event), _money(company, month, event))
        for event in known_events(company, month)
    ]
    told += [(event, "not counted, drawn", None, event.at_stake) for event in actions(company, month)]
    priced = any(price is not None for _, _, price, _ in told)
    rows: list[list[object]] = [
        [month_name(event.month, report.locale), event.what, how, *([price] if priced else []), money]
        for event, how, price, money in sorted(told, key=lambda row: row[0].month)
    ]
    columns = [Column("Month"), Column("What"), Column("In the forecast")]
    columns += [Column("Price of use", "delta_share")] if priced else []
    return rows, [*columns, Column("Cost a month", "delta_money", report.currency)]


def actions(company: Company, month: str) -> list[Event]:
    """Return the actions of the scenario's portfolio: from when on they save, until when they come in, and how much."""
    locale = company.config.report.locale
    found = []
    for step in levers.analysis(company, month).chosen:
        ramp = max(1, scenario_of(company).lever(step.id).ramp_months)
        whole = month_after(month, ramp)
        until = f", in full from {month_name(whole, locale)}" if ramp > 1 else ""
        found.append(Event(month_after(month), f"{words(step.id)}{until}", at_stake=-to_money(step.added)))
    return found


def _price(event: Event) -> Decimal | None:
    return event.price - 1 if event.price != 1 else None


def _money(company: Company, month: str, event: Event) -> object:
    if not event.is_counted:
        return event.at_stake
    found = outlook(company, month)
    if not found.parts:
        return Unknown(found.reasons["scope_cost"][0])
    of_use = found.parts[found.months.index(event.month)][0]
    return event.fixed + round(of_use * (1 - 1 / event.price), 6)


def events_headline(company: Company, month: str) -> str:
    """Return how many events are known and how many actions chosen, in a sentence; '' for none."""
    known, chosen = len(known_events(company, month)), len(actions(company, month))
    if not known and not chosen:
        return ""
    events = f"{known or 'No'} known {'event' if known == 1 else 'events'} {'lies' if known == 1 else 'lie'}"
    ahead = f"{events} in the next twelve months"
    if not chosen:
        return ahead
    return f"{ahead}, and {chosen} {'action is' if chosen == 1 else 'actions are'} chosen"


# Anomalies


# What the sections of a report show


def expected(report: Report) -> View:
    """Return what is expected of cost per user, cost and users, as fans; nothing where cost per user has none."""
    sentence = headline(report.company, report.month)
    if not sentence:
        return View()
    legend = "dashed: expected; hatched: 80 % range; dotted: target or plan; dashes and dots: with the actions chosen"
    caption = charts.Caption("What is expected", legend, report.source(until=True))
    fmt = report.fmt
    return View(
        sentence,
        fans(report.company, report.month),
        draw=lambda rows: charts.small_multiples(rows, caption, fmt),
    )


def expected_months(report: Report) -> View:
    """Return what is expected in some months ahead."""
    rows, columns = expected_table(report.company, report.month)
    if not headline(report.company, report.month):
        return View()
    caption = "Expected, with the 80 % range of each number"
    return View("", rows, columns, caption, notes(report.company, report.month), report.source(until=True))


def aims(report: Report) -> View:
    """Return the targets ahead and with which probability each is met."""
    rows, columns = aims_table(report.company, report.month)
    if not headline(report.company, report.month):
        return View()
    return View("", rows, columns, "Targets ahead", source=report.source(until=True))


def backtest(report: Report) -> View:
    """Return how forecasts of the past did against the seasonal naive."""
    sentence = backtest_headline(report.company, report.month)
    if not sentence:
        return View()
    rows, columns = backtest_table(report.company, report.month)
    return View(
        sentence,
        rows,
        columns,
        "Forecasts of the past against the seasonal naive",
        [
            "Made from every earlier month with what was known then, 1 to 12 months ahead.",
            "MASE: mean absolute error ÷ mean change on a year before. sMAPE: mean of error ÷ mean of both values.",
            "Seasonal naive: the value of the same month a year earlier; without one the last value.",
        ],
        report.source(until=True),
    )


def events(report: Report) -> View:
    """Return known events and the actions chosen; nothing where there is neither."""
    rows, columns = events_table(report.company, report.month)
    if not rows:
        return View()
    return View(
        events_headline(report.company, report.month),
        rows,
        columns,
        "Known events and actions chosen",
        [
            "Counted: told by the company. A commitment counts as renewed; "
            "cost would rise by the money if it were not.",
            "Actions chosen of the scenario are not counted; the picture has a line with them.",
        ],
        report.source(until=True),
    )
