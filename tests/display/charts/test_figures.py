"""The house charts: true to the numbers, readable for everyone, and not to be broken by any name or amount."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import subprocess
import sys
import warnings
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st
from IPython.core.formatters import DisplayFormatter
from lxml import etree
from PIL import ImageFont

from unitcost.analyses.experiments.charts import Week, against_synthetic
from unitcost.analyses.freemium.charts import AgePoint, Axis, Grid, Here, Station, age_curves, flow, heat_map
from unitcost.analyses.users.charts import upset
from unitcost.display import theme
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
    with_rest,
)
from unitcost.display.charts.names import shown, shown_apart, spoken
from unitcost.display.charts.scale import from_zero, round_step, spread
from unitcost.display.fonts import FONT_DIR
from unitcost.display.formats import Formats
from unitcost.errors import ReconciliationProblem
from unitcost.numbers.estimate import EXACT
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


# --- what every chart promises -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", hostile_charts())
def test_hostile_names_and_amounts_draw_without_a_warning(name: str) -> None:
    """No missing glyph, no maths, no crash; both SVGs are well-formed and carry no script and no handler."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        chart = hostile_charts()[name]()
    for svg in (chart.svg, chart.svg_text):
        root = etree.fromstring(svg.encode())
        tags = {etree.QName(element).localname for element in root.iter()}
        assert tags <= {"svg", "g", "path", "defs", "use", "text"}
        assert not [key for element in root.iter() for key in element.attrib if key.lower().startswith("on")]
    assert chart.alt
    assert len(chart.svg) < 100_000
    json.dumps(chart._repr_mimebundle_(), ensure_ascii=False).encode("utf-8")


