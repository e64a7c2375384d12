"""Names in their room and scales with few round ticks."""

from __future__ import annotations

import itertools
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from material.drawn_charts import HOSTILE, D

from unitcost.display.charts.names import shown, shown_apart, spoken
from unitcost.display.charts.scale import from_zero, round_step, spread


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
