"""No effect is an answer of its own: failed placebos do not stand against it, contaminated controls do."""

from __future__ import annotations

import pytest
from material.panels import a_step, panel_of, wandering

from unitcost.analyses.experiments.estimates.examination import ExaminationSettings, examine
from unitcost.analyses.experiments.estimates.verdict import judge


@pytest.mark.parametrize("seed", range(5))
def test_a_null_that_is_tight_enough_is_no_effect(seed: int) -> None:
    """Being in the middle of the placebos is what no effect looks like."""
    found = examine(panel_of(wandering(seed, 11, 0.2), 70), ExaminationSettings(material=3))
    assert found.verdict.word == ("effect" if found.series.excludes_zero else "no_effect")


def test_only_doubts_stand_against_no_effect() -> None:
    """A placebo vetoes an effect alone; a doubt about the controls leaves no answer."""
    assert judge(a_step(-1, 1), ("the placebo fails",), None, 2).word == "no_effect"
    assert judge(a_step(-1, 1), (), None, 2, ("a control moved",)).word == "cannot_tell"
    assert judge(a_step(1, 3), (), None, 2, ("a control moved",)).word == "cannot_tell"
