"""The bundled fonts draw every name a customer may have, in charts, PDF and HTML, the same on every machine."""

from __future__ import annotations

import base64
import io
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import matplotlib
import pytest
import typst
from fontTools.ttLib import TTFont
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font

from unitcost.display import fonts, theme

WORLD = "東京データ 数据 한국어 🚀👩‍💻 ❤️ شركة עברית ไทยแลนด์ हिन्दी क्षत्रिय Ñandú Žižek Жё αβγ → ▲ − × € ₿ … „“ 1,234.5"
MEGABYTES = 1_000_000


def cmaps() -> dict[str, set[int]]:
    """The characters each family really holds; for the primary family those that all its faces hold."""
    found: dict[str, set[int]] = {}
    for path in fonts.font_files():
        with TTFont(path, lazy=True) as font:
            family = font["name"].getBestFamilyName()
            codes = set(font.getBestCmap())
            found[family] = found[family] & codes if family in found else codes
    return found


def test_files_hold_exactly_the_families_that_are_announced() -> None:
    """A family named in FAMILIES but not shipped would be printed in a font of the machine."""
    assert set(cmaps()) == set(fonts.FAMILIES)


def test_coverage_table_says_what_the_fonts_hold() -> None:
    """The committed table must be rebuilt with the fonts: each character answers with its first family."""
    held = cmaps()
    for code in sorted(set().union(*held.values())):
        first = next(family for family in fonts.FAMILIES if code in held[family])
        assert fonts.family_of(chr(code)) == first, hex(code)


def test_characters_of_no_font_are_not_covered() -> None:
    """Tamil, a private-use code and a lone surrogate are in no bundled font."""
    assert [fonts.covered(ch) for ch in ("த", "\ue000", "\ud800", "\U0010ffff")] == [False] * 4


@pytest.mark.parametrize("path", fonts.font_files(), ids=lambda path: path.stem)
def test_each_file_loads_in_matplotlib(path) -> None:
    """FreeType opens each file, and it draws the digit or letter it is for."""
    font = FT2Font(str(path))
    assert font.num_glyphs > 100


def test_typst_finds_all_families_and_warns_of_nothing() -> None:
    """A missing family or face is only a warning in Typst, so a warning fails here. Checked under PDF/UA."""
    names = ", ".join(f'"{family}"' for family in fonts.FAMILIES)
    faces = "[a] #strong[b] #emph[i] #text(weight: 600)[s]"
    source = f'#set document(title: "t", date: none)\n#set text(font: ({names}))\n= T\n{WORLD}\n{faces}'
    pdf, found = typst.compile_with_warnings(
        {"main.typ": source.encode()},
        font_paths=[str(fonts.FONT_DIR)],
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
    )
    assert not found
    embedded = {name.decode() for name in re.findall(rb"/BaseFont\s*/[A-Z]{6}\+([A-Za-z]+)-", pdf)}
    assert embedded == {family.replace(" ", "") for family in fonts.FAMILIES}


@pytest.mark.parametrize("weight", [400, 600, 700])
def test_matplotlib_draws_the_world_without_a_missing_glyph(weight: int, caplog: pytest.LogCaptureFixture) -> None:
    """ "Glyph missing" is a warning, a missing weight a log line: both would reach a report's reader as boxes."""
    with warnings.catch_warnings(), caplog.at_level(logging.WARNING):
        warnings.simplefilter("error")
        with theme_settings():
            figure = Figure()
            FigureCanvasAgg(figure)
            figure.text(0, 0.5, WORLD, weight=weight, parse_math=False)
            figure.savefig(io.BytesIO(), format="svg")
    assert not caplog.records


def theme_settings():
    """The house rcParams for the length of a block."""
    from matplotlib import rc_context

    return rc_context(theme.settings() | {"figure.constrained_layout.use": False})


def test_web_faces_are_four_and_carry_their_fonts() -> None:
    """Regular, semi-bold, bold and italic as woff2 in data URIs: nothing is fetched when a report is read."""
    css = fonts.html_faces()
    assert re.findall(r"font-style:(\w+);font-weight:(\d+)", css) == [
        ("normal", "400"), ("normal", "600"), ("normal", "700"), ("italic", "400"),
    ]  # fmt: skip
    for data in re.findall(r"base64,([^\"]+)", css):
        assert base64.b64decode(data).startswith(b"wOF2")
    assert set(re.findall(r"url\(\"(\w+):", css)) == {"data"}
    assert len(css) < 0.5 * MEGABYTES


