"""What notebooks show of anomalies: on which days cost was not as usual, and what moved on them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from babel.dates import format_date, format_skeleton

from unitcost.analyses.anomalies import inputs as day_costs
from unitcost.analyses.anomalies.anomalies import Anomaly
from unitcost.analyses.anomalies.charts import daily
from unitcost.display import charts
from unitcost.display.formats import Formats
from unitcost.display.tables import Column
from unitcost.display.view import View
from unitcost.month.report import Report

if TYPE_CHECKING:
    from unitcost.month.company import Company


Table = tuple[list[list[object]], list[Column]]
MOST = 12  # anomalies in the table


STATES = {"ended": "ended", "still on": "still on", "stayed": "new level"}


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
        return "No cost anomaly in the month"
    one = found.anomalies[0]
    fmt = Formats.of(report.locale, report.currency)
    amount = fmt.with_currency(fmt.money(abs(one.money), fmt.estimate_digits([one.money])))
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


# What the sections of a report show


def judged(report: Report) -> View:
    """Return the anomalies of a month, or that there is none; nothing where no day could be judged."""
    sentence = anomalies_headline(report.company, report.month)
    rows, columns = anomalies_table(report.company, report.month)
    note = anomalies_note(report.company, report.month)
    if not sentence:
        return View()
    if not rows:
        return View(sentence, prose=[note])
    source = report.source(until=True)
    return View(sentence, rows, columns, f"Anomalies judged in {report.this}", [note], source)


def days(report: Report) -> View:
    """Return the days of the dearest anomaly beside what was usual, as a chart."""
    found = dearest(report.company, report.month)
    if found is None:
        return View()
    rows, marked, anomaly = found
    title, subtitle = f"{anomaly.service}, {anomaly.owner}", "cost a day; dashed: usual; dots: anomalies"
    caption = charts.Caption(title, subtitle, report.source(until=True))
    measure = charts.Measure("money", report.fmt, report.currency)
    return View(
        rows=rows,
        columns=[Column("Day"), Column("Cost"), Column("Usual")],
        draw=lambda rows: daily(rows, marked, caption, measure),
    )
