"""What notebooks show of the free tier: the ledger, three kinds of conversion, cohorts, the return, and margins."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from unitcost.analyses.freemium import inputs as freemium
from unitcost.analyses.freemium.charts import Axis, Grid, age_curves, flow, heat_map
from unitcost.analyses.freemium.charts.curves import AgePoint
from unitcost.analyses.freemium.charts.flow import Station
from unitcost.analyses.freemium.charts.heat import Here
from unitcost.analyses.freemium.estimates.cohort import return_on_free
from unitcost.analyses.freemium.estimates.conversion import Cure
from unitcost.analyses.freemium.estimates.lifetime import FreeTime
from unitcost.analyses.freemium.findings import decimal_of
from unitcost.analyses.freemium.sentences import verdict
from unitcost.display import charts
from unitcost.display.formats import Formats
from unitcost.display.tables import Column, Unknown, cell
from unitcost.display.view import View
from unitcost.month.report import Report
from unitcost.month.users import TIERS
from unitcost.numbers.estimate import ratio

if TYPE_CHECKING:
    from unitcost.month.company import Company
    from unitcost.numbers.book import Findings

Table = tuple[list[list[object]], list[Column]]
ACROSS, UP = 9, 7  # cells of the map
MARGIN_MONTHS = 12


def known(findings: Findings, *names: str) -> list[Decimal] | None:
    """Return the values of findings, None if one of them is unknown."""
    values = [findings[f"freemium.{name}"].value for name in names]
    found = [value for value in values if isinstance(value, Decimal)]
    return found if len(found) == len(values) else None


def answer(findings: Findings, fmt: Formats) -> str:
    """Return whether the free tier pays, does not, or cannot be judged yet, in a heading; '' without payers' data."""
    return verdict(findings, fmt).rstrip(".")


def stations(findings: Findings, fmt: Formats) -> list[Station]:
    """Return the ledger of a month as a flow from free users over conversions to what they are worth."""
    found = known(findings, "subsidy", "conversions", "monthly_flow", "cost_per_conversion")
    if found is None:
        return []
    subsidy, conversions, rate, each = found
    months = findings["user_months.free"].value
    free = fmt.count(months if isinstance(months, Decimal) else None)
    boxes = [
        Station("Free users", fmt.with_currency(fmt.money(subsidy, 0)), f"{free} user-months", fmt.share(rate)),
        Station("Conversions", fmt.count(conversions), f"{fmt.with_currency(fmt.unit_cost(each))} each"),
    ]
    worth = known(findings, "ltv", "ltv_horizon_months")
    if worth is None:
        return boxes
    value, horizon = worth
    boxes[1] = Station(*boxes[1][:3], f"× {fmt.unit_cost(value)}")
    whole = fmt.with_currency(fmt.money(value * conversions, 0))
    return [*boxes, Station("Lifetime margin", whole, f"over {fmt.count(horizon)} months")]


def conversions(findings: Findings) -> Table:
    """Return the three facts that are called conversion, each with the one at which the free tier breaks even."""
    rows: list[list[object]] = [
        ["Paid share of active users, a stock", *_cells(findings, "paid_share", "break_even_paid_share")],
        ["Flow out of free in the month", *_cells(findings, "monthly_flow"), Unknown("a flow is judged by payback")],
        ["Lifetime conversion of sign-ups", *_cells(findings, "conversion", "break_even_conversion")],
    ]
    return rows, [Column("Conversion"), Column("Now", "share"), Column("Break-even", "share")]


def by_age(findings: Findings) -> Table:
    """Return conversion of sign-ups by age and for a lifetime, with its interval."""
    rows: list[list[object]] = []
    for label, name in (("30 days", ".30d"), ("90 days", ".90d"), ("180 days", ".180d"), ("A lifetime", "")):
        found = findings[f"freemium.conversion{name}"]
        rows.append([label, cell(found), found.low, found.high])
    columns = [Column("Within"), Column("Converted", "share"), Column("Low, 95 %", "share")]
    return rows, [*columns, Column("High, 95 %", "share")]


def money_table(findings: Findings) -> Table:
    """Return the amounts behind the ledger, in money per user or conversion."""
    labels = {
        "Price paid a month (ARPU, by days)": "arpu",
        "Revenue per paid active user": "mrr_per_paid_user",
        "Serving a free user for a month": "serving_cost.free",
        "The same at which it breaks even": "break_even_serving_cost",
        "Serving a paid user for a month": "serving_cost.paid",
        "Left per active user of either tier": "margin_per_user",
        "Cost per conversion": "cost_per_conversion",
        "Lifetime value of a payer": "ltv",
    }
    rows: list[list[object]] = [
        [label, cell(findings[f"freemium.{name}"]), findings[f"freemium.{name}"].previous]
        for label, name in labels.items()
    ]
    return rows, [Column("Per user"), Column("Now", "unit_cost"), Column("Month before", "unit_cost")]