@pytest.mark.parametrize("name", hostile_charts())
def test_labels_stay_on_the_sheet_and_apart(name: str) -> None:
    """No label is cut off at an edge, none lies on another one."""
    chart = hostile_charts()[name]()
    width, height = (float(n) for n in re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', chart.svg_text).groups())
    boxes = label_boxes(chart.svg_text)
    for left, top, right, bottom, text in boxes:
        assert left >= -0.6 and right <= width + 0.6 and top >= 0 and bottom <= height, text
    for one, other in itertools.combinations(boxes, 2):
        across = min(one[2], other[2]) - max(one[0], other[0])
        down = min(one[3], other[3]) - max(one[1], other[1])
        assert across < 0.6 or down < 0.6, (one[4], other[4])


def test_both_svgs_go_into_a_tagged_pdf() -> None:
    """The PDF engine takes every chart, names with emoji included, with the bundled fonts and no warning."""
    files: dict[str, bytes] = {}
    pages = ['#set document(title: "t", date: none)\n#set text(font: "Unitcost Sans")\n= T']
    for number, draw in enumerate(hostile_charts().values()):
        chart = draw()
        for kind, svg in (("a", chart.svg), ("b", chart.svg_text)):
            files[f"{number}{kind}.svg"] = svg.encode()
            pages.append(f'#image("{number}{kind}.svg", width: 170mm, alt: "x")')
    files["main.typ"] = "\n".join(pages).encode()
    pdf, found = typst.compile_with_warnings(
        files, font_paths=[str(FONT_DIR)], ignore_system_fonts=True, pdf_standards=["ua-1"]
    )
    assert not found
    assert pdf.startswith(b"%PDF")


def test_a_chart_shows_itself_as_the_reports_read_it() -> None:
    """The bundle has the figure with its six texts, and an SVG and words for the notebook."""
    chart = ranked_bars([("EC2", D(3), None)], CAPTION, USD, now="May 2024")
    bundle = chart._repr_mimebundle_()
    assert bundle[FIGURE] == {
        "title": "Cost per user", "subtitle": "USD per user", "alt": chart.alt, "source": "Source: bills",
        "svg": chart.svg, "svg_text": chart.svg_text,
    }  # fmt: skip
    forms, _ = DisplayFormatter().format(chart)
    assert {FIGURE, "image/svg+xml", "text/plain"} <= set(forms)


def test_equal_charts_have_equal_bytes_in_every_process() -> None:
    """No clock, no random id, no hash order, no machine's own settings in a chart."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import hashlib, test_figures as t\n"
        "for draw in t.hostile_charts().values():\n"
        "    c = draw(); print(hashlib.sha256((c.svg + c.svg_text + c.alt).encode()).hexdigest())"
    )
    here = str(Path(__file__).parent)

    def run(seed: str, zone: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", code, here], env={"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C.UTF-8"},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout.split()

    mine = []
    for draw in hostile_charts().values():
        chart = draw()
        mine.append(hashlib.sha256((chart.svg + chart.svg_text + chart.alt).encode()).hexdigest())
    assert run("1", "UTC") == run("2", "Asia/Tokyo") == mine


def test_an_analysts_own_settings_do_not_change_the_charts() -> None:
    """rcParams set in a notebook before a house chart is drawn leave no trace in it, nor the other way round."""
    import matplotlib as mpl

    plain = trend([D(1), D(2)]).svg
    with mpl.rc_context({"font.size": 30, "text.usetex": True, "svg.fonttype": "none", "lines.linewidth": 9}):
        assert trend([D(1), D(2)]).svg == plain
        assert mpl.rcParams["svg.fonttype"] == "none"


def test_an_analysts_chart_in_the_house_style_is_repeatable_and_takes_names_as_text() -> None:
    """theme.apply() gives pyplot charts the bundled fonts, no maths in labels, and the same bytes everywhere."""
    code = (
        "import io, sys, warnings; warnings.simplefilter('error')\n"
        "from unitcost.display import theme; theme.apply()\n"
        "import matplotlib; matplotlib.use('agg'); from matplotlib import pyplot as plt\n"
        "figure, axes = plt.subplots(); axes.bar([1, 2], [3, 4], hatch='//'); axes.plot([1, 2], [3, 4], 'o-')\n"
        "axes.set_title('$\\\\frac{$ 東京 🚀'); target = io.BytesIO(); figure.savefig(target, format='svg')\n"
        "sys.stdout.buffer.write(target.getvalue())"
    )

    def run(seed: str) -> bytes:
        environment = {"PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": "0", "LC_ALL": "C.UTF-8"}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
        return done.stdout

    first = run("1")
    assert first == run("2")
    assert b"UnitcostSans-SemiBold" in first and b"UnitcostEmoji-Regular" in first


@pytest.mark.parametrize("value", [1.5, np.float64(2), "3", True, float("nan")])
def test_floats_and_text_are_refused_with_a_remedy(value: object) -> None:
    """A number that may be rounded already never gets onto a chart."""
    odd = [("treated", value), ("synthetic", value), ("gap", value), ("placebos", (value, D(0)))]
    draws: list[Callable[[], Chart]] = [
        lambda: trend([value]),  # type: ignore[list-item]
        lambda: ranked_bars([("a", value, None)], CAPTION, USD, now="n"),  # type: ignore[list-item]
        lambda: waterfall([("a", value, "total")], CAPTION, USD),  # type: ignore[list-item]
        lambda: paired_bars([("a", value, None)], CAPTION, USD, now="n", before="b"),  # type: ignore[list-item]
        lambda: stacked_share([("a", value)], CAPTION, USD),  # type: ignore[list-item]
        lambda: dot_ranges([("a", value, None, None)], CAPTION, USD),  # type: ignore[list-item]
        lambda: range_bars([("a", value, None, None, None)], CAPTION, USD),  # type: ignore[list-item]
        lambda: upset([(["a"], value)], CAPTION, USERS),  # type: ignore[list-item]
        *(lambda key=key, own=own: odd_week(key, own) for key, own in odd),  # type: ignore[misc]
    ]
    for draw in draws:
        with pytest.raises(TypeError, match="use Decimal or int"):
            draw()


def test_nan_is_refused() -> None:
    """A Decimal NaN is no unknown value: None is."""
    with pytest.raises(ValueError, match="None for an unknown"):
        trend([D("NaN")])


# --- colours -------------------------------------------------------------------------------------------------

VISION = {
    "full": np.eye(3),
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}  # Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB


def linear(color: str) -> np.ndarray:
    """sRGB hex to linear light."""
    channels = np.array([int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio."""
    first, second = sorted((float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other)), reverse=True)
    return (first + 0.05) / (second + 0.05)


