"""What notebooks show about users as sets: growth, overlaps of product lines, heavy users, how counts fit together."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from unitcost.analyses.users import inputs as user_sets
from unitcost.analyses.users.charts import upset
from unitcost.analyses.users.growth import TOPS, Growth, head_count
from unitcost.analyses.users.overlap import LineSet, Shown, shown
from unitcost.display import charts
from unitcost.display.formats import Formats, month_name
from unitcost.display.tables import Column, Unknown, cell
from unitcost.display.view import View
from unitcost.month.company import Company
from unitcost.month.report import Report
from unitcost.month.users import NEEDS_USERS, TIERS
from unitcost.numbers.estimate import Estimate, ratio

Table = tuple[list[list[object]], list[Column]]
SetRow = tuple[Sequence[str], int]
MONTHS = 13
SETS = 10
LINES = 10
SMALLER = "Smaller product lines"


def growth_table(company: Company, month: str) -> Table:
    """Return the last 13 months with their users and where those came from and went, oldest first."""
    locale = company.config.report.locale
    rows: list[list[object]] = []
    for each in company.until(month, MONTHS):
        found = user_sets.growth(company, each)
        cells = [Unknown(found)] * len(Growth._fields) if isinstance(found, str) else [Decimal(n) for n in found]
        rows.append([month_name(each, locale), cell(company.result(each).findings["mau"]), *cells])
    labels = ("Active users", "New", "Stayed", "Came back", "Left")
    return rows, [Column("Month"), *(Column(label, "count", "users") for label in labels)]


def growth_sentence(company: Company, month: str) -> str:
    """Return who came, stayed, returned and left, as a headline; '' where that is unknown."""
    found = user_sets.growth(company, month)
    if isinstance(found, str):
        return ""
    said = [_count(company, number) for number in found]
    return f"{said[1]} users of the month before stayed and {said[3]} left; {said[0]} are new and {said[2]} came back"


def sets_shown(company: Company, month: str) -> Shown:
    """Return the largest exact sets of product lines that may be shown, and the sum of the rest."""
    least = company.config.report.suppress_below
    return shown(user_sets.overlaps(company, month), SETS, LINES, least)


def set_rows(company: Company, month: str) -> tuple[list[SetRow], tuple[int, int]]:
    """Return (product lines, users) for the picture of sets, and the number of other sets with their users."""
    found = sets_shown(company, month)
    return [(_names(one), one.users) for one in found.sets], (found.rest_sets, found.rest_users)


def concentration_table(report: Report) -> Table:
    """Return what part of the use the heaviest users make, now and the month before."""
    findings, mau = report.findings, report.company.result(report.month).users.mau or 0
    rows: list[list[object]] = []
    for per_cent in TOPS:
        found = findings[f"concentration.top_{per_cent}"]
        heads = Unknown(str(found.reason)) if found.value is None else Decimal(head_count(mau, per_cent))
        rows.append([f"{per_cent} % of users", heads, cell(found), found.previous])
    columns = [Column("Share of use by the heaviest"), Column("Users", "count"), Column("Now", "share")]
    return rows, [*columns, Column("Month before", "share")]


def reconciliation(company: Company, month: str) -> Table:
    """Return how the counts of users fit together: tiers add up to all users, product lines do not."""
    findings, users = company.result(month).findings, company.result(month).users
    rows: list[list[object]] = [
        [f"{tier.capitalize()}, on the last active day", cell(findings[f"mau.{tier}"]), _months(findings, tier)]
        for tier in TIERS
    ]
    rows.append(["Monthly active users", cell(findings["mau"]), _months(findings, *TIERS)])
    rows.append(["Active on both tiers in the month", cell(findings["mau.switched_tier"]), None])
    several: list[object] = [Unknown(NEEDS_USERS)] * 2
    if users.by_user and users.mau is not None:
        added = sum(users.by_line.values())
        several = [Decimal(added), Decimal(added - users.mau)]
    rows.append(["Users of each product line, added up", several[0], None])
    rows.append(["Counted more than once in that sum", several[1], None])
    rows.append(["Users of several product lines", cell(findings["mau.multi_product"]), None])
    return rows, [Column("Count"), Column("Users", "count"), Column("User-months", "decimal")]


def _months(findings: dict[str, Estimate], *tiers: str) -> object:
    found = [findings[f"user_months.{tier}"] for tier in tiers]
    unknown = next((one for one in found if one.value is None), None)
    return cell(unknown) if unknown is not None else sum((Decimal(str(one.value)) for one in found), Decimal(0))


def _names(one: LineSet) -> list[str]:
    return [*one.lines, *([SMALLER] if one.others else [])]


def _share(part: int, whole: int) -> object:
    return ratio(part, whole) if whole else None


def _count(company: Company, number: int) -> str:
    report = company.config.report
    return Formats.of(report.locale, report.currency).count(Decimal(number))


# What the sections of a report show


def growth(report: Report) -> View:
    """Return where active users come from and go, over 13 months; nothing where that is unknown."""
    sentence = growth_sentence(report.company, report.month)
    if not sentence:
        return View()
    rows, columns = growth_table(report.company, report.month)
    notes = ["New: never active before. Came back: active earlier, but not in the month before."]
    return View(sentence, rows, columns, "Active users by where they come from", notes, report.source("activity"))


def counts(report: Report) -> View:
    """Return how the counts of users fit together; nothing where single users are not known."""
    both, mau = report.value("mau.multi_product"), report.value("mau")
    if both is None:
        return View()
    rows, columns = reconciliation(report.company, report.month)
    count = report.fmt.count
    return View(
        f"{count(both)} of {count(mau)} users use several product lines, so lines do not add up",
        rows,
        columns,
        f"Counts of users in {report.this}",
        source=report.source("activity"),
    )


def sets(report: Report) -> View:
    """Return users by the exact set of product lines they use, as a chart."""
    rows, rest = set_rows(report.company, report.month)
    subtitle = "users with exactly these lines"
    caption = charts.Caption("Users by the product lines they use", subtitle, report.source("activity"))
    measure = charts.Measure("count", report.fmt, "users")
    return View(
        rows=rows,
        columns=[Column("Product lines"), Column("Users")],
        draw=lambda rows: upset(rows, caption, measure, rest=rest if rest[0] else None),
    )


def heavy(report: Report) -> View:
    """Return what part of the use the heaviest users make; nothing where that is unknown."""
    top = report.findings["concentration.top_1"]
    if top.value is None:
        return View()
    rows, columns = concentration_table(report)
    return View(
        f"The heaviest 1 % of users make {report.fmt.share(report.value('concentration.top_1'))} of the use",
        rows,
        columns,
        "Share of use by the heaviest users",
        [f"{top.method[0].upper()}{top.method[1:]}."],
        report.source("activity"),
    )
