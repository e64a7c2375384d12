"""The verdict on a step, in one word of three, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from unitcost.analyses.experiments.estimates.series import StepEstimate


@dataclass(frozen=True, slots=True)
class Verdict:
    """`effect`, `no_effect` or `cannot_tell`, with its reason in words."""

    word: str
    reason: str


def in_units(value: float) -> str:
    """Return a number of the outcome as words have it."""
    return f"{value:.4g}"


def judge(
    step: StepEstimate,
    vetoes: tuple[str, ...],
    expected: str | None,
    material: float | None,
    doubts: tuple[str, ...] = (),
    *,
    say: Callable[[float], str] = in_units,
) -> Verdict:
    """Judge a step: `material` is in units of the outcome, `expected` is increase, decrease or None.

    `vetoes` (failed placebos) stand against an effect alone; `doubts` (contaminated controls) against any answer.
    `say` puts a number of the outcome into words.
    """
    if step.low is None or step.high is None or step.estimate is None:
        return Verdict("cannot_tell", f"Thin data: {step.reason}.")
    span = f"the {step.level:.0%} interval {say(step.low)} to {say(step.high)}"
    if not step.excludes_zero:
        return _no_effect(step, span, doubts, material, say)
    vetoes += doubts
    if vetoes:
        return Verdict("cannot_tell", f"{span[0].upper()}{span[1:]} excludes zero, but {'; '.join(vetoes)}.")
    text = f"{span} excludes zero"
    if material is not None and abs(step.estimate) < material:
        text += f"; the effect is smaller than what is material ({say(material)})"
    against = expected is not None and (step.estimate > 0) != (expected == "increase")
    moved = "an increase" if step.estimate > 0 else "a decrease"
    lead = f"Against what was expected, {moved}: " if against else ""
    return Verdict("effect", (lead + text if against else text[0].upper() + text[1:]) + ".")


def _no_effect(
    step: StepEstimate, span: str, doubts: tuple[str, ...], material: float | None, say: Callable[[float], str]
) -> Verdict:
    assert step.low is not None and step.high is not None
    holds = f"{span[0].upper()}{span[1:]} holds zero"
    if material is None:
        return Verdict("cannot_tell", f"{holds}, and nothing says which effect would be material (--material).")
    limits = f"{say(-material)} and {say(material)}"
    if not -material <= step.low <= step.high <= material:
        besides = "".join(f"; besides, {doubt}" for doubt in doubts)
        return Verdict("cannot_tell", f"{holds} and is too wide: it reaches beyond {limits}{besides}.")
    if doubts:
        return Verdict("cannot_tell", f"{holds} and lies between {limits}, but {'; '.join(doubts)}.")
    return Verdict("no_effect", f"{holds} and lies between {limits}.")