def loaded_and_marginal(findings: Findings) -> Table:
    """Return the break-evens and the return with all cost of a tier, and with usage alone."""
    pairs = {
        "Break-even paid share": "break_even_paid_share",
        "Break-even lifetime conversion": "break_even_conversion",
        "Return on the free tier": "roi",
    }
    rows: list[list[object]] = [[label, *_cells(findings, name, f"{name}.marginal")] for label, name in pairs.items()]
    return rows, [Column("Measure"), Column("Fully loaded", "share"), Column("Usage alone", "share")]


def presentations(findings: Findings) -> Table:
    """Return margin after infrastructure in both places where free hosting may stand, now and the month before."""
    labels = {
        "Free hosting in COGS": "infrastructure",
        "Free hosting in sales and marketing": "infrastructure.free_in_marketing",
        "Paid tier alone": "infrastructure.paid",
        "Gross margin": "gross",
    }
    found = {label: findings[f"margin.{name}"] for label, name in labels.items()}
    if found["Gross margin"].value is None:
        del found["Gross margin"]
    rows: list[list[object]] = [[label, cell(each), each.previous] for label, each in found.items()]
    return rows, [Column("Margin after infrastructure"), Column("Now", "share"), Column("Month before", "share")]


def left_of_revenue(margin: Decimal, fmt: Formats) -> str:
    """Return what infrastructure leaves of revenue, or takes where that is more than all of it."""
    if margin < 0:
        return f"Infrastructure takes {fmt.share(1 - margin)} of revenue"
    return f"Infrastructure leaves {fmt.share(margin)} of revenue"


def panels(company: Company, month: str) -> list[tuple[str, list[AgePoint]]]:
    """Return the conversion curve of all sign-ups, and by how long ago they signed up."""
    found = []
    for first, last, one in freemium.estimates(company, month).curves:
        name = "All sign-ups" if (first, last) == (0, None) else f"Signed up {first}+ months ago"
        if last is not None:
            name = f"Signed up {first}–{last} months ago"
        rows = zip(one.days, one.share, one.low, one.high, one.at_risk, strict=True)
        points = [AgePoint(day, decimal_of(s), _end(low), _end(high), risk) for day, s, low, high, risk in rows]
        found.append((name, points))
    # Two panels of the same users would say one thing twice.
    return found[:1] if len(found) == 2 else found


def _end(value: float) -> Decimal | None:
    return None if math.isnan(value) else decimal_of(value)


def return_map(company: Company, month: str) -> tuple[list[Decimal], list[Decimal], list[list[Decimal]], Here] | None:
    """Return (conversions, serving costs, return by cost and conversion, today) around today, None if unknown."""
    cohort = freemium.cohort(company, month)
    rate, free, worth, serving = cohort.lives.conversion, cohort.lives.free, cohort.ltv().value, cohort.serving
    if not isinstance(rate, Cure) or not isinstance(free, FreeTime):
        return None
    if not isinstance(worth, float) or not isinstance(serving, Fraction):
        return None
    shares = _around(rate.share, ACROSS)
    costs = _around(float(serving), UP)
    cells = [
        [decimal_of(return_on_free(float(share), worth, float(cost), free.total)) for share in shares] for cost in costs
    ]
    here = Here(decimal_of(rate.share), ratio(serving, 1), decimal_of(rate.low), decimal_of(rate.high))
    return shares, costs, cells, here


def _around(value: float, count: int) -> list[Decimal]:
    """Return even steps from a fifth to nearly twice a value, the value itself in the middle."""
    half = count // 2
    return [decimal_of(value * (1 + 0.8 * (number - half) / half)) for number in range(count)]


def margins_by_tier(company: Company, month: str) -> tuple[list[str], Mapping[str, Sequence[Decimal | None]]]:
    """Return months and, by tier, revenue less infrastructure COGS in money; none without subscriptions."""
    months = company.until(month, MARGIN_MONTHS)
    found: dict[str, list[Decimal | None]] = {tier: [] for tier in TIERS}
    for each in months:
        ledger = freemium.ledger(company, each)
        for tier in TIERS:
            if isinstance(ledger.revenue, str) or not ledger.costs.tiers_known:
                found[tier].append(None)
                continue
            revenue = ledger.revenue if tier == "paid" else Fraction(0)
            found[tier].append(ratio(revenue - Fraction(ledger.costs.cogs[tier], 10**18), 1))
    names = {"paid": "Paid tier", "free": "Free tier"}
    shown = {names[tier]: found[tier] for tier in ("paid", "free")}
    return months, shown if any(value is not None for values in shown.values() for value in values) else {}


def _cells(findings: Findings, *names: str) -> list[object]:
    return [cell(findings[f"freemium.{name}"]) for name in names]


# What the sections of a report show

DATA = "bills, activity and subscriptions"


def ledger(report: Report) -> View:
    """Return whether the free tier pays, and the way from free users to margin; nothing without payers' data."""
    sentence = answer(report.findings, report.fmt)
    if not sentence:
        return View()
    subtitle = f"{report.currency}; conversions of the month"
    caption = charts.Caption(f"From free users to margin, {report.this}", subtitle, report.source(DATA))
    return View(sentence, stations(report.findings, report.fmt), draw=lambda rows: flow(rows, caption))


