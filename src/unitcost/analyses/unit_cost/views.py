"""What notebooks show: rows for tables and charts, shaped from a company's numbers.

A view computes nothing new. It picks findings and sums of owned rows, so a page and findings.json agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from unitcost.analyses.unit_cost import sentences
from unitcost.display import charts
from unitcost.display.formats import Formats, month_name
from unitcost.display.tables import Column, cell, known_columns
from unitcost.display.view import View
from unitcost.display.wording import moved
from unitcost.month import usage_drivers
from unitcost.month.company import Company
from unitcost.month.report import Report
from unitcost.month.users import TIERS
from unitcost.numbers.amounts import Amount, growth, minus, part, total
from unitcost.numbers.estimate import Estimate, ratio
from unitcost.numbers.months import year_before
from unitcost.numbers.units import to_money


@dataclass(frozen=True, slots=True)
class Compared:
    """A name with its value now, a month before and a year before; None is unknown."""

    name: str
    now: Amount
    before: Amount
    year_ago: Amount


def value(company: Company, month: str | None, name: str) -> Amount:
    """Return a finding's value in a month, None where either is not there."""
    if month is None or month not in company.months:
        return None
    estimate = company.past(month).findings.get(name)
    return estimate.value if estimate is not None and isinstance(estimate.value, Decimal) else None


def compared(company: Company, month: str, names: Mapping[str, str]) -> list[Compared]:
    """Return findings (label → name) with their earlier values."""
    before, year = company.before(month), year_before(month)
    return [Compared(label, *(value(company, m, name) for m in (month, before, year))) for label, name in names.items()]


def series(company: Company, months: Sequence[str], name: str) -> list[Amount]:
    """Return a finding over months."""
    return [value(company, month, name) for month in months]


def per_user_by(company: Company, month: str, what: str) -> list[Compared]:
    """Return cost per user by 'service' or 'product', the dearest first; names are matched by their real name."""
    months = (month, company.before(month), year_before(month))
    by_month = [_labelled(company, m, what) for m in months]
    found = [Compared(name, *(values.get(name) for values in by_month)) for name in by_month[0]]
    return sorted(found, key=lambda c: (-(c.now if c.now is not None else Decimal(-1)), c.name.encode()))


def _labelled(company: Company, month: str | None, what: str) -> dict[str, Amount]:
    if month is None or month not in company.months:
        return {}
    return company.past(month).labelled(f"cost_per_user.{what}")


def per_user_history(company: Company, months: Sequence[str], what: str, at_most: int = 6) -> dict[str, list[Amount]]:
    """Return cost per user over months by name: the largest of the last month, then the exact rest as 'Other'.

    Only services have a rest: product lines overlap in users, so their unit costs do not add up.
    """
    by_month = [_labelled(company, month, what) for month in months]
    ordered = [c.name for c in per_user_by(company, months[-1], what) if c.now is not None]
    if what == "product" or len(ordered) <= at_most:
        return {name: [values.get(name) for values in by_month] for name in ordered[:8]}
    kept = ordered[: at_most - 1]
    found: dict[str, list[Amount]] = {name: [values.get(name) for values in by_month] for name in kept}
    found["Other"] = [_rest(company, month, kept) for month in months]
    return found


def _rest(company: Company, month: str, kept: Sequence[str]) -> Amount:
    mau = value(company, month, "mau")
    if not mau or value(company, month, "cost_per_user") is None:
        return None
    services = company.past(month).services
    return ratio(total(amount for name, amount in services.items() if name not in kept), mau)


def drivers_per_user(company: Company, month: str) -> list[Compared]:
    """Return what one user uses of each driver, now and earlier."""
    months = (month, company.before(month), year_before(month))
    by_month = [_drivers(company, m) for m in months]
    return [Compared(name, *(found.get(name) for found in by_month)) for name in sorted(by_month[0])]


def metric_notes(company: Company, month: str) -> list[str]:
    """Return a sentence for each usage metric that is a driver: its unit and how much of it was measured."""
    report, said = company.config.report, []
    fmt = Formats.of(report.locale, report.currency)
    for metric, rows in usage_drivers.used(company, month).items():
        unit = f" in {rows[0].unit}" if rows[0].unit else ""
        share, _ = usage_drivers.coverage(rows)
        seen = "all" if share == 1 else f"at least {fmt.share(ratio(share, 1))}"
        said.append(f"{metric}{unit} is a usage metric; {seen} of it was measured in each product line.")
    return said


def _drivers(company: Company, month: str | None) -> dict[str, Amount]:
    if month is None or month not in company.months:
        return {}
    users = company.result(month).users
    if not users.mau or users.mau < company.config.report.min_users:
        return {}
    totals: dict[str, int] = {}
    for drivers in users.line_drivers.values():
        for name, units in drivers.items():
            totals[name] = totals.get(name, 0) + units
    return {name: ratio(to_money(units), users.mau) for name, units in totals.items()}


