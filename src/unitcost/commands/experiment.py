"""`unitcost experiment`: the causal estimators on a panel of one's own, for people or as JSON."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

from unitcost.errors import UsageProblem, visible

# Sums that are split among threads end in other last digits; these problems are too small to gain from threads.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

from unitcost.analyses.experiments.estimates.examination import Estimated, Examination, ExaminationSettings, examine  # noqa: E402
from unitcost.analyses.experiments.estimates.panel import Panel  # noqa: E402
from unitcost.analyses.experiments.panel_file import PanelQuestion, column_of, read_panels  # noqa: E402

DIGITS = 12
SHOWN = 10
NAMES = {"did": "DID", "sc": "SC", "sc_demeaned": "SC, de-meaned", "sdid": "SDID"}


def print_experiment(
    path: Path,
    question: PanelQuestion,
    *,
    placebo_starts: tuple[str, ...],
    expected: str,
    material: float | None,
    as_json: bool,
) -> None:
    """Examine the panel in `path`, or each of its panels, and print what came out.

    Raises UsageProblem for settings that mean nothing and DataProblem for a panel that cannot be read.
    """
    if expected not in ("", "increase", "decrease"):
        raise UsageProblem(f"--expected is '{expected}'", fix="write increase or decrease")
    if material is not None and not (math.isfinite(material) and material > 0):
        raise UsageProblem(f"--material is {material:g}", fix="write a positive number in units of the outcome")
    if not question.treated:
        raise UsageProblem("No unit is named as treated", fix="add --treated NAME")
    panels = read_panels(path, question)
    asked = {
        case: (panel, ExaminationSettings(_columns(panel, placebo_starts, path), expected or None, material))
        for case, panel in panels.items()
    }
    found = {case: examine(panel, settings) for case, (panel, settings) in asked.items()}
    if as_json:
        objects = {case: as_object(one) for case, one in found.items()}
        print(json.dumps({"cases": objects} if question.by is not None else objects[""], ensure_ascii=False))
        return
    for case, one in found.items():
        if question.by is not None:
            print(f"== {visible(question.by)} {visible(case)}\n")
        print(as_text(panels[case], one))


def _columns(panel: Panel, starts: tuple[str, ...], path: Path) -> tuple[int, ...]:
    columns = []
    for text in starts:
        column = column_of(panel, text, "--placebo-start", str(path))
        if column >= panel.start:
            from unitcost.errors import DataProblem

            raise DataProblem(
                f"--placebo-start {text} is not before the start",
                where=str(path),
                why=f"the change came at {panel.times[panel.start]}",
                fix="name a time before it",
            )
        columns.append(column)
    return tuple(columns)


def as_object(found: Examination) -> dict[str, Any]:
    """Return the JSON object of an examination: numbers at 12 significant digits, None where there is none."""
    step = found.series
    return {
        **{name: _estimate(one) for name, one in found.estimates.items()},
        "series": {
            **{name: _round(getattr(step, name)) for name in ("estimate", "low", "high", "level", "p", "mde", "phi")},
            "method": step.method,
            "reason": step.reason,
        },
        "placebo_in_time": [
            {"start": one.start, "did": _round(one.did), "sc": _round(one.sc), "sdid": _round(one.sdid)}
            for one in found.placebo_in_time
        ],
        "leave_one_out": {name: _round(value) for name, value in found.leave_one_out.items()},
        "verdict": found.verdict.word,
        "verdict_reason": found.verdict.reason,
    }


def _estimate(one: Estimated) -> dict[str, Any]:
    numbers = ("estimate", "lift", "incremental", "se_placebo", "p_placebo", "p_smallest", "rmspe_ratio")
    return {
        **{name: _round(getattr(one, name)) for name in numbers},
        "rmspe_rank": one.rmspe_rank,
        "unit_weights": _weights(one.unit_weights),
        "time_weights": _weights(one.time_weights),
        "warnings": list(one.warnings),
        "reason": one.reason,
    }


def _weights(weights: dict[str, float] | None) -> dict[str, float | None] | None:
    return None if weights is None else {name: _round(value) for name, value in weights.items()}


def _round(value: float | None) -> float | None:
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.{DIGITS}g}") + 0.0


def as_text(panel: Panel, found: Examination) -> str:
    """Return what a person reads: what could have been found, what was found, the weights, the verdict."""
    names = ", ".join(panel.units[row] for row in panel.treated)
    step = found.series
    lines = [
        f"{names} from {panel.times[panel.start]} on: {panel.start} periods before, {panel.posts} after, "
        f"{len(panel.controls)} controls",
        f"Minimum detectable effect (2.8 standard errors): {_two(step.mde)}",
        f"Step in time: {_two(step.estimate)}, {step.level:.0%} interval {_two(step.low)} to {_two(step.high)}, "
        f"p {_two(step.p)}, phi {_two(step.phi)}",
        f"  {step.method}" + (f"; {step.reason}" if step.reason else ""),
        "",
        f"{'':<15}{'estimate':>14}{'lift':>10}{'incremental':>16}{'se':>12}{'p':>7}{'pre-fit':>12}{'rank':>6}",
    ]
    for name, one in found.estimates.items():
        lines.append(_line(NAMES[name], one))
        lines += [f"  {text}" for text in (*one.warnings, *([one.reason] if one.reason else []))]
    for past in found.placebo_in_time:
        lines.append(f"Placebo in time {past.start}: DID {_two(past.did)}, SC {_two(past.sc)}, SDID {_two(past.sdid)}")
    if found.leave_one_out:
        low, high = min(found.leave_one_out.values()), max(found.leave_one_out.values())
        lines.append(f"SDID with each control left out in turn: {_two(low)} to {_two(high)}")
    lines += ["", *_weight_table(found), f"Verdict: {found.verdict.word}. {found.verdict.reason}", ""]
    return "\n".join(visible(line) for line in lines)


def _line(name: str, one: Estimated) -> str:
    lift = "-" if one.lift is None else f"{one.lift:.2%}"
    rank = "-" if one.rmspe_rank is None else str(one.rmspe_rank)
    return (
        f"{name:<15}{_two(one.estimate):>14}{lift:>10}{_two(one.incremental):>16}{_two(one.se_placebo):>12}"
        f"{_two(one.p_placebo):>7}{_two(one.pre_rmspe):>12}{rank:>6}"
    )


def _weight_table(found: Examination) -> list[str]:
    shown = [(name, found.estimates[name].unit_weights) for name in ("sdid", "sc", "sc_demeaned")]
    tables = [(name, weights) for name, weights in shown if weights]
    if not tables:
        return []
    order = sorted(tables[0][1], key=lambda unit: -max(weights[unit] for _, weights in tables))
    lines = [f"{'weight of':<24}" + "".join(f"{NAMES[name]:>16}" for name, _ in tables)]
    for unit in order[:SHOWN]:
        lines.append(f"{unit[:23]:<24}" + "".join(f"{_two(weights[unit]):>16}" for _, weights in tables))
    if len(order) > SHOWN:
        lines.append(f"… and {len(order) - SHOWN} more with less weight")
    return [*lines, ""]


def _two(value: float | None) -> str:
    return "-" if value is None else f"{value:,.2f}"