def amounts(report: Report) -> View:
    """Return what users pay and cost."""
    rows, columns = money_table(report.findings)
    if not answer(report.findings, report.fmt):
        return View()
    note = "Prices and serving costs are of a month and go by days; a conversion and a lifetime value are of a user."
    caption = f"What users pay and cost, {report.currency}"
    return View("", rows, columns, caption, [note], report.source(DATA))


def conversion(report: Report) -> View:
    """Return the three facts that are called conversion; nothing where they are unknown."""
    found, share = known(report.findings, "paid_share", "monthly_flow"), report.fmt.share
    if not found:
        return View()
    rows, columns = conversions(report.findings)
    return View(
        f"{share(found[0])} of active users pay; {share(found[1])} of free ones convert in a month",
        rows,
        columns,
        f"Conversion in {report.this}",
        ["A stock, a flow and a cohort: they answer different questions and are not compared with each other."],
        report.source(DATA),
    )


def conversion_curves(report: Report) -> View:
    """Return the share of sign-ups that has converted by days since sign-up, as a chart."""
    shown, rate = panels(report.company, report.month), report.value("freemium.conversion.90d")
    if not shown or rate is None:
        return View()
    title, subtitle = "Share of sign-ups that has converted", "by days since sign-up, with 95 % interval"
    caption = charts.Caption(title, subtitle, report.source(DATA))
    measure = charts.Measure("share", report.fmt)
    sentence = f"{report.fmt.share(rate)} of sign-ups have converted after 90 days"
    return View(sentence, shown, draw=lambda rows: age_curves(rows, caption, measure))


def conversion_ages(report: Report) -> View:
    """Return the same as figures, with the share that converts in a lifetime."""
    if not conversion_curves(report):
        return View()
    rows, columns = by_age(report.findings)
    why = report.findings["freemium.conversion"].reason
    notes = ["By days: Kaplan–Meier. A lifetime: a mixture-cure model, which knows that most never convert."]
    notes += [f"A lifetime: {why}."] if why else []
    return View("", rows, columns, "Sign-ups that began on the free tier", notes, report.source(DATA))


def returns(report: Report) -> View:
    """Return what is spent on a free sign-up returns, around today's conversion and serving cost, as a chart."""
    found, roi = return_map(report.company, report.month), report.findings["freemium.roi"]
    value, share = report.value("freemium.roi"), report.fmt.share
    if not found or value is None:
        return View()
    shares, costs, cells, here = found
    across = Axis("Lifetime conversion of sign-ups", shares, charts.Measure("share", report.fmt))
    up = Axis("Serving a free user", costs, charts.Measure("unit_cost", report.fmt, report.unit))
    caption = charts.Caption("Return on the free tier", "ratio; bold line: break-even", report.source(DATA))
    measure = charts.Measure("share", report.fmt)
    span = f" ({share(roi.low)} to {share(roi.high)})" if roi.low is not None else ""
    return View(
        f"What is spent on a free sign-up returns {share(value)}{span}",
        cells,
        draw=lambda rows: heat_map(Grid(across, up, rows), here, caption, measure),
    )


def break_even(report: Report) -> View:
    """Return break-evens and return with all cost of a tier, and with usage alone."""
    rows, columns = loaded_and_marginal(report.findings)
    if not answer(report.findings, report.fmt):
        return View()
    notes = ["Fully loaded decides whether the model pays; usage alone, what dropping free users would save at once."]
    months = report.value("freemium.ltv_horizon_months")
    notes += (
        [f"Lifetime value runs over {report.fmt.count(months)} months and no further, discounted."] if months else []
    )
    return View("", rows, columns, "Break-even and return, two views", notes, report.source(DATA))


def margin(report: Report) -> View:
    """Return margin after infrastructure; nothing where revenue is unknown."""
    share = report.value("margin.infrastructure")
    if share is None:
        return View()
    rows, columns = presentations(report.findings)
    note = "(Revenue − infrastructure COGS) ÷ revenue. Other cost of goods sold is left out unless it is given."
    sentence, caption = left_of_revenue(share, report.fmt), "Where the hosting of free users stands"
    return View(f"{sentence} in {report.this}", rows, columns, caption, [note], report.source(DATA))


def margin_of_tiers(report: Report) -> View:
    """Return revenue less infrastructure by tier over a year, as a chart."""
    months, tiers = margins_by_tier(report.company, report.month)
    if not tiers or report.value("margin.infrastructure") is None:
        return View()
    subtitle = f"{report.currency} a month, cost of goods sold"
    caption = charts.Caption("Revenue less infrastructure by tier", subtitle, report.source(DATA))
    measure = charts.Measure("money", report.fmt)
    return View(
        rows=[(name, *values) for name, values in tiers.items()],
        columns=[Column("Tier"), *(Column(month) for month in months)],
        draw=lambda rows: charts.multiples_by_name({row[0]: row[1:] for row in rows}, months, caption, measure),
    )