def test_plain_text_needs_no_fallback_faces() -> None:
    """A report in Latin, Greek or Cyrillic carries the primary family only."""
    assert fonts.html_fallback_faces("Ñandú Žižek Жё αβγ → − € “quoted” 1,234.5") == ""


def test_fallback_faces_hold_exactly_the_characters_in_use() -> None:
    """Each foreign script brings its glyphs, and only those: the page stays small."""
    css = fonts.html_fallback_faces(WORLD)
    found = dict(re.findall(r'font-family:"([^"]+)".*?base64,([^"]+)', css))
    assert list(found) == [family for family in fonts.FAMILIES[1:] if any(fonts.family_of(c) == family for c in WORLD)]
    with TTFont(io.BytesIO(base64.b64decode(found["Unitcost CJK"]))) as font:
        held = {chr(code) for code in font.getBestCmap()}
    assert held == {ch for ch in WORLD if fonts.family_of(ch) == "Unitcost CJK"}
    assert len(css) < 0.06 * MEGABYTES


def test_fallback_faces_are_the_same_in_every_process() -> None:
    """No clock and no hash order in the embedded fonts: equal reports have equal bytes."""
    code = "import sys; from unitcost.display import fonts; sys.stdout.write(fonts.html_fallback_faces(sys.argv[1]))"

    def run(seed: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code, WORLD], env={"PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            capture_output=True, text=True, check=True, encoding="utf-8",
        )  # fmt: skip
        return done.stdout

    assert run("1") == run("2") == fonts.html_fallback_faces(WORLD)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("A\tB\r\n C", "A B C"),
        ("safe\u202egnp.exe", "safegnp.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("தமி", "[U+0BA4][U+0BAE][U+0BBF]"),
        ("\ud800x\x00y", "[U+D800]x y"),
        ("e\u0301", "é"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("10\u00a0000", "10\u00a0000"),
    ],
)
def test_drawable_text_has_no_boxes_and_no_tricks(text: str, shown: str) -> None:
    """What cannot be drawn is spelt out; what is invisible or turns the reading direction goes."""
    assert fonts.drawable(text) == shown
    assert all(fonts.covered(ch) or ch in "\u200d\ufe0f" for ch in shown)


def test_licence_names_every_family_and_the_files_stay_small() -> None:
    """The OFL asks for the copyright lines beside the fonts; a repository should not carry more than 14 MB of them."""
    licence = (fonts.FONT_DIR / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert all(f"{family}: Copyright" in licence for family in fonts.FAMILIES)
    assert sum(path.stat().st_size for path in fonts.FONT_DIR.iterdir() if path.is_file()) < 14 * MEGABYTES


def test_kernels_are_told_the_fonts_of_matplotlib_itself(tmp_path: Path) -> None:
    """It takes our list for its own, and the list has every font that it brings along and no other."""
    listed = "import json, matplotlib.font_manager as f; print(json.dumps([e.__dict__ for e in f.fontManager.ttflist]))"
    entries = {}
    for name in ("ours", "its own"):
        folder = tmp_path / name
        folder.mkdir()
        if name == "ours":
            shutil.copy(fonts.FONT_LIST, folder)
        done = subprocess.run(
            [sys.executable, "-c", listed],
            env={**os.environ, "MPLCONFIGDIR": str(folder)},
            capture_output=True,
            text=True,
            check=True,
        )
        entries[name] = json.loads(done.stdout)
        assert [path.name for path in folder.glob("fontlist-*")] == [fonts.FONT_LIST.name]
    brought = [e for e in entries["its own"] if Path(e["fname"]).is_relative_to(matplotlib.get_data_path())]

    def place(entry: dict[str, Any]) -> tuple[str, int]:
        return entry["fname"], entry["index"]

    assert sorted(entries["ours"], key=place) == sorted(brought, key=place)