def tier_table(company: Company, month: str) -> list[list[object]]:
    """Return [tier, cost, users, user-months, cost per user]; unknowns carry their reason."""
    names = ("cost", "mau", "user_months", "cost_per_user")
    findings = company.result(month).findings
    return [[tier, *(cell(findings[f"{name}.{tier}"]) for name in names)] for tier in TIERS]


def line_table(company: Company, month: str, findings: Mapping[str, Estimate]) -> list[list[object]]:
    """Return [line, cost, users, cost per user, change on the month before]; unknowns carry their reason."""
    rows: list[list[object]] = []
    for line, slug in company.result(month).slugs["product"].items():
        unit = findings[f"cost_per_user.product.{slug}"]
        cells = [cell(findings[f"{name}.{slug}"]) for name in ("cost.product", "mau.product", "cost_per_user.product")]
        now = unit.value if isinstance(unit.value, Decimal) else None
        rows.append([line, *cells, minus(now, unit.previous)])
    return rows


# What the sections of a report show

AGAINST = ("a month before", "a year before")


def trend(report: Report) -> View:
    """Return cost per user, users and cost in scope over 25 months, under the change in a year."""
    company, month, fmt, unit = report.company, report.month, report.fmt, report.currency
    per_user, year = report.value("cost_per_user"), year_before(month)
    months = company.until(month, 25)
    year_ago = value(company, year, "cost_per_user")
    since = f" since {month_name(year, company.config.report.locale)}" if year_ago is not None else ""
    known = per_user is not None and len(months) > 1
    sentence = f"Cost per user {moved(fmt.unit_cost, per_user, year_ago, unit)}{since}" if known else ""
    wanted = {"Cost per user": ("cost_per_user", "unit_cost", report.unit), "Users": ("mau", "count", "")}
    wanted["Cost in scope"] = ("scope_cost", "money", unit)
    goal = company.config.targets.cost_per_user
    targets = {"cost_per_user": {m: amount for m, amount in goal.items() if m == month}}
    lines = [
        charts.Series(label, kind, months, series(company, months, name), what, targets.get(name))
        for label, (name, kind, what) in wanted.items()
        if report.findings[name].value is not None
    ]
    labels = ", ".join(item.label for item in lines)
    caption = charts.Caption(labels, f"By month until {report.this}", report.source())
    return View(
        sentence,
        lines if len(months) > 1 else [],
        draw=lambda rows: charts.small_multiples(rows, caption, fmt, breaks=company.breaks),
    )


def by_service(report: Report) -> View:
    """Return cost per user of the largest services over 13 months."""
    return _over_months(report, "service", "Cost per user by service", "per user, same scale")


def by_product(report: Report) -> View:
    """Return cost per user of each product line, by its own users, over 13 months."""
    return _over_months(report, "product", "Cost per user of each product line", "per user of the line, same scale")


def _over_months(report: Report, what: str, title: str, subtitle: str) -> View:
    company, month, fmt, unit = report.company, report.month, report.fmt, report.currency
    names = [row for row in per_user_by(company, month, what) if row.now is not None]
    if not names:
        return View()
    months, top = company.until(month, 13), names[0]
    moves = moved(fmt.unit_cost, top.now, top.before, unit)
    sentence = f"{top.name} is the largest service: it {moves} per user"
    if what == "product":
        sentence = f"{top.name} costs most per user of its own: it {moves}"
    caption = charts.Caption(title, f"{unit} {subtitle}", report.source())
    measure = charts.Measure("unit_cost", fmt, report.unit)
    history = per_user_history(company, months, what)
    rows = [(name, *amounts) for name, amounts in history.items()] if len(months) > 1 else []
    return View(
        sentence,
        rows,
        [Column(what.capitalize()), *(Column(each) for each in months)],
        draw=lambda rows: charts.multiples_by_name({row[0]: row[1:] for row in rows}, months, caption, measure),
    )


def services(report: Report) -> View:
    """Return the twelve dearest services by cost per user, against a month and a year before."""
    names = [row for row in per_user_by(report.company, report.month, "service") if row.now is not None]
    rest = len(names) - len(names[:12])
    notes = [f"The {len(names[:12])} dearest of {len(names)} services; all of them are in findings.json."]
    columns = [Column("Service"), *_against(report)]
    return _known(View("", _moves(names[:12]), columns, "Cost per user by service", notes if rest else []), report)


def product_lines(report: Report) -> View:
    """Return each product line with its cost, users and cost per user."""
    fmt, both, unit = report.fmt, report.value("mau.multi_product"), report.currency
    columns = [Column("Product line"), Column("Cost", "money", unit), Column("Users", "count")]
    columns += [Column("Cost per user", "unit_cost", report.unit)]
    columns += [Column("Against a month before", "delta_unit_cost", report.unit)]
    notes = [f"{fmt.count(both)} users are active in two lines or more: users do not add up."] if both else []
    rows = line_table(report.company, report.month, report.findings)
    return _known(View("", rows, columns, f"Product lines in {report.this}", notes), report)