def lab(light: np.ndarray) -> np.ndarray:
    """Linear RGB to CIELAB (D65)."""
    matrix = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    xyz = (np.array(matrix) @ np.clip(light, 0, 1)) / [0.95047, 1, 1.08883]
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def ciede2000(one: np.ndarray, other: np.ndarray) -> float:
    """Colour difference after Sharma, Wu and Dalal 2005."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    grey = 1.5 - 0.5 * np.sqrt(mean**7 / (mean**7 + 25**7))
    c1, c2 = np.hypot(a1 * grey, b1), np.hypot(a2 * grey, b2)
    h1, h2 = (np.degrees(np.arctan2(b, a * grey)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    lm, cm = (l1 + l2) / 2, (c1 + c2) / 2
    hm = (h1 + turn / 2) % 360
    t = (1 - 0.17 * np.cos(np.radians(hm - 30)) + 0.24 * np.cos(np.radians(2 * hm))
         + 0.32 * np.cos(np.radians(3 * hm + 6)) - 0.20 * np.cos(np.radians(4 * hm - 63)))  # fmt: skip
    sl = 1 + 0.015 * (lm - 50) ** 2 / np.sqrt(20 + (lm - 50) ** 2)
    sc, sh = 1 + 0.045 * cm, 1 + 0.015 * cm * t
    rt = -np.sin(np.radians(60 * np.exp(-(((hm - 275) / 25) ** 2)))) * 2 * np.sqrt(cm**7 / (cm**7 + 25**7))
    dl, dc, dh = (l2 - l1) / sl, (c2 - c1) / sc, hue / sh
    return float(np.sqrt(dl**2 + dc**2 + dh**2 + rt * dc * dh))


def test_the_colour_difference_is_the_published_one() -> None:
    """Two pairs of the reference data that come with the formula."""
    assert ciede2000(np.array([50, 2.6772, -79.7751]), np.array([50, 0, -82.7485])) == pytest.approx(2.0425, abs=1e-4)
    assert ciede2000(np.array([50, 2.5, 0]), np.array([73, 25, -18])) == pytest.approx(27.1492, abs=1e-4)


def test_series_colours_can_be_read_on_white() -> None:
    """Each of the six carries text: 4.5:1, as do the text greys."""
    for color in (*theme.SERIES, theme.BRAND, theme.INK, theme.TEXT, theme.MUTED, theme.QUIET):
        assert contrast(color, theme.PAPER) >= 4.5, color


@pytest.mark.parametrize("vision", VISION)
def test_series_colours_stay_apart_for_every_vision(vision: str) -> None:
    """Each pair differs by at least 10 under full vision and three deficiencies."""
    assert len(set(theme.SERIES)) == 6
    for one, other in itertools.combinations(theme.SERIES, 2):
        first, second = (lab(np.array(VISION[vision]) @ linear(color)) for color in (one, other))
        assert ciede2000(first, second) >= 10, (one, other)


def test_marks_are_seen_and_periods_told_apart_in_black_and_white() -> None:
    """Edges and fills that mean something have 3:1 on white; now and before have 3:1 to each other."""
    for edge in (theme.NOW_FILL, theme.BEFORE_EDGE, theme.UP_EDGE, theme.DOWN_EDGE, theme.ACCENT):
        assert contrast(edge, theme.PAPER) >= 3, edge
    assert contrast(theme.NOW_FILL, theme.BEFORE_FILL) >= 3


# --- charts over time ----------------------------------------------------------------------------------------


def test_missing_months_are_gaps_not_slopes() -> None:
    """The line breaks at an unknown and at an absent month; a month between two gaps is a dot."""
    values: list[Decimal | None] = [D(4)] * 13
    values[3] = values[5] = None
    chart = trend(values)
    root = etree.fromstring(chart.svg_text.encode())
    lines = [e.get("d") for e in root.iter(f"{SVG}path") if "stroke-width: 1.4" in e.get("style", "")]
    assert [line.count("L") + 1 for line in lines] == [3, 7]
    assert "2 months without data" in chart.alt
    absent = small_multiples([("x", "count", ["2024-01", "2024-02", "2024-05"], [1, 2, 3])], CAPTION, ENGLISH)
    assert "2 months without data" in absent.alt


def test_a_line_breaks_where_another_definition_begins() -> None:
    """Thirteen months with a break before the sixth are lines of five and eight, and the description says so."""
    series = [("Cost per user", "unit_cost", MONTHS[-13:], [D(4)] * 13)]
    chart = small_multiples(series, CAPTION, ENGLISH, breaks=(MONTHS[-8], "1999-01"))
    root = etree.fromstring(chart.svg_text.encode())
    lines = [e.get("d") for e in root.iter(f"{SVG}path") if "stroke-width: 1.4" in e.get("style", "")]
    assert [line.count("L") + 1 for line in lines] == [5, 8]
    assert chart.alt.count("another definition holds") == 1


def test_the_last_and_the_same_month_a_year_before_are_labelled() -> None:
    """Both numbers stand in the picture and, with the month before, in its description."""
    values = [D(n) / 100 for n in range(500, 458, -1)]
    chart = trend(values)
    texts = words(chart.svg_text)
    assert {"4.59", "May 2024", "4.71 (May 2023)", "5.00 (Dec 2020)"} <= set(texts)
    assert "USD 4.59 per user in May 2024, 4.60 in Apr 2024, 4.71 in May 2023" in chart.alt
    assert "highest 5.00 in Dec 2020, lowest 4.59 in May 2024" in chart.alt


def test_every_panel_starts_at_zero_with_few_ticks() -> None:
    """Zero is on the axis, and at most five numbers are."""
    texts = words(trend([D("4.1"), D("4.2"), D("4.0")]).svg_text)
    ticks = [text for text in texts if re.fullmatch(r"\d", text)]
    assert ticks == ["0", "2", "4", "6"]


def test_target_and_outlook_are_labelled_and_said() -> None:
    """The plan is dotted and named; what is expected is dashed, with its range in the description."""
    chart = trend(
        [D("4.1"), D("4.2")],
        target={"2024-05": D("3.8")},
        outlook={"2024-06": (D("4.3"), D("4.0"), D("4.7"))},
    )
    assert {"Target 3.80", "4.30", "Jun 2024", "expected", "4.20 (May 2024)"} <= set(words(chart.svg_text))
    assert "target 3.80, expected 4.30 in Jun 2024 (4.00 to 4.70)" in chart.alt
    assert "stroke-dasharray" in chart.svg
    with pytest.raises(ValueError, match="after 2024-05"):
        trend([D(1)], outlook={"2024-05": (D(1), None, None)})


def test_another_course_of_the_months_ahead_is_labelled_and_said() -> None:
    """It has a line of dashes and dots, its end has a number and a name, and it is on the scale."""
    expected = {"2024-06": (D("4.3"), D("4.0"), D("4.7")), "2024-07": (D("4.4"), D("4.0"), D("4.9"))}
    plain = trend([D("4.1"), D("4.2")], outlook=expected)
    course = {"2024-06": D("3.9"), "2024-07": D("3.6")}
    chart = trend([D("4.1"), D("4.2")], outlook=expected, course=course, course_name="with the actions")
    assert {"3.60", "with the actions", "4.40"} <= set(words(chart.svg_text))
    assert "with the actions 3.60 in Jul 2024" in chart.alt
    assert chart.svg.count("stroke-dasharray") == plain.svg.count("stroke-dasharray") + 1
    with pytest.raises(ValueError, match="after 2024-05"):
        trend([D(1)], course={"2024-05": D(1)}, course_name="now")


def test_numbers_follow_the_locale() -> None:
    """A German reader sees 4,10 and Mai."""
    german = Formats.of("de_DE", "EUR")
    chart = small_multiples([("Kosten", "unit_cost", ["2024-05"], [D("4.1")])], CAPTION, german)
    assert {"4,10", "Mai 2024"} <= set(words(chart.svg_text))


def test_tiny_unit_costs_are_not_nothing() -> None:
    """0.0042 is labelled 0.0042, and its axis tells its ticks apart."""
    texts = words(trend([D("0.0042"), D("0.0040")]).svg_text)
    assert D("0.0040") in [D(text) for text in texts if re.fullmatch(r"0\.\d{4,}", text)]
    ticks = [text for text in texts if re.fullmatch(r"0\.\d{1,3}", text)]
    assert len(ticks) == len(set(ticks))


def test_names_share_one_scale() -> None:
    """The same value stands at the same height in each panel of one row."""
    chart = multiples_by_name({"A": [D(1), D(4)], "B": [D(8), D(4)]}, MONTHS[-2:], CAPTION, PER_USER)
    root = etree.fromstring(chart.svg_text.encode())
    ends = [re.findall(r"[ML]([\d.]+) ([\d.]+)", e.get("d"))[-1]
            for e in root.iter(f"{SVG}path") if "stroke-width: 1.4" in e.get("style", "")]  # fmt: skip
    assert ends[0][1] == ends[1][1]
    assert "+3.00 vs Apr 2024" in words(chart.svg_text)


def test_too_many_or_mismatched_series_are_refused() -> None:
    """The message says what to do."""
    with pytest.raises(ValueError, match="sum the rest as Other"):
        multiples_by_name({str(n): [D(1)] for n in range(9)}, ["2024-05"], CAPTION, USD)
    with pytest.raises(ValueError, match="2 months but 1 values"):
        small_multiples([("x", "count", MONTHS[:2], [1])], CAPTION, ENGLISH)
    with pytest.raises(ValueError, match="twice"):
        small_multiples([("x", "count", ["2024-05"] * 2, [1, 2])], CAPTION, ENGLISH)
    with pytest.raises(ValueError, match="at least one"):
        small_multiples([], CAPTION, ENGLISH)


# --- bars ----------------------------------------------------------------------------------------------------


def test_ranked_bars_are_sorted_start_at_zero_and_have_true_lengths() -> None:
    """Bar lengths are in the ratio of the numbers, from one common start; unknown comes last, without a bar."""
    rows = [("small", D(10), D(40)), ("unknown", None, D(1)), ("large", D(80), D(80)), ("middle", D(40), None)]
    chart = ranked_bars(rows, CAPTION, USD, now="May 2024", before="Apr 2024")
    bars = rectangles(chart.svg_text, theme.NOW_FILL)[1:]  # the first is the key in the heading
    assert [name for name in words(chart.svg_text) if name in dict.fromkeys(r[0] for r in rows)] == [
        "large", "middle", "small", "unknown",
    ]  # fmt: skip
    assert len({left for left, _ in bars}) == 1
    assert [width / bars[0][1] for _, width in bars] == pytest.approx([1, 0.5, 0.125], abs=0.002)
    assert {"80.00", "0.00", "−30.00", "n/a"} <= set(words(chart.svg_text))
    assert "small USD 10.00 (−30.00)" in chart.alt


def test_the_rest_is_the_exact_remainder() -> None:
    """The rows kept and their rest add up to all rows, to the last digit, negative amounts included."""
    rows = [(f"n{n}", D(n) ** 7 / D(10) ** 18 * (-1) ** n, D(n)) for n in range(30)]
    kept = with_rest(rows, 5)
    assert len(kept) == 6
    assert kept[-1][0] == "Other (25)"
    for place in (1, 2):
        assert sum(Fraction(row[place] or 0) for row in kept) == sum(Fraction(row[place]) for row in rows)
    assert with_rest(rows[:5], 5) == sorted(rows[:5], key=lambda row: (-max(abs(row[1]), abs(row[2])), row[0]))


def test_pairs_show_both_periods_and_the_change() -> None:
    """Now and before are written beside their bars, the change in money and in per cent."""
    chart = paired_bars([("Free", D("1.20"), D("1.00"))], CAPTION, PER_USER, now="May 2024", before="Apr 2024")
    assert {"Free", "1.20", "May 2024", "1.00", "Apr 2024", "+0.20 (+20.0%)"} <= set(words(chart.svg_text))
    now, before = rectangles(chart.svg_text, theme.NOW_FILL), rectangles(chart.svg_text, theme.BEFORE_FILL)
    assert now[0][1] / before[0][1] == pytest.approx(1.2, abs=0.005)


def test_shares_fill_the_bar_and_say_their_amounts() -> None:
    """Widths are in the ratio of the amounts; a part is labelled with share and amount."""
    chart = stacked_share([("COGS", D(750)), ("R&D", D(250))], CAPTION, USD)
    dark, pale = rectangles(chart.svg_text, theme.BRAND)[0], rectangles(chart.svg_text, theme.DOWN_FILL)[0]
    assert dark[1] / pale[1] == pytest.approx(3, abs=0.01)
    assert {"COGS", "75.0%", "USD 750.00", "R&D", "25.0%", "USD 250.00"} <= set(words(chart.svg_text))


@pytest.mark.parametrize("parts", [[("a", D(-1)), ("b", D(3))], [("a", D(0)), ("b", None)]])
def test_shares_that_make_no_sense_become_amounts(parts: list[tuple[str, Decimal | None]]) -> None:
    """A negative part has no share of the whole; the chart says that it shows amounts."""
    chart = stacked_share(parts, CAPTION, USD)
    assert "amounts" in chart.subtitle
    assert "100 %" not in chart.alt


def test_ranges_must_run_upwards() -> None:
    """A low above its high is a mistake of the caller; an unknown end is shown as such."""
    with pytest.raises(ValueError, match="runs from 2 down to 1"):
        dot_ranges([("a", D(2), D(1), D(1))], CAPTION, USD)
    assert "n/a" in words(dot_ranges([("a", None, D(1), None)], CAPTION, USD).svg_text)


def test_bars_run_from_the_lowest_to_the_highest_method() -> None:
    """Widths are in the ratio of the ranges; ends, the value and what stands apart are written and said."""
    rows = [("Free", D(2), D(3), D(4), D(1)), ("Paid", D(4), D(8), D(8), None)]
    chart = range_bars(rows, CAPTION, PER_USER, apart="Usage alone")
    bars = rectangles(chart.svg_text, theme.DOWN_FILL)[1:]  # the first is the key in the heading
    assert bars[1][1] / bars[0][1] == pytest.approx(2, abs=0.01)
    assert {"2.00", "3.00", "4.00", "8.00", "As configured", "Usage alone", "Lowest to highest"} <= set(
        words(chart.svg_text)
    )
    assert "Free USD 3.00 per user as configured, 2.00 to 4.00, usage alone 1.00" in chart.alt
    assert "usage alone n/a" in chart.alt
    with pytest.raises(ValueError, match="5 does not lie between 2 and 4"):
        range_bars([("a", D(2), D(5), D(4), None)], CAPTION, USD)


def test_sets_show_their_names_as_dots_and_their_size_as_bars() -> None:
    """Bars have true lengths, the rest is outlined and says how many sets it is, each set is said once."""
    chart = upset([(["web", "search"], 400), (["web"], 100)], CAPTION, USERS, rest=(3, 50))
    bars = rectangles(chart.svg_text, theme.NOW_FILL)
    widths = [width for _, width in bars if width > 10]
    assert widths[0] / widths[1] == pytest.approx(4, abs=0.02)
    assert len(rectangles(chart.svg_text, theme.BEFORE_FILL)) >= 1
    assert {"web", "search", "400", "100", "50 in 3 more sets"} <= set(words(chart.svg_text))
    assert "web + search 400 users; web alone 100 users; 3 more sets 50 users" in chart.alt
    with pytest.raises(ValueError, match="at most 12"):
        upset([([str(n) for n in range(13)], 1)], CAPTION, USERS)
    with pytest.raises(ValueError, match="at least one set"):
        upset([], CAPTION, USERS)


def lines(svg: str, color: str, width: float) -> list[list[tuple[float, float]]]:
    """The points of the lines of one colour and width, in points of the sheet."""
    found = []
    for element in etree.fromstring(svg.encode()).iter(f"{SVG}path"):
        style = element.get("style", "")
        if f"stroke: {color}" in style and f"stroke-width: {width:g}" in style:
            found.append([(float(x), float(y)) for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", element.get("d"))])
    return found


def test_a_treated_series_stands_against_its_synthetic_one() -> None:
    """A point a week in both parts; the fall from 100 to 70 is three tenths of the height of 100; ends are written."""
    chart = against_synthetic(weeks(20), date(2023, 3, 13), CAPTION, LEVEL)
    level, gap = lines(chart.svg_text, theme.BRAND, theme.LINE_PT)
    assert len(level) == len(gap) == 20
    # Levels of the first and last week are 101 and 70, gaps 0.01 and −0.3: one scale a part.
    fall, gap_fall = level[-1][1] - level[0][1], gap[-1][1] - gap[0][1]
    assert fall / (level[1][1] - level[0][1]) == pytest.approx(31 / 2, rel=0.02)
    assert gap_fall / (gap[1][1] - gap[0][1]) == pytest.approx(0.31 / 0.02, rel=0.02)
    assert level[5][0] == pytest.approx(gap[5][0])
    assert {"treated 70", "synthetic 101", "−30%", "start Mar 13, 2023"} <= set(words(chart.svg_text))
    assert chart.alt == (
        "Line chart by week, Jan 2, 2023 to May 15, 2023, start Mar 13, 2023. Level of the treated in the last week "
        "70, before 100, of the synthetic 101; gap −30%, among the gaps of 2 controls."
    )


def test_a_treated_series_without_a_synthetic_one_stands_alone() -> None:
    """One part, no word of a synthetic; a lower sheet."""
    alone = against_synthetic(weeks(20, alone=True), date(2023, 3, 13), CAPTION, LEVEL)
    both = against_synthetic(weeks(20), date(2023, 3, 13), CAPTION, LEVEL)
    assert len(lines(alone.svg_text, theme.BRAND, theme.LINE_PT)) == 1
    assert "synthetic" not in alone.alt
    assert "synthetic" not in " ".join(words(alone.svg_text))

    def height(chart: Chart) -> float:
        found = re.search(r'viewBox="0 0 [\d.]+ ([\d.]+)"', chart.svg_text)
        assert found
        return float(found[1])

    assert height(alone) < height(both)
    with pytest.raises(ValueError, match="at least two"):
        against_synthetic(weeks(1), date(2023, 1, 2), CAPTION, LEVEL)


def test_more_rows_than_a_page_holds_are_refused() -> None:
    """Sixty rows fit, a thousand do not, and the message names the way out."""
    rows = [(f"n{n}", D(n), None) for n in range(1000)]
    ranked_bars(rows[:60], CAPTION, USD, now="n")
    with pytest.raises(ValueError, match="with_rest"):
        ranked_bars(rows, CAPTION, USD, now="n")


# --- the bridge ----------------------------------------------------------------------------------------------


@given(st.lists(st.decimals(-(10**12), 10**12, places=18), min_size=1, max_size=8), st.integers(-3, 3))
@settings(max_examples=25, deadline=None)
def test_a_bridge_that_misses_its_total_is_refused(steps: list[Decimal], off: int) -> None:
    """The exact sum is accepted, a sum that is off by one unit of the eighteenth place is not."""
    from unitcost.display.charts.waterfall import levels

    exact = sum((Fraction(step) for step in steps), Fraction(100)) + Fraction(off, 10**18)
    total = D(int(exact * 10**18)).scaleb(-18, context=EXACT)
    middle = [(str(number), step, "step") for number, step in enumerate(steps)]
    rows = [("Start", D(100), "total"), *middle, ("End", total, "total")]
    if off == 0:
        assert levels(rows)[-1].end == exact
    else:
        with pytest.raises(ReconciliationProblem, match="End"):
            levels(rows)


def test_the_error_of_a_bridge_says_by_how_much() -> None:
    """Where, why and what to do, with the exit code of a reconciliation."""
    with pytest.raises(ReconciliationProblem) as caught:
        waterfall(
            [("April", D(4), "total"), ("Rate", D("-0.5"), "step"), ("May", D("3.4"), "total")], CAPTION, PER_USER
        )
    assert "May" in str(caught.value)
    assert "-0.1" in str(caught.value)
    assert caught.value.code == 4


def test_labels_of_a_bridge_add_up_for_the_reader() -> None:
    """1.00 + 0.01 + 0.01 = 1.03 would look wrong, so one more digit is shown."""
    rows = [("A", D(1), "total"), ("x", D("0.014"), "step"), ("y", D("0.014"), "step"), ("B", D("1.028"), "total")]
    assert {"1.000", "+0.014", "1.028"} <= set(words(waterfall(rows, CAPTION, USD).svg_text))


@given(st.lists(st.decimals(-9, 9, places=9), min_size=1, max_size=9), st.decimals(0, 9, places=9), st.integers(0, 4))
@settings(max_examples=60, deadline=None)
def test_rounded_labels_of_a_bridge_always_add_up(steps: list[Decimal], start: Decimal, digits: int) -> None:
    """What rounding leaves goes to the steps that it moved most; no label is off by a whole unit or more."""
    from unitcost.display.charts.waterfall import levels, shown

    total = start + sum(steps)
    bars = levels([("A", start, "total"), *((f"s{n}", s, "step") for n, s in enumerate(steps)), ("B", total, "total")])
    first, *middle, last = (amount for amount in shown(bars, digits) if amount is not None)
    assert first + sum(middle) == last
    unit = D(1).scaleb(-digits)
    assert all(abs(seen - exact) < unit for seen, exact in zip(middle, steps, strict=True))
    assert abs(last - total) <= unit / 2


def test_money_in_a_bridge_is_shown_to_the_cent() -> None:
    """Large totals keep their cents, so that a controller can add the rows up."""
    chart = waterfall(
        [("Billed", D("41230.18"), "total"), ("Tax", D("-31203.44"), "step"), ("Net", D("10026.74"), "total")],
        CAPTION,
        USD,
    )
    assert {"41,230.18", "−31,203.44", "10,026.74"} <= set(words(chart.svg_text))


def test_bars_of_a_bridge_have_true_lengths_in_both_scales() -> None:
    """From zero, or as changes when the steps would be slivers: lengths are in the ratio of the steps."""
    large = waterfall(
        [("A", D(100), "total"), ("d", D(-80), "step"), ("u", D(40), "step"), ("B", D(60), "total")], CAPTION, USD
    )
    totals = [width for _, width in rectangles(large.svg_text, theme.NOW_FILL)]
    assert totals[0] / totals[1] == pytest.approx(100 / 60, abs=0.01)
    small = waterfall(
        [("A", D(100), "total"), ("d", D(-4), "step"), ("u", D(2), "step"), ("B", D(98), "total")], CAPTION, USD
    )
    for chart in (large, small):
        down, up = rectangles(chart.svg_text, theme.DOWN_FILL), rectangles(chart.svg_text, theme.UP_FILL)
        assert down[0][1] / up[0][1] == pytest.approx(2, abs=0.01)
    assert "Change from A" in words(small.svg_text)


def test_rises_are_hatched_and_falls_are_not() -> None:
    """Up and down differ without colour: slanted lines, and the sign of the label."""

    def strokes(sign: int) -> int:
        chart = waterfall([("A", D(100), "total"), ("s", D(50 * sign), "step")], CAPTION, USD)
        root = etree.fromstring(chart.svg_text.encode())
        return sum(e.get("d").count("M") > 3 for e in root.iter(f"{SVG}path"))

    assert (strokes(1), strokes(-1)) == (1, 0)


# --- names, scales -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_cut_to_their_room(name: str) -> None:
    """At most 28 characters and the given width, never empty, on one line; a sentence has room for 60."""
    from unitcost.display.charts.sheet import NAME, width_of

    text = shown(name, 30)
    assert 0 < len(text) <= 28
    assert width_of(text, NAME) <= 30
    assert "\n" not in text
    assert 0 < len(spoken(name)) <= 60


def test_names_that_would_look_alike_are_cut_in_the_middle() -> None:
    """Two long names with the same beginning stay two names."""
    first, second = shown_apart([f"Amazon Elastic Compute Cloud instance {n}" for n in "12"], 46)
    assert first != second
    assert first.startswith("Amazon") and first.endswith("1") and "…" in first


def test_an_emoji_of_several_is_not_cut_apart() -> None:
    """The joined sign is shown whole or not at all."""
    for padding in range(20, 30):
        text = shown("x" * padding + "👩\u200d💻 team", 60)
        assert not text.rstrip("…").endswith(("👩", "\u200d"))


@given(st.lists(st.decimals(-(10**15), 10**15, places=6), min_size=1, max_size=10))
@settings(max_examples=60, deadline=None)
def test_a_scale_holds_zero_and_all_values_on_few_round_ticks(values: list[Decimal]) -> None:
    """Whatever the magnitude: zero is a tick, nothing sticks out, at most seven ticks at equal steps."""
    scale = from_zero(values, 0, 100)
    assert D(0) in scale.ticks
    assert len(scale.ticks) <= 7
    assert all(-0.001 <= scale.at(value) <= 100.001 for value in values)
    assert len({b - a for a, b in itertools.pairwise(scale.ticks)}) <= 1


def test_round_steps_are_round() -> None:
    """1, 2, 2.5 and 5 times a power of ten."""
    assert [round_step(Fraction(n)) for n in ("1", "1.1", "2.1", "3", "7", "0.03")] == [
        1, 2, Fraction(5, 2), 5, 10, Fraction(5, 100),
    ]  # fmt: skip


@given(st.lists(st.floats(0, 100), min_size=1, max_size=8), st.floats(1, 12))
def test_labels_are_pushed_apart_in_their_order(centres: list[float], size: float) -> None:
    """No two overlap as long as they fit, and none jumps over another."""
    placed = spread(centres, [size] * len(centres), 0, 100)
    order = sorted(range(len(centres)), key=lambda index: centres[index])
    for one, other in itertools.pairwise(order):
        assert placed[other] - placed[one] >= size - 1e-9
    assert min(placed) >= size / 2 - 1e-9 and max(placed) <= 100 - size / 2 + 1e-9
