"""What notebooks show of the outlook: fans of what is expected, how good forecasts were, known events, anomalies."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from babel.dates import format_date, format_skeleton

from unitcost import day_costs
from unitcost.metrics.estimate import ratio
from unitcost.metrics.outlook.anomalies import Anomaly
from unitcost.metrics.outlook.forecast import MEASURES, Ahead
from unitcost.outlook import known_events, outlook, planned
from unitcost.report.figures import Series
from unitcost.report.formats import Formats, month_name
from unitcost.report.tables import Column, Unknown
from unitcost.views import series

if TYPE_CHECKING:
    from unitcost.company import Company

Table = tuple[list[list[object]], list[Column]]
MONTHS_BACK = 24
SHOWN_AHEAD = (1, 2, 3, 6, 9, 12)
YEAR = 12  # months
MOST = 12  # anomalies in the table
LARGE = 100
LABELS = {"cost_per_user": "Cost per user", "scope_cost": "Cost in scope", "mau": "Monthly active users"}
KINDS = {"cost_per_user": "unit_cost", "scope_cost": "money", "mau": "count"}
STATES = {"ended": "ended", "still on": "still on", "stayed": "new level"}


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
            shown.append(Series(LABELS[name], KINDS[name], months, values, units[name], plan, known, aim))
    return shown


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
    """Return between which values cost per user is expected in a year, or the last month that is known; '' for none."""
    found, report = outlook(company, month), company.config.report
    fmt = Formats.of(report.locale, report.currency)
    cells = found.values["cost_per_user"]
    known = [(m, cell) for m, cell in zip(found.months, cells, strict=True) if cell is not None]
    if not known:
        return ""
    last, cell = known[-1]
    low, high = fmt.unit_cost(cell.low), fmt.unit_cost(cell.high)
    when = month_name(last, report.locale)
    if low == high:
        return f"Cost per user is expected to stay at {fmt.currency} {low} until {when}"
    return f"Cost per user is expected between {fmt.currency} {low} and {high} in {when}"


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
    own, naive = found.scores.get("cost_per_user", (None, None))
    if own is None or naive is None or own.mase is None or naive.mase is None:
        return ""
    than = "last year's value" if found.length > YEAR else "the last known value"
    if not naive.mase:
        return f"For cost per user {than} was never off"
    report = company.config.report
    part = Formats.of(report.locale, report.currency).share(ratio(Fraction(own.mase), Fraction(naive.mase)))
    return f"Past forecasts of cost per user were off by {part} of what {than} was off by"


def events_table(company: Company, month: str) -> Table:
    """Return what is known to happen in the months ahead: month, what, and money a month, counted or at stake."""
    report = company.config.report
    rows: list[list[object]] = []
    for event in known_events(company, month):
        how = "counted" if event.is_counted else "counted as renewed"
        amount = event.fixed if event.is_counted else event.at_stake
        rows.append([month_name(event.month, report.locale), event.what, how, amount])
    columns = [Column("Month"), Column("What"), Column("In the forecast")]
    return rows, [*columns, Column("At stake a month", "money", report.currency)]


# Anomalies


def anomalies_table(company: Company, month: str) -> Table:
    """Return the anomalies of a month, dearest first: days, service, owner, money, share, what moved, state."""
    found, report = day_costs.judged(company, month), company.config.report
    rows: list[list[object]] = []
    for one in found.anomalies[:MOST]:
        moved = day_costs.driver(company, month, one)
        words = ": ".join(part for part in (moved.what, moved.name) if part) if moved else "–"
        days = _days(one, report.locale)
        rows.append([days, one.service, one.owner, one.money, one.share, words, STATES[one.state]])
    return rows, [
        Column("Days"),
        Column("Service"),
        Column("Owner"),
        Column("Against usual", "delta_money", report.currency),
        Column("Share", "delta_share"),
        Column("What moved most"),
        Column("State"),
    ]


def _days(one: Anomaly, locale: str) -> str:
    first, last = _day(one.first, locale), _day(one.last, locale)
    return first if one.first == one.last else f"{first} to {last}"


def _day(day: date, locale: str) -> str:
    return str(format_skeleton("MMMd", day, locale=locale))


def anomalies_headline(company: Company, month: str) -> str:
    """Return the dearest anomaly in a sentence, or that there is none; '' where no day could be judged."""
    found, report = day_costs.judged(company, month), company.config.report
    if found.reason or not found.series:
        return ""
    if not found.anomalies:
        return "No day of the month was out of line"
    one = found.anomalies[0]
    fmt = Formats.of(report.locale, report.currency)
    amount = fmt.with_currency(fmt.money(abs(one.money), 0 if abs(one.money) >= 10 else 2))
    word = "more" if one.money > 0 else "less"
    return f"{one.service} cost {amount} {word} than usual, {_days(one, report.locale)}"


def anomalies_note(company: Company, month: str) -> str:
    """Return which days were judged, and how many series."""
    found, locale = day_costs.judged(company, month), company.config.report.locale
    if found.first is None or found.last is None:
        return ""
    first, last = (format_date(day, "medium", locale=locale) for day in (found.first, found.last))
    return f"{found.series} series of a service and owner, {first} to {last}; later days are judged next month."


def dearest(
    company: Company, month: str
) -> tuple[list[tuple[date, Decimal, Decimal | None]], set[date], Anomaly] | None:
    """Return the dearest anomaly's days (day, cost, usual), its own days, and itself; None without any."""
    found = day_costs.judged(company, month).anomalies
    if not found:
        return None
    one = found[0]
    rows = [(day.date, day.cost, day.usual) for day in one.series]
    return rows, {day.date for day in one.series if one.first <= day.date <= one.last}, one
