"""Everything that is asked of an experiment: estimates, placebos, the interval from time and the verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from unitcost.analyses.experiments.estimates.estimators import ESTIMATORS, EffectFit, noise, sdid_weights
from unitcost.analyses.experiments.estimates.panel import Floats, Panel
from unitcost.analyses.experiments.estimates.placebo import Earlier, all_controls, earlier, leave_one_out
from unitcost.analyses.experiments.estimates.series import POWER, StepEstimate, benjamini_hochberg, step
from unitcost.analyses.experiments.estimates.verdict import Verdict, in_units, judge

TOP = 0.10
RANKED = 9  # controls from which on a rank among them can veto
SIGNIFICANT = 0.05
MOVED = 0.01
LIKE_THE_ESTIMATE = 1 / 3


@dataclass(frozen=True, slots=True)
class ExaminationSettings:
    """Placebo starts as columns (none: one at two thirds of the pre-period); direction; least effect that matters.

    With `trend` units may drift apart on a straight line. `doubts` are known beforehand and stand against any answer;
    `say` puts a number of the outcome into words.
    """

    placebo_starts: tuple[int, ...] = ()
    expected: str | None = None
    material: float | None = None
    trend: bool = False
    doubts: tuple[str, ...] = ()
    say: Callable[[float], str] = in_units


@dataclass(frozen=True, slots=True)
class Estimated:
    """One estimator's answer in units of the outcome; None with a `reason` where it cannot be had."""

    estimate: float | None = None
    lift: float | None = None
    incremental: float | None = None
    se_placebo: float | None = None
    p_placebo: float | None = None
    p_smallest: float | None = None
    pre_rmspe: float | None = None
    rmspe_ratio: float | None = None
    rmspe_rank: int | None = None
    unit_weights: dict[str, float] | None = None
    time_weights: dict[str, float] | None = None
    warnings: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Examination:
    """What `unitcost experiment` prints, number for number."""

    estimates: dict[str, Estimated]
    series: StepEstimate
    placebo_in_time: tuple[Earlier, ...]
    leave_one_out: dict[str, float]
    contaminated: tuple[str, ...]
    verdict: Verdict


def examine(panel: Panel, settings: ExaminationSettings | None = None) -> Examination:
    """Examine a panel: all estimators, placebos in space and time, the interval from the gap, and the verdict.

    Never raises for data that are degenerate: what cannot be had is None and says why.
    """
    settings = settings or ExaminationSettings()
    reason = _unusable(panel)
    if reason:
        return _from_series_alone(panel, settings, reason)
    starts = settings.placebo_starts or _default_starts(panel.start)
    past = tuple(earlier(panel.before(start)) for start in starts)
    fits = {
        name: estimator(panel.target, panel.control_rows, panel.start, len(panel.treated))
        for name, estimator in ESTIMATORS.items()
    }
    estimates = {name: _estimated(panel, name, fit, past) for name, fit in fits.items()}
    gap, covariates = _gap(panel, fits["sdid"].unit_weights)
    of, trend = "gap to the weighted controls (SDID)", settings.trend
    found = step(gap, panel.start, covariates, panel.weekdays, of=of, trend=trend)
    contaminated = _contaminated(panel, found, fits["sdid"].unit_weights, trend=trend)
    vetoes = (*_rank_veto(panel, found, trend=trend), *_time_veto(panel, starts, found, trend=trend))
    doubts = settings.doubts
    if contaminated:
        doubts += (f"contaminated controls moved at the start themselves: {', '.join(contaminated)}",)
    verdict = judge(found, vetoes, settings.expected, settings.material, doubts, say=settings.say)
    return Examination(estimates, found, past, leave_one_out(panel), contaminated, verdict)


def _from_series_alone(panel: Panel, settings: ExaminationSettings, reason: str) -> Examination:
    series = panel.target
    covariates = panel.gap_covariates(None)
    of, trend = "the series itself, without controls", settings.trend
    found = step(series, panel.start, covariates, panel.weekdays, of=of, trend=trend)
    vetoes: tuple[str, ...] = ()
    starts = settings.placebo_starts or _default_starts(panel.start)
    before = covariates[:, : panel.start]
    steps = [step(series[: panel.start], start, before, _days(panel), of="", trend=trend) for start in starts]
    if _fails(steps, found):
        vetoes = ("a placebo in time is significant: the series steps before the start as well",)
    none = {name: Estimated(reason=reason) for name in ESTIMATORS}
    verdict = judge(found, vetoes, settings.expected, settings.material, settings.doubts, say=settings.say)
    return Examination(none, found, (), {}, (), verdict)


def _unusable(panel: Panel) -> str | None:
    if not panel.controls:
        return "there are no controls: every unit is treated"
    if panel.start < 2:
        return "there are fewer than two periods before the start, so that no weights can be found"
    return None


