"""What a company's experiments really did: each examined on its days, all judged together, as findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import exp
from typing import TYPE_CHECKING

from unitcost.analyses.analysis import Request
from unitcost.analyses.experiments.estimates.daily import too_few
from unitcost.analyses.experiments.estimates.series import LEVEL
from unitcost.analyses.experiments.estimates.trial import PARTS, Asked, Result, together, try_out
from unitcost.analyses.experiments.estimates.verdict import Verdict
from unitcost.analyses.experiments.experiment_file import Experiment, Experiments, as_data
from unitcost.analyses.experiments.inputs import Trial, Trials
from unitcost.display.facts import TriedChange
from unitcost.errors import visible
from unitcost.numbers.book import Book, Findings
from unitcost.numbers.estimate import Estimate

if TYPE_CHECKING:
    from unitcost.month.company import Company

FOLDER = "experiments"
NOTEBOOK = "50_experiments"
LOGS = "log"
PLACES = 9  # digits behind the point that every machine agrees on
CENTS = 2


@dataclass(frozen=True, slots=True)
class Examined:
    """An experiment, how its days were made, and what came out.

    `left_out` is money of rows that tell nothing about days, by reason.
    """

    experiment: Experiment
    exposure: str
    left_out: Mapping[str, Decimal]
    result: Result


@dataclass(frozen=True, slots=True)
class Tried:
    """How the days of an experiment were made and what they told, before all experiments are judged together."""

    exposure: str
    left_out: dict[str, Decimal]
    result: Result


def examined(company: Company, month: str) -> list[Examined]:
    """Return every experiment that had started by the end of a month, by start; from the store, if it has them."""
    trials = Trials(company, month)
    if not trials.experiments:
        return []
    marts = company.marts
    months = [each for each in sorted({*marts.cost_months(), *marts.user_folders, *marts.aggregate}) if each <= month]
    kept = company.keep(
        FOLDER, months, lambda: _examine(company, trials), list[Tried], [month, as_data(trials.experiments)]
    )
    judged = together({one.id: tried.result for one, tried in zip(trials.experiments, kept, strict=True)})
    return [
        Examined(one, tried.exposure, tried.left_out, judged[one.id])
        for one, tried in zip(trials.experiments, kept, strict=True)
    ]


def _examine(company: Company, trials: Trials) -> list[Tried]:
    material = float(company.config.report.material_effect)
    names = {one.id: one.title for one in trials.experiments}
    answers = []
    for one in trials.experiments:
        trial = trials.trial(one)
        result = _unknown(trial) or try_out(_asked(trial, material, names))
        answers.append(Tried(trial.exposure, dict(trial.left_out), result))
    return answers


def _unknown(trial: Trial) -> Result | None:
    few = too_few(trial.window.days, trial.window)
    reason = few or trial.no_exposure
    if not reason and not trial.treated.cost:
        reason = "no row of these weeks that tells about a day is matched by what is treated"
    if not reason:
        return None
    said = "Thin data" if few else "There is nothing to compare"
    return Result(Verdict("cannot_tell", f"{said}: {reason}."), trial.window, reason)


def _asked(trial: Trial, material: float, names: Mapping[str, str]) -> Asked:
    one = trial.experiment
    return Asked(
        trial.treated,
        trial.controls,
        trial.window,
        one.expected,
        material,
        one.kind == "commitment",
        names,
        trial.no_controls,
    )


# Findings


def findings(request: Request) -> Findings:
    """Return `experiment.<id>.*` of every experiment the company names; null with the reason before it has started."""
    company, month = request.company, request.month
    found: Findings = {}
    known = {one.experiment.id: one for one in examined(company, month)}
    currency = company.config.report.currency
    for one in company.given(Experiments).all:
        found |= findings_of(one, known.get(one.id), currency)
    return found


def findings_of(experiment: Experiment, found: Examined | None, currency: str) -> Findings:
    """Return `experiment.<id>.*` of one experiment; null with the reason where it has not started."""
    prefix, label = f"experiment.{experiment.id}", experiment.title
    late = f"it starts on {experiment.started_on}, after the end of the month"
    result = found.result if found else None
    reason = late if result is None else result.reason or result.verdict.reason
    step = result.examination.series if result and result.examination else None
    how = f"{step.method}; {found.exposure}" if step and found else ""
    book = Book(currency, notebook=NOTEBOOK)
    book.findings[f"{prefix}.effect"] = _logs(
        result.effect if result else None, reason, how or "log outcome, step in time", label
    )
    for part in PARTS:
        three = (result.parts or {}).get(part) if result else None
        why = reason if result is None or result.effect is None else _no_part(part)
        method = "effect = rate + use − exposure, of the same regression"
        book.findings[f"{prefix}.effect.{part}"] = _logs(three, why, method, label)
    for name, value in (("p_value", result.p if result else None), ("p_adjusted", result.adjusted if result else None)):
        method = "two-sided t test of the step" if name == "p_value" else "Benjamini–Hochberg over all experiments"
        book.value(f"{prefix}.{name}", _round(value), "ratio", method, reason, label=label)
    book.findings[f"{prefix}.saving_per_month"] = _saving(result, reason, currency, label)
    book.findings[f"{prefix}.verdict"] = Estimate(
        result.verdict.word if result else None,
        type="text",
        method="interval from time; placebos may veto",
        notebook=NOTEBOOK,
        label=label,
        reason=result.verdict.reason if result else late,
    )
    return book.findings


def _no_part(part: str) -> str:
    if part == "exposure":
        return "cost is not divided by anything"
    return "cost at list prices is not known for every row that is compared"


def _logs(three: tuple[float, float, float] | None, reason: str, method: str, label: str) -> Estimate:
    if three is None:
        return Estimate(None, LOGS, method=method, notebook=NOTEBOOK, label=label, reason=reason)
    value, low, high = (_round(each) for each in three)
    level = Decimal(str(LEVEL))
    return Estimate(value, LOGS, low=low, high=high, level=level, method=method, notebook=NOTEBOOK, label=label)


def _saving(result: Result | None, reason: str, currency: str, label: str) -> Estimate:
    method = "(e^−effect − 1) × cost of the treated after the start, for 30.4 days"
    saving = result.saving if result else None
    if result is None or saving is None or result.verdict.word == "cannot_tell":
        return Estimate(None, currency, method=method, notebook=NOTEBOOK, label=label, reason=reason)
    value, low, high = (round(Decimal(repr(each)), CENTS) for each in saving)
    return Estimate(
        value, currency, low=low, high=high, level=Decimal(str(LEVEL)), method=method, notebook=NOTEBOOK, label=label
    )


def _round(value: float | None) -> Decimal | None:
    return None if value is None else round(Decimal(repr(value)), PLACES) + Decimal(0)


def share(logs: float) -> Decimal:
    """Return a difference of logarithms as a share, for display."""
    return round(Decimal(repr(exp(logs) - 1)), PLACES)


def tried_change(experiment: Experiment) -> TriedChange:
    """Return what sentences say of an experiment besides its numbers; a commitment changes a price and no use."""
    per = {"users": "user", "none": ""}.get(experiment.exposure, experiment.exposure.removeprefix("driver:"))
    return TriedChange(experiment.id, per, experiment.kind == "commitment")


def tried_changes(company: Company) -> list[TriedChange]:
    """Return the experiments that the company names, as sentences speak of them."""
    return [tried_change(experiment) for experiment in company.given(Experiments).all]


def rests_on(company: Company, month: str) -> list[object]:
    """Return what the company says about its experiments."""
    del month
    return [as_data(company.given(Experiments).all)]


def check(company: Company) -> list[str]:
    """Return how many experiments are named, and when they started."""
    experiments = company.given(Experiments)
    days = [one.started_on for one in experiments.all]
    if not experiments.given:
        return []
    if not days:
        return [f"experiments: none in {visible(company.config.experiments.path)}"]
    when = f"started on {days[0]}" if len(set(days)) == 1 else f"{days[0]} to {days[-1]}"
    return [f"experiments: {len(days)}, {when}"]
