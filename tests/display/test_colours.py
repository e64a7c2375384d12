"""The colours of the house: readable, and apart for every vision."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from unitcost.display import theme

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
