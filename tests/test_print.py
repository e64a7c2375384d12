"""The printed report: the same words in HTML and PDF, nothing in them alive, and fit to be read by everyone."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from unitcost.report import figures
from unitcost.report.exporters import render
from unitcost.report.figures import Caption, Chart, Measure, Series
from unitcost.report.formats import Formats, months_before
from unitcost.report.model import (
    Block,
    Cell,
    Code,
    Column,
    Figure,
    Footnotes,
    Heading,
    Listing,
    Paragraph,
    Quote,
    Report,
    Role,
    Run,
    Section,
    Summary,
    Table,
    Tile,
)
from unitcost.report.text import Names
from unitcost.report.typed_tables import typed_table

CHROMIUM = Path("/usr/bin/chromium")
SIZE_LIMIT = 1_500_000
FORMATS = Formats.of("en_US", "USD")
NAMES = Names()
SOURCE = "Source: bills and activity of Northwind Notes, May 2024"
HOSTILE = (
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    '#import "x"',
    "#panic()[*strong*] _emph_ @ref <label> // line /* block */ ~",
    r"$\frac{$",
    'C:\\new\\"quoted"\\',
    "{{ 7*7 }}{% raw %}{# gone #}",
    "a\u202ereversed\u202cb",
    "zero\u200bwidth",
    "grin 😀 名前 ทดสอบ",
    "e\u0301 \u0627\u0644\u0641\u0627\u062a\u0648\u0631\u0629 fin",
    "W" * 80,
    "word " * 15,
)


def typed(
    caption: str, columns: Sequence[tuple[str, str, str]], rows: Sequence[Sequence[object]], **more: object
) -> Table:
    heads = [{"label": label, "kind": kind, "unit": unit} for label, kind, unit in columns]
    return typed_table({"caption": caption, "columns": heads, "rows": rows, **more}, FORMATS, NAMES)


def figure(chart: Chart) -> Figure:
    web, paper = chart.svg.encode(), chart.svg_text.encode()
    svg = "image/svg+xml"
    return Figure(chart.alt, (svg, web), (svg, paper), chart.title, chart.subtitle, chart.source)


def text(words: str) -> Paragraph:
    return Paragraph((Run(words),))


MONTHS = [months_before("2024-05", back) for back in range(24, -1, -1)]
USERS = [Decimal(5_100 + 121 * i) for i in range(25)]
COST = [Decimal("27311.07") + Decimal("152.13") * i + Decimal(311) * (i % 4) for i in range(25)]
SERVICES = [
    ("Amazon Elastic Compute Cloud - Compute", "1.412", "1.377"),
    ("Amazon Relational Database Service", "0.803", "0.811"),
    ("Amazon Simple Storage Service", "0.541", "0.361"),
    ("Google BigQuery", "0.388", "0.402"),
    ("Amazon CloudFront", "0.207", "0.195"),
    ("Azure OpenAI", "0.1931", "0.0042"),
    ("AWS Support (Business)", "0.1202", "0.1188"),
    ("Everything else", "0.2057", "0.2211"),
]


def trend() -> Section:
    each = [cost / users for cost, users in zip(COST, USERS, strict=True)]
    series = [
        Series("Cost per user", "unit_cost", MONTHS, each, "USD/user", dict.fromkeys(MONTHS, Decimal("3.5"))),
        Series("Users", "count", MONTHS, USERS),
        Series("Cost in scope", "money", MONTHS, COST, "USD"),
    ]
    caption = Caption("Cost per user, users and cost in scope", "By month until May 2024", SOURCE)
    blocks = (
        text("Each line keeps its own scale, from zero."),
        figure(figures.small_multiples(series, caption, FORMATS)),
    )
    return Section("trend", "Trend", "Cost per user fell from USD 5.35 to 3.87 since May 2022", blocks)


def services() -> Section:
    rows = [(name, Decimal(now), Decimal(before)) for name, now, before in SERVICES]
    caption = Caption("Cost per user by service", "USD per user, May 2024 against April 2024", SOURCE)
    chart = figures.ranked_bars(
        rows, caption, Measure("unit_cost", FORMATS, "USD/user"), now="May 2024", before="April 2024"
    )
    columns = [
        ("Service", "text", ""),
        ("May 2024", "unit_cost", "USD/user"),
        ("Change", "delta_unit_cost", "USD/user"),
    ]
    cells: list[list[object]] = [[name, now, str(Decimal(now) - Decimal(then))] for name, now, then in SERVICES]
    cells[5][2] = {"reason": "the service was not in use a month before"}
    listed = typed("Cost per user by service", columns, cells, source=SOURCE, notes=["Movement, not its cause."])
    return Section("services", "By service", "Storage added 18 cents per user", (figure(chart), listed))


def hostile() -> Section:
    columns = [("Owner", "text", ""), ("Service", "text", ""), ("May 2024", "money", "USD"), ("Users", "count", "")]
    rows = [[name, name, "1234567.891", "8004"] for name in HOSTILE] + [["Total", "", "-12.5", None]]
    blocks = (
        typed("Names as the bills have them <b>", columns, rows, total=True, notes=list(HOSTILE[:4])),
        *(text(name) for name in HOSTILE),
        Listing(True, tuple((text(name),) for name in HOSTILE[:3])),
        Quote((text(HOSTILE[3]),)),
        Code("#let x = 1\n  <b>two</b>"),
        Paragraph(
            (Run("See "), Run("the note", href='https://example.org/?a=1&b="#x'), Run("", note=1), Run("x", code=True))
        ),
        Paragraph((Run("struck", strike=True), Run(" bold", strong=True), Run(" leaning", emphasis=True)), "small"),
        Paragraph((Run("Mind this."),), "warning"),
        Footnotes(((1, (Run("A note <i>under</i> the text."),)),)),
    )
    return Section("hostile", HOSTILE[0], HOSTILE[2], blocks)


def tall_and_wide() -> Section:
    many = [("Resource", "text", ""), *((f"Month {i}", "money", "USD") for i in range(14))]
    wide = typed("Fourteen months", many, [[f"vm-{n}", *(["1234567.89"] * 14)] for n in range(6)])
    long = typed(
        "Every account",
        [("Account", "text", ""), ("Cost", "money", "USD")],
        [[f"account-{n:03d}", "1.5"] for n in range(120)],
    )
    spans = Table(
        "Spanned heads",
        (Column(), Column(True), Column(True), Column(True)),
        (
            (
                Cell("Service", True, rowspan=2),
                Cell("2023", True, colspan=2, number=True),
                Cell("2024", True, number=True),
            ),
            (Cell("April", True, number=True), Cell("May", True, number=True), Cell("May", True, number=True)),
        ),
        ((Cell("Storage", True), Cell("1.00", number=True), Cell("2.00", number=True), Cell("3.00", number=True)),) * 2,
    )
    blocks: tuple[Block, ...] = (Heading(3, (Run("All of it"),)), wide, Heading(3, (Run("Accounts"),)), long, spans)
    return Section("all", "", "Everything in one place", blocks)


def trust() -> Section:
    columns = [("Source", "text", ""), ("Kind", "text", ""), ("Rows", "count", ""), ("sha256", "text", "")]
    rows = [[f"AWS {n}", "costs", str(1200 * n), hashlib.sha256(bytes([n])).hexdigest()] for n in range(1, 6)]
    terms = [
        Paragraph((Run(f"Term {n}. ", strong=True), Run("What it means, in a sentence or two. " * 3))) for n in range(9)
    ]
    return Section("trust", "Trust", "Where the numbers come from", (typed("Inputs", columns, rows), *terms))


def summary() -> Summary:
    lines = ("−3.1% on April 2024", "−18.4% on May 2023", "target 3.50")
    tiles = (
        Tile("Cost per user", "3.87", "USD per user", lines),
        Tile("Monthly active users", "8,004", "users", lines[:2]),
        Tile("Cost in scope", "123,456,789,012", "USD", lines[:2]),
        Tile("Cost per paid user", "n/a", "USD per user", (), "no user was on a paid tier"),
    )
    columns = [("Service", "text", ""), ("May 2024", "money", "USD"), ("Change", "delta_money", "USD")]
    movers = [[name, str(Decimal(now) * 8004), str(Decimal(now) - Decimal(then))] for name, now, then in SERVICES[:3]]
    return Summary(
        "Northwind Notes · May 2024 · CTO",
        "Serving one user cost USD\u00a03.87 in May 2024, 3.1% less than in April 2024",
        "preliminary",
        "Preliminary: the bills of May 2024 may still change",
        "Is our architecture getting cheaper to run per user?",
        tiles,
        (
            "It is 18.4% lower than in May 2023 (USD\u00a04.74).",
            "A free user cost USD\u00a02.11, a paid one USD\u00a09.04.",
        ),
        ("4 rows have no EffectiveCost and count 0.", f"A name: {HOSTILE[0]}"),
        (
            typed("Largest movements by service", columns, movers),
            typed("Largest movements by product line", columns, movers),
        ),
    )


def a_report() -> Report:
    role = Role("cto", "Infrastructure cost per user", "CTO", "?", "cost", (), (), ())
    return Report(
        role,
        role.title,
        "Northwind Notes – Infrastructure cost per user – May 2024",
        "Northwind Notes",
        "May 2024",
        "en-US",
        "2024-05-31",
        "0123456789abcdef",
        "Confidential",
        summary(),
        (trend(), services(), hostile(), tall_and_wide(), trust()),
    )


@pytest.fixture(scope="module")
def report() -> Report:
    return a_report()


@pytest.fixture(scope="module")
def printed(report: Report) -> tuple[bytes, bytes]:
    return render(report)


if __name__ == "__main__":
    page, paper = render(a_report())
    folder = Path(sys.argv[1])
    (folder / "report.html").write_bytes(page)
    (folder / "report.pdf").write_bytes(paper)
