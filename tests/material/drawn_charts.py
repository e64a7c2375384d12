"""Charts of every kind with hostile names and amounts, and what can be read from a drawn one."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from lxml import etree
from PIL import ImageFont

from unitcost.analyses.experiments.charts import Week, against_synthetic
from unitcost.analyses.freemium.charts import AgePoint, Axis, Grid, Here, Station, age_curves, flow, heat_map
from unitcost.analyses.users.charts import upset
from unitcost.display.charts import (
    Caption,
    Chart,
    Measure,
    Series,
    dot_ranges,
    multiples_by_name,
    paired_bars,
    range_bars,
    ranked_bars,
    small_multiples,
    stacked_share,
    waterfall,
)
from unitcost.display.fonts import FONT_DIR
from unitcost.display.formats import Formats
from unitcost.numbers.months import month_before

FIGURE = "application/vnd.unitcost.figure+json"
SVG = "{http://www.w3.org/2000/svg}"
D = Decimal
ENGLISH = Formats.of("en_US", "USD")
USD = Measure("money", ENGLISH, "USD")
USERS = Measure("count", ENGLISH, "users")
PER_USER = Measure("unit_cost", ENGLISH, "USD/user")
SHARE = Measure("share", ENGLISH)
LEVEL = Measure("decimal", ENGLISH)
CAPTION = Caption("Cost per user", "USD per user", "Source: bills")
MONTHS = [month_before("2024-05", back) for back in range(41, -1, -1)]
HOSTILE = [
    "a" * 10_000,
    "$\\frac{$ and $5 to $10",
    "<script>alert('x')</script> & \"quotes\" -->",
    "東京データ基盤サービス株式会社データウェアハウス部門",
    "🚀 Rocket 👩‍💻 Team ❤️",
    "שירותי ענן (עברית)",
    "خدمات السحابة العربية",
    "ไทยแลนด์ क्षत्रिय",
    "line\nbreak\ttab\x00null\u202edirection\u200b",
    "தமிழ் and \ud800",
    "é" * 40,
    "e\u0301" * 40,
    "",
    "Amazon Elastic Compute Cloud X1",
    "Amazon Elastic Compute Cloud X2",
]
AMOUNTS = [
    D("12345678901234.567"), D("-4321.5"), D(0), None, D("0.0042"), D(7), D("-0.01"), D("1E-18"), D(8_000),
    D("99999.995"), D("0.5"), D(-1), D(3), D(4), D(5),
]  # fmt: skip


def trend(values: list[Decimal | None], label: str = "Cost per user", **more: object) -> Chart:
    """One panel over the last months."""
    series = Series(label, "unit_cost", MONTHS[-len(values) :], values, "USD/user", **more)  # type: ignore[arg-type]
    return small_multiples([series], CAPTION, ENGLISH)


def hostile_charts() -> dict[str, Callable[[], Chart]]:
    """Every chart with every hostile name and amount, and its smallest form."""
    pairs = [(name, now, before) for name, now, before in zip(HOSTILE, AMOUNTS, reversed(AMOUNTS), strict=True)]
    steps = [(name, amount, "step") for name, amount in zip(HOSTILE, AMOUNTS, strict=True)]
    ranges = [(name, D(-1), amount, D(9)) for name, amount in zip(HOSTILE, AMOUNTS[3:] + AMOUNTS[:3], strict=True)]
    tall = [(name, "unit_cost", MONTHS[-13:], [amount] * 6 + [None] + AMOUNTS[:6])
            for name, amount in zip(HOSTILE[:5], AMOUNTS, strict=False)]  # fmt: skip
    named = {name: [AMOUNTS[(start + m) % 15] for m in range(14)] for start, name in enumerate(HOSTILE[:8])}
    return {
        "trend": lambda: small_multiples(tall, CAPTION, ENGLISH),
        "trend, crowded": lambda: trend([D(4)] * 29 + [D("4.1"), D("4.9"), D("3.2"), D("4.5")] + [D(4)] * 9),
        "trend, three of many months": lambda: trend([None] * 39 + [D("4.1"), D("4.3"), D("4.2")]),
        "trend, one month": lambda: trend([D("4.10")]),
        "trend, nothing known": lambda: trend([None] * 42),
        "trend, zeros": lambda: trend([D(0)] * 42, target={m: D(0) for m in MONTHS}),
        "names": lambda: multiples_by_name(named, MONTHS[-14:], CAPTION, PER_USER),
        "names, one": lambda: multiples_by_name({HOSTILE[0]: [None]}, ["2024-05"], CAPTION, USD),
        "ranked": lambda: ranked_bars(pairs, CAPTION, USD, now="May 2024", before="Apr 2024"),
        "ranked, one": lambda: ranked_bars([("", None, None)], CAPTION, USD, now="May 2024"),
        "bridge": lambda: waterfall([("Start", D("4.1"), "total"), *steps], CAPTION, PER_USER),
        "bridge, one": lambda: waterfall([(HOSTILE[4], None, "total")], CAPTION, USD),
        "pairs": lambda: paired_bars(pairs[3:9], CAPTION, USD, now="May 2024", before="Apr 2024"),
        "shares": lambda: stacked_share([(n, D(i) ** 9) for i, n in enumerate(HOSTILE[:8])], CAPTION, USD),
        "shares, none": lambda: stacked_share([(HOSTILE[1], None), ("b", D(0))], CAPTION, USD),
        "ranges": lambda: dot_ranges([(n, *sorted3(r)) for n, *r in ranges], CAPTION, USD),
        "methods": lambda: range_bars(
            [(n, *sorted3(r), other) for (n, *r), other in zip(ranges, AMOUNTS, strict=True)],
            CAPTION,
            USD,
            used="As configured",
            apart="Usage alone",
        ),
        "methods, small": lambda: range_bars(
            [
                (HOSTILE[3], D(4), D("4.1"), D(5), D(1)),
                (HOSTILE[0], D(3), D(3), D(3), D(3)),
                ("", None, None, None, None),
            ],
            CAPTION,
            PER_USER,
            apart="Usage alone",
        ),
        "methods, one": lambda: range_bars([("", None, None, None, None)], CAPTION, PER_USER),
        "sets": lambda: upset(
            [(HOSTILE[:12][start::step], 10**8 // (start + step)) for step in (1, 2, 3, 5) for start in range(step)],
            CAPTION,
            USERS,
            rest=(4083, 12_345),
        ),
        "sets, one": lambda: upset([([HOSTILE[0]], 0)], CAPTION, USERS),
        "ages": lambda: age_curves([(name, ages(n + 1)) for n, name in enumerate(HOSTILE[:4])], CAPTION, SHARE),
        "ages, one": lambda: age_curves([(HOSTILE[5], ages(0))], CAPTION, SHARE),
        "map": lambda: returns(D("0.031"), D("0.029"), D("0.034")),
        "map, far away": lambda: returns(D("0.9"), None, None),
        "weeks": lambda: against_synthetic(weeks(52), date(2023, 7, 3), CAPTION, LEVEL),
        "weeks, alone": lambda: against_synthetic(weeks(9, alone=True), date(2023, 1, 23), CAPTION, LEVEL),
        "weeks, two": lambda: against_synthetic(weeks(2), date(2023, 1, 9), CAPTION, LEVEL),
        "weeks, far apart": lambda: against_synthetic(weeks(20, factor=-90_000), date(2023, 5, 15), CAPTION, LEVEL),
        "weeks, level": lambda: against_synthetic(weeks(20, factor=0), date(2023, 1, 2), CAPTION, LEVEL),
        "flow": lambda: flow([Station(name, "USD 22,892", name, name) for name in HOSTILE[:4]], CAPTION),
        "flow, short": lambda: flow([Station("Free users", "USD 1"), Station("Conversions", "0")], CAPTION),
    }


def weeks(count: int, factor: int = 1, *, alone: bool = False) -> list[Week]:
    """Weeks whose treated level falls from 100 to 70 in the middle, beside a synthetic that stays, and two controls."""
    found = []
    for n in range(count):
        gap = factor * (D("-0.3") if n >= count // 2 else D("0.01") * (-1) ** n)
        level = 100 * (1 + gap)
        synthetic = (D(100) + n % 3, gap, (D("0.02") * (n % 4), D("-0.015") * (n % 5)))
        found.append(Week(date(2023, 1, 2) + n * timedelta(7), level, *((None, None) if alone else synthetic)))
    return found


def odd_week(key: str, value: object) -> Chart:
    """Two weeks of which the second has something else in one place."""
    first, second = weeks(2)
    return against_synthetic([first, second._replace(**{key: value})], date(2023, 1, 2), CAPTION, LEVEL)


def ages(seed: int) -> list[AgePoint]:
    """A share that grows with age and flattens; the first points have no interval."""
    shares = [D(seed) * D("0.01") * (1 - 1 / D(n + 1)) for n in range(40 * seed + 1)]
    return [
        AgePoint(5 * n, share, share * D("0.8") if n else None, share * D("1.2") if n else None, 90_000 // (n + 1))
        for n, share in enumerate(shares)
    ]


def returns(share: Decimal, low: Decimal | None, high: Decimal | None) -> Chart:
    """Conversion × 100 ÷ serving cost − 1 over nine conversions and seven costs, today's cost being 4."""
    shares, costs = [D(n) / 100 for n in range(1, 10)], [D(n) for n in range(1, 8)]
    grid = Grid(
        Axis("Lifetime conversion", shares, SHARE),
        Axis("Serving cost", costs, PER_USER),
        [[s * 100 / cost - 1 for s in shares] for cost in costs],
    )
    return heat_map(grid, Here(share, D(4), low, high), CAPTION, SHARE)