def _default_starts(start: int) -> tuple[int, ...]:
    return (start - start // 3,) if start >= 6 else ()


def _days(panel: Panel) -> tuple[int, ...] | None:
    return panel.weekdays[: panel.start] if panel.weekdays else None


def _gap(panel: Panel, weights: Floats) -> tuple[Floats, Floats]:
    rows = panel.control_rows
    return (panel.target - rows[0]) - weights @ (rows - rows[0]), panel.gap_covariates(weights)


def _estimated(panel: Panel, name: str, fit: EffectFit, past: tuple[Earlier, ...]) -> Estimated:
    count, controls = len(panel.treated), panel.control_rows
    counterfactual = float(panel.target[panel.start :].mean()) - fit.estimate
    warnings = list(_warnings(panel, name, fit, past))
    placebos = None
    if len(controls) > count and len(controls) >= 3:
        placebos = all_controls(name, controls, panel.start)
        if count > 1:
            warnings.append(f"each placebo is one control, the treated are a mean of {count}: its spread is too wide")
    else:
        warnings.append("too few controls for a placebo: it takes three, and more than there are treated units")
    times = fit.time_weights
    return Estimated(
        fit.estimate,
        fit.estimate / counterfactual if abs(counterfactual) > 1e-12 * abs(fit.estimate) else None,
        fit.estimate * panel.posts * count,
        placebos.standard_error if placebos else None,
        placebos.p(fit) if placebos else None,
        placebos.smallest if placebos else None,
        fit.pre_rmspe,
        fit.ratio,
        placebos.rank(fit) if placebos else None,
        dict(zip(panel.control_names, fit.unit_weights.tolist(), strict=True)),
        dict(zip(panel.times[: panel.start], times.tolist(), strict=True)) if times is not None else {},
        tuple(warnings),
    )


def _warnings(panel: Panel, name: str, fit: EffectFit, past: tuple[Earlier, ...]) -> list[str]:
    said = []
    for own in past:
        value = getattr(own, name, None)
        if value is not None and abs(value) > LIKE_THE_ESTIMATE * abs(fit.estimate):
            said.append(
                f"fails its placebo in time: {value:.2f} at {own.start}, where nothing had happened, "
                f"beside an estimate of {fit.estimate:.2f}"
            )
    sigma = noise(panel.control_rows, panel.start)
    if fit.pre_rmspe > 3 * sigma > 0:
        said.append(f"poor fit before the start: root mean square gap {fit.pre_rmspe:.2f}")
    return said


def _rank_veto(panel: Panel, found: StepEstimate, *, trend: bool) -> tuple[str, ...]:
    """The treated's step among those of all controls as if treated, by the same weights and the same regression."""
    rows = panel.control_rows
    if len(rows) < RANKED or found.estimate is None:
        return ()
    larger = 0
    for row in range(len(rows)):
        gap = _own_gap(rows[row], np.delete(rows, row, axis=0), panel.start)
        own = step(gap, panel.start, np.zeros((0, len(gap))), panel.weekdays, of="", trend=trend)
        larger += own.estimate is not None and abs(own.estimate) >= abs(found.estimate)
    p = (1 + larger) / (len(rows) + 1)
    if p <= TOP:
        return ()
    return (f"the treated are not among the top {TOP:.0%} of the placebos over controls (p {p:.2f})",)


def _time_veto(panel: Panel, starts: tuple[int, ...], found: StepEstimate, *, trend: bool) -> tuple[str, ...]:
    """A step at an earlier start, in a gap whose weights know nothing after that start."""
    steps = []
    for start in starts:
        cut = panel.before(start)
        weights = sdid_weights(cut.target, cut.control_rows, start, len(cut.treated))
        gap, covariates = _gap(cut, weights)
        steps.append(step(gap, start, covariates, cut.weekdays, of="", trend=trend))
    if not _fails(steps, found):
        return ()
    return ("a placebo in time is significant: the gap steps before the start as well",)


def _fails(earlier_steps: list[StepEstimate], found: StepEstimate) -> bool:
    """Whether a step before the start is significant and at least half as large as the one at the start."""
    told = [(own.p, own.estimate) for own in earlier_steps if own.p is not None and own.estimate is not None]
    if found.estimate is None:
        return False
    adjusted = benjamini_hochberg([p for p, _ in told])
    return any(
        p < SIGNIFICANT and abs(value) >= abs(found.estimate) / 2 for p, (_, value) in zip(adjusted, told, strict=True)
    )


def _contaminated(panel: Panel, found: StepEstimate, weights: Floats, *, trend: bool) -> tuple[str, ...]:
    """Controls that step at the start themselves, far enough to move the treated's gap by half its error.

    The median of the others tells which of them moved, but drifts; weights follow, but are moved by one that does. A
    control has moved where both say so.
    """
    rows, names = panel.control_rows, panel.control_names
    if len(rows) < 3 or found.mde is None:
        return ()
    enough = found.mde / POWER / 2

    def steps(gap: Floats, row: int) -> bool:
        own = step(gap, panel.start, np.zeros((0, len(gap))), panel.weekdays, of="", trend=trend)
        known = own.p is not None and own.estimate is not None
        return known and own.p < MOVED / len(rows) and weights[row] * abs(own.estimate) > enough  # type: ignore[operator,arg-type]

    moved = []
    for row, name in enumerate(names):
        others = np.delete(rows, row, axis=0)
        against = rows[row] - np.median(others, axis=0)
        if steps(against, row) and steps(_own_gap(rows[row], others, panel.start), row):
            moved.append(name)
    return tuple(moved)


def _own_gap(row: Floats, others: Floats, start: int) -> Floats:
    """A control's gap to the weighted others, as if it had been treated."""
    weights = sdid_weights(row, others, start, 1)
    return np.asarray((row - others[0]) - weights @ (others - others[0]))
