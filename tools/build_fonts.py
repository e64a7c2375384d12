"""Rebuild the bundled fonts from their published packages. Needed only when a font is updated.

The reports ship their own fonts, so that every machine prints the same bytes and no reader sees empty
boxes. This script cuts static OFL fonts down to the characters and layout features the reports use, gives
them family names of our own (a full font of the same name installed on a machine can then never be mixed
in) and writes the table of covered characters that the package reads at run time.

    npm install --prefix fonts-src @expo-google-fonts/inter@0.4.2 @expo-google-fonts/noto-emoji@0.4.7 \\
        @expo-google-fonts/noto-sans-arabic@0.4.3 @expo-google-fonts/noto-sans-hebrew@0.4.1 \\
        @expo-google-fonts/noto-sans-thai@0.4.2 @expo-google-fonts/noto-sans-devanagari@0.4.1
    apt-get install fonts-noto-cjk                      # 1:20220127
    pip install fonttools brotli                        # brotli writes woff2; the reports do not need it
    python tools/build_fonts.py fonts-src/node_modules /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc

The output depends on the inputs and the fontTools version alone: time stamps are fixed.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

TARGET = Path(__file__).resolve().parent.parent / "src" / "unitcost" / "display" / "fonts"
EPOCH = 3_786_912_000  # 2024-01-01 in seconds since 1904, the zero of font time stamps
# Every web face must carry these; what else a text needs is cut out and embedded per report.
SANS_RANGES = (
    (0x20, 0x7E), (0xA0, 0x17F), (0x180, 0x24F), (0x2B0, 0x2FF), (0x300, 0x36F), (0x370, 0x3FF),
    (0x400, 0x52F), (0x1E00, 0x1EFF), (0x2000, 0x206F), (0x2070, 0x209F), (0x20A0, 0x20CF),
    (0x2100, 0x214F), (0x2150, 0x218F), (0x2190, 0x21FF), (0x2200, 0x22FF), (0x2300, 0x23FF),
    (0x2500, 0x25FF), (0x2600, 0x26FF), (0x2700, 0x27BF), (0xFB00, 0xFB06), (0xFFFD, 0xFFFD),
)  # fmt: skip
# calt is left out on purpose: it would turn "3x4" and "->" of a customer's name into other characters.
SANS_FEATURES = ("kern", "tnum", "lnum", "case", "frac", "sups", "ccmp", "locl", "mark", "mkmk")
CJK_RANGES = (
    (0x1100, 0x11FF), (0x3000, 0x303F), (0x3040, 0x30FF), (0x3100, 0x312F), (0x3130, 0x318F),
    (0x31F0, 0x31FF), (0x3200, 0x33FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF),
    (0xFE30, 0xFE4F), (0xFF00, 0xFFEF),
)  # fmt: skip


@dataclass(frozen=True)
class Cut:
    """One bundled file: where it comes from, what it is called, what is kept (`None`: everything)."""

    file: str
    family: str
    style: str
    source: Path
    ranges: tuple[tuple[int, int], ...] | None = None
    features: tuple[str, ...] = ("*",)
    number: int = -1  # which font of a collection
    web: bool = False


def cuts(npm: Path, cjk: Path) -> list[Cut]:
    """Return the bundled files in the order in which a text looks for its characters."""
    google = npm / "@expo-google-fonts"
    faces = [
        ("Regular", "400Regular/Inter_400Regular.ttf"),
        ("SemiBold", "600SemiBold/Inter_600SemiBold.ttf"),
        ("Bold", "700Bold/Inter_700Bold.ttf"),
        ("Italic", "400Regular_Italic/Inter_400Regular_Italic.ttf"),
    ]
    sans = [
        Cut(f"UnitcostSans-{style}", "Unitcost Sans", style, google / "inter" / path, SANS_RANGES,
            SANS_FEATURES, web=True)
        for style, path in faces
    ]  # fmt: skip
    scripts = [
        Cut(f"Unitcost{name}-Regular", f"Unitcost {name}", "Regular",
            google / f"noto-sans-{name.lower()}" / "400Regular" / f"NotoSans{name}_400Regular.ttf")
        for name in ("Arabic", "Hebrew", "Thai", "Devanagari")
    ]  # fmt: skip
    # Font 2 of the collection holds the simplified Chinese forms, which most readers of Han text expect.
    han = Cut("UnitcostCJK-Regular", "Unitcost CJK", "Regular", cjk, CJK_RANGES, ("ccmp",), number=2)
    emoji = google / "noto-emoji" / "400Regular" / "NotoEmoji_400Regular.ttf"
    return [*sans, *scripts, han, Cut("UnitcostEmoji-Regular", "Unitcost Emoji", "Regular", emoji)]


def build(cut: Cut, target: Path) -> set[int]:
    """Write one font (and its woff2) below `target`. Returns the characters it covers."""
    font = TTFont(cut.source, fontNumber=cut.number, recalcTimestamp=False)
    kept = _characters(font, cut.ranges)
    options = subset.Options(
        layout_features=list(cut.features), hinting=False, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],
        name_languages=[0x409], notdef_outline=True,
        drop_tables=["DSIG", "STAT", "BASE", "gasp", "prep", "meta", "vhea", "vmtx", "VORG"],
    )  # fmt: skip
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=kept)
    cutter.subset(font)
    _rename(font, cut)
    font["head"].modified = font["head"].created = EPOCH
    suffix = "otf" if "CFF " in font else "ttf"
    font.save(target / f"{cut.file}.{suffix}")
    if cut.web:
        font.flavor = "woff2"
        font.save(target / f"{cut.file}.woff2")
    return set(kept)


def _characters(font: TTFont, ranges: tuple[tuple[int, int], ...] | None) -> list[int]:
    known = set(font.getBestCmap())
    if ranges is not None:
        known = {code for code in known if any(first <= code <= last for first, last in ranges)}
    return sorted(known)


def _rename(font: TTFont, cut: Cut) -> None:
    name = font["name"]
    basic = cut.style in ("Regular", "Bold", "Italic")
    full = f"{cut.family} {cut.style}".replace(" Regular", "")
    names = {
        1: cut.family if basic else full,
        2: cut.style if basic else "Regular",
        3: f"{cut.file};unitcost",
        4: full,
        6: cut.file,
        16: None if basic else cut.family,
        17: None if basic else cut.style,
    }
    for number, text in names.items():
        name.removeNames(nameID=number)
        if text:
            name.setName(text, number, 3, 1, 0x409)
    if "CFF " in font:
        table = font["CFF "].cff
        table.fontNames = [cut.file]
        for key, text in (("FullName", full), ("FamilyName", cut.family), ("Weight", cut.style)):
            setattr(table.topDictIndex[0], key, text)


def ranges_of(codes: Iterable[int]) -> list[list[int]]:
    """Return sorted code points as closed ranges."""
    found: list[list[int]] = []
    for code in sorted(codes):
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return found


def main() -> None:
    """Rebuild every font and the coverage table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("npm", type=Path, help="the node_modules folder with the @expo-google-fonts packages")
    parser.add_argument("cjk", type=Path, help="NotoSansCJK-Regular.ttc")
    parser.add_argument("--target", type=Path, default=TARGET)
    args = parser.parse_args()
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    args.target.mkdir(parents=True, exist_ok=True)
    covered: dict[str, set[int]] = {}
    for cut in cuts(args.npm, args.cjk):
        codes = build(cut, args.target)
        covered[cut.family] = covered.get(cut.family, codes) & codes
    table = {family: ranges_of(codes) for family, codes in covered.items()}
    lines = [f"{json.dumps(family)}: {json.dumps(ranges, separators=(',', ':'))}" for family, ranges in table.items()]
    (args.target / "coverage.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
