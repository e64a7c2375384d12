"""An experiment on daily cost: the panel examined, what is known to stand against an answer, and its parts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, log1p

import numpy as np

from unitcost.analyses.experiments.estimates.daily import (
    AROUND,
    DAY,
    Daily,
    DailyPanel,
    Window,
    compare,
    coverage_moves,
)
from unitcost.analyses.experiments.estimates.estimators import sdid_weights
from unitcost.analyses.experiments.estimates.examination import Examination, ExaminationSettings, examine
from unitcost.analyses.experiments.estimates.panel import Floats, Panel
from unitcost.analyses.experiments.estimates.series import benjamini_hochberg, drift, parts
from unitcost.analyses.experiments.estimates.verdict import Verdict

MONTH = 30.4  # days
SIGNIFICANT = 0.05
TOLD = 2  # controls left out that a sentence names
# What the effect is made of: cost is quantity at list prices times what is paid of them; per user, users divide it.
PARTS = ("rate", "use", "exposure")


@dataclass(frozen=True, slots=True)
class TrialQuestion:
    """What is asked of an experiment: `treated` and `controls` by day; names of others by id are for words.

    `material` is the least share that matters; `is_commitment` that a price was bought, not engineered.
    `no_controls` says why there are none although there should be.
    """

    treated: Daily
    controls: tuple[Daily, ...]
    window: Window
    expected: str
    material: float
    is_commitment: bool
    names: Mapping[str, str]
    no_controls: str = ""


@dataclass(frozen=True, slots=True)
class EffectLine:
    """A series of the picture: log outcome of the treated, its synthetic counterpart, and gaps by day."""

    days: tuple[str, ...]
    treated: tuple[float, ...]
    synthetic: tuple[float, ...]
    placebos: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Result:
    """What came out: `examination` is None where `reason` says why nothing could be compared.

    `effect` is (value, low, high) in logarithms of cost per exposure, `parts` the same for its parts where they are
    known. `cost` is what the treated cost a month of 30.4 days after the start.
    """

    verdict: Verdict
    window: Window
    reason: str = ""
    examination: Examination | None = None
    effect: tuple[float, float, float] | None = None
    parts: Mapping[str, tuple[float, float, float]] | None = None
    cost: float | None = None
    line: EffectLine | None = None
    dropped: tuple[tuple[str, str], ...] = ()
    left_out: int = 0
    adjusted: float | None = None

    @property
    def p(self) -> float | None:
        """Return the p value of the effect from time."""
        return self.examination.series.p if self.examination else None

    @property
    def saving(self) -> tuple[float, float, float] | None:
        """Return cost without the effect − cost with it in a month of 30.4 days, with low and high."""
        if self.effect is None or self.cost is None:
            return None
        value, low, high = (self.cost * (exp(-effect) - 1) for effect in self.effect)
        return value, high, low


def percent(logs: float) -> str:
    """Return a difference of logarithms as per cent."""
    return f"{(exp(logs) - 1) * 100:+.1f}%".replace("-", "−")


def try_out(asked: TrialQuestion) -> Result:
    """Return the answer to an experiment taken by itself; never raises for data that are degenerate."""
    clean, dropped = _clean_controls(asked)
    found = compare(asked.treated, clean, asked.window)
    dropped += found.dropped
    if found.panel is None:
        verdict = Verdict("cannot_tell", f"Thin data: {found.reason}.")
        return Result(verdict, asked.window, found.reason, dropped=dropped, left_out=found.left_out)
    doubts = (*_doubts(asked), *_uncompared(asked, found.panel, dropped))
    settings = ExaminationSettings((), asked.expected, log1p(asked.material), trend=True, doubts=doubts, say=percent)
    examination = examine(found.panel, settings)
    step = examination.series
    known = step.estimate is not None and step.low is not None and step.high is not None
    return Result(
        verdict=examination.verdict,
        window=asked.window,
        reason="" if known else (step.reason or ""),
        examination=examination,
        effect=(step.estimate, step.low, step.high) if known else None,  # type: ignore[arg-type]
        parts=_parts(found, examination) if known else None,
        cost=_cost(asked.treated, found),
        line=_line(found.panel, step.phi or 0.0),
        dropped=dropped,
        left_out=found.left_out,
    )


def _doubts(asked: TrialQuestion) -> list[str]:
    """What else happened to the treated within the window."""
    said = [f"{asked.names[key]} treats some of the same rows in these weeks" for key in sorted(asked.treated.touched)]
    moves = [move for move in coverage_moves(asked.treated, asked.window) if not _own(asked, move[0])]
    return [*said, *(_covered(move, "a commitment for what is treated") for move in moves[:1])]


def _own(asked: TrialQuestion, day: dt.date) -> bool:
    """Whether it is the very commitment that was tried."""
    near = AROUND * DAY
    return asked.is_commitment and asked.window.until - near < day < asked.window.since + near


def _covered(move: tuple[dt.date, float, float], what: str = "a commitment") -> str:
    day, before, after = move
    how = "was bought" if after > before else "ended"
    return f"{what} {how}: {after:.0%} of the cost is covered from {day} on, {before:.0%} before"


def _uncompared(asked: TrialQuestion, panel: Panel, dropped: Sequence[tuple[str, str]]) -> list[str]:
    """Why there is no control although there should be: what the series does by itself is no comparison."""
    if panel.controls or not (asked.controls or asked.no_controls):
        return []
    if asked.no_controls:
        return [asked.no_controls]
    told = "; ".join(f"{name}: {why}" for name, why in dropped[:TOLD])
    more = f", and {len(dropped) - TOLD} more" if len(dropped) > TOLD else ""
    return [f"no control is left ({told}{more})"]


def _clean_controls(asked: TrialQuestion) -> tuple[list[Daily], tuple[tuple[str, str], ...]]:
    """Return the controls to which nothing is known to have happened, and the others with the reason."""
    clean, dropped = [], []
    for control in asked.controls:
        moves = coverage_moves(control, asked.window)
        if control.touched:
            others = ", ".join(asked.names[key] for key in sorted(control.touched))
            dropped.append((control.name, f"another experiment treats it in these weeks: {others}"))
        elif moves:
            dropped.append((control.name, _covered(moves[0])))
        else:
            clean.append(control)
    return clean, tuple(dropped)


def _parts(found: DailyPanel, examination: Examination) -> dict[str, tuple[float, float, float]]:
    """Return rate, use and exposure, as far as they are known: effect = rate + use − exposure."""
    panel, phi = found.panel, examination.series.phi
    if panel is None or phi is None or found.rates is None:
        return {}
    weights = _weights(panel)
    cost = panel.outcome if found.exposures is None else panel.outcome + found.exposures
    rows = {"rate": found.rates, "use": cost - found.rates}
    if found.exposures is not None:
        rows["exposure"] = found.exposures
    series = {name: _gap(values, weights) for name, values in rows.items()}
    return parts(series, panel.start, panel.weekdays, phi, trend=True)


def _weights(panel: Panel) -> Floats:
    if not panel.controls or panel.start < 2:
        return np.zeros(len(panel.controls))
    return sdid_weights(panel.target, panel.control_rows, panel.start, 1)


def _gap(rows: Floats, weights: Floats) -> Floats:
    """Return the treated row, the first, less the weighted others."""
    return np.asarray(rows[0] - weights @ rows[1:])


def _cost(treated: Daily, found: DailyPanel) -> float:
    assert found.panel is not None
    after = [treated.cost[day] for day in found.days[found.panel.start :]]
    return sum(after) / len(after) * MONTH


def _line(panel: Panel, phi: float) -> EffectLine:
    """The picture: gaps as the regression sees them, without their level before the start and without their drift."""
    rows = panel.control_rows
    if not len(rows):
        return EffectLine(panel.times, tuple(panel.target.tolist()), (), {})

    def level(gap: Floats) -> Floats:
        gap = gap - gap[: panel.start].mean()
        return np.asarray(gap - drift(gap, panel.start, panel.weekdays, phi))

    placebos = {}
    for row, name in enumerate(panel.control_names):
        others = np.delete(rows, row, axis=0)
        if len(others):
            own = rows[row] - sdid_weights(rows[row], others, panel.start, 1) @ others
            placebos[name] = tuple(level(own).tolist())
    synthetic = panel.target - level(panel.target - _weights(panel) @ rows)
    return EffectLine(panel.times, tuple(panel.target.tolist()), tuple(synthetic.tolist()), placebos)


def together(results: Mapping[str, Result]) -> dict[str, Result]:
    """Return the results with p values adjusted for there being several (Benjamini and Hochberg 1995).

    An effect that is none any more with all of them counted is taken back.
    """
    told = {key: result.p for key, result in results.items() if result.p is not None}
    adjusted = dict(zip(told, benjamini_hochberg(list(told.values())), strict=True))
    return {key: _adjusted(result, adjusted.get(key), len(told)) for key, result in results.items()}


def _adjusted(result: Result, p: float | None, of: int) -> Result:
    verdict = result.verdict
    if p is not None and p > SIGNIFICANT and verdict.word == "effect":
        why = f"The interval excludes zero, but with {of} experiments counted together its p is {p:.2f}."
        verdict = Verdict("cannot_tell", why)
    return replace(result, verdict=verdict, adjusted=p)
