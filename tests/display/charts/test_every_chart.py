"""What every chart promises: drawn whatever the names, equal bytes everywhere, exact numbers only."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import subprocess
import sys
import warnings
from collections.abc import Callable

import numpy as np
import pytest
import typst
from IPython.core.formatters import DisplayFormatter
from lxml import etree
from material.drawn_charts import CAPTION, FIGURE, USD, USERS, D, hostile_charts, label_boxes, odd_week, trend
from material.places import TESTS

from unitcost.analyses.users.charts import upset
from unitcost.display.charts import Chart, dot_ranges, paired_bars, range_bars, ranked_bars, stacked_share, waterfall
from unitcost.display.fonts import FONT_DIR


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
        "import sys; sys.path.insert(0, sys.argv[1]); import hashlib; from material import drawn_charts as t\n"
        "for draw in t.hostile_charts().values():\n"
        "    c = draw(); print(hashlib.sha256((c.svg + c.svg_text + c.alt).encode()).hexdigest())"
    )
    here = str(TESTS)

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