def by_tier(report: Report) -> View:
    """Return cost per free and per paid user, against the month before."""
    fmt = report.fmt
    tiers = {tier: report.findings[f"cost_per_user.{tier}"] for tier in TIERS}
    rows = [(tier, cost.value, cost.previous) for tier, cost in tiers.items() if cost.value is not None]
    sentence = sentences.by_tier(report.findings, fmt) if len(rows) == 2 else ""
    caption = charts.Caption("Cost per user by tier", f"{report.currency} per user of the tier", report.source())
    measure, last = charts.Measure("unit_cost", fmt, report.unit), report.last or "before"
    return View(
        sentence,
        rows,
        [Column("Tier"), Column(report.this), Column(last)],
        draw=lambda rows: charts.paired_bars(rows, caption, measure, now=report.this, before=last),
    )


def tiers(report: Report) -> View:
    """Return each tier with its cost, users, user-months and cost per user; nothing where no tier's cost is known."""
    if all(report.value(f"cost_per_user.{tier}") is None for tier in TIERS):
        return View()
    columns = [Column("Tier"), Column("Cost", "money", report.currency), Column("Users", "count")]
    columns += [Column("User-months", "decimal"), Column("Cost per user", "unit_cost", report.unit)]
    switched = report.value("mau.switched_tier")
    notes = ["Cost follows the tier of the day; users count on the tier of their last active day."]
    notes += [f"{report.fmt.count(switched)} users were active on both tiers."] if switched else []
    rows = tier_table(report.company, report.month)
    return View("", rows, columns, f"Tiers in {report.this}", notes, report.source())


def serving(report: Report) -> View:
    """Return cost per user seen in several ways: of production, all in scope, net of credits, per registered user."""
    labels = {"Cost per user (COGS)": "cost_per_user.cogs", "Cost per user (all in scope)": "cost_per_user"}
    labels |= {"Cost per user, net of credits": "cost_per_user.net_of_credits"}
    labels |= {"Cost per registered user": "cost_per_registered_user"}
    known = [row for row in compared(report.company, report.month, labels) if row.now is not None]
    if not known:
        return View()
    moves = moved(
        report.fmt.unit_cost,
        report.value("cost_per_user.cogs"),
        report.findings["cost_per_user.cogs"].previous,
        report.currency,
    )
    return _known(
        View(
            f"Serving one user in production {moves}",
            _moves(known),
            [Column("Measure"), *_against(report)],
            "Cost per user, seen in several ways",
            ["COGS: production, no environment, and shared pools."],
        ),
        report,
    )


def tenancy(report: Report) -> View:
    """Return cost per user of shared and of dedicated tenancy; nothing where one of them is unknown."""
    found = {name: report.findings[f"cost_per_user.tenancy.{name.lower()}"] for name in ("Shared", "Dedicated")}
    shared, own = (report.value(f"cost_per_user.tenancy.{name}") for name in ("shared", "dedicated"))
    if not shared or own is None:
        return View()
    rows = [[name, cost.value, minus(cost.value, cost.previous)] for name, cost in found.items()]  # type: ignore[arg-type]
    method = found["Dedicated"].method
    columns = [Column("Tenancy"), Column(report.this, "unit_cost", report.unit)]
    columns += [Column("Against a month before", "delta_unit_cost", report.unit)]
    return _known(
        View(
            f"A user with a tenancy of its own costs {report.fmt.decimal(part(own, shared), 1)} times a shared one",
            rows,
            columns,
            "Cost per user by tenancy",
            [f"{method[0].upper()}{method[1:]}."],
        ),
        report,
    )


def drivers(report: Report) -> View:
    """Return what one user uses of each driver, and by how much that changed."""
    used = drivers_per_user(report.company, report.month)
    rows = [[d.name, d.now, growth(d.now, d.before), growth(d.now, d.year_ago)] for d in used]
    grown = [(str(row[0]), row[3]) for row in rows if isinstance(row[3], Decimal)]
    sentence = ""
    if grown:
        name, rate = max(grown, key=lambda pair: abs(pair[1]))
        sentence = f"{name} per user changed most in a year: {report.fmt.delta_share(rate)}"
    columns = [Column("Driver, per user"), Column(report.this, "decimal")]
    columns += [Column(f"Against {when}", "delta_share") for when in AGAINST]
    notes = ["Sum of the driver over the month ÷ users.", *metric_notes(report.company, report.month)]
    return _known(View(sentence, rows, columns, "Use per user", notes), report)


def _moves(rows: Sequence[Compared]) -> list[list[object]]:
    return [[row.name, row.now, minus(row.now, row.before), minus(row.now, row.year_ago)] for row in rows]


def _against(report: Report) -> list[Column]:
    changes = [Column(f"Against {when}", "delta_unit_cost", report.unit) for when in AGAINST]
    return [Column(report.this, "unit_cost", report.unit), *changes]


def _known(view: View, report: Report) -> View:
    """Return a view without the columns in which nothing is known, and with its source."""
    rows, columns = known_columns(view.rows, view.columns)
    return replace(view, rows=rows, columns=columns, source=report.source())