def sorted3(numbers: list[Decimal | None]) -> list[Decimal | None]:
    """Low, value, high in order; unknown stays where it is."""
    low, value, high = numbers
    return [min(low, value), value, max(high, value)] if value is not None else [low, value, high]


def words(svg: str) -> list[str]:
    """The texts of an SVG that keeps its words."""
    return [element.text or "" for element in etree.fromstring(svg.encode()).iter(f"{SVG}text")]


def label_boxes(svg: str) -> list[tuple[float, float, float, float, str]]:
    """Where each text stands, in points, measured by another font engine than the one that drew it."""
    found = []
    for element in etree.fromstring(svg.encode()).iter(f"{SVG}text"):
        style = dict(part.split(": ") for part in element.get("style").split("; "))
        size = float(style["font-size"].removesuffix("px"))
        face = "SemiBold" if style.get("font-weight") == "600" else "Regular"
        font = ImageFont.truetype(FONT_DIR / f"UnitcostSans-{face}.ttf", 100)
        width = font.getlength(element.text) * size / 100
        x, y = float(element.get("x")), float(element.get("y"))
        left = x - {"start": 0, "middle": width / 2, "end": width}[style["text-anchor"]]
        found.append((left, y - 0.70 * size, left + width, y + 0.1 * size, element.text))
    return found


def rectangles(svg: str, fill: str) -> list[tuple[float, float]]:
    """(left, width) of the filled rectangles of one colour, top to bottom, in points."""
    found = []
    for element in etree.fromstring(svg.encode()).iter(f"{SVG}path"):
        if f"fill: {fill}" in element.get("style", ""):
            xs = [float(x) for x in re.findall(r"[ML](-?[\d.]+)", element.get("d"))]
            found.append((min(xs), max(xs) - min(xs)))
    return found


def lines(svg: str, color: str, width: float) -> list[list[tuple[float, float]]]:
    """The points of the lines of one colour and width, in points of the sheet."""
    found = []
    for element in etree.fromstring(svg.encode()).iter(f"{SVG}path"):
        style = element.get("style", "")
        if f"stroke: {color}" in style and f"stroke-width: {width:g}" in style:
            found.append([(float(x), float(y)) for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", element.get("d"))])
    return found
