"""What a company's experiments really did: each examined on its days, all judged together, as findings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from math import exp
from typing import TYPE_CHECKING, Any

from unitcost.analyses.experiments.estimates.daily import Window, too_few
from unitcost.analyses.experiments.estimates.examination import Estimated, Examination
from unitcost.analyses.experiments.estimates.placebo import Earlier
from unitcost.analyses.experiments.estimates.series import LEVEL, Step
from unitcost.analyses.experiments.estimates.trial import PARTS, Asked, Line, Result, together, try_out
from unitcost.analyses.experiments.estimates.verdict import Verdict
from unitcost.analyses.experiments.experiment_file import Experiment, as_data
from unitcost.analyses.experiments.inputs import Trial, Trials
from unitcost.numbers.book import Book, Findings
from unitcost.numbers.estimate import Estimate
from unitcost.storage.kept import kept

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


def examined(company: Company, month: str) -> list[Examined]:
    """Return every experiment that had started by the end of a month, by start; from the store, if it has them."""
    trials = Trials(company, month)
    if not trials.experiments:
        return []
    found = kept(
        company.marts.repeats.store / FOLDER, _question(company, month, trials), lambda: _examine(company, trials)
    )
    several = {one.id: _result(data) for one, (_, _, data) in zip(trials.experiments, found, strict=True)}
    judged = together(several)
    return [
        Examined(one, exposure, {why: Decimal(money) for why, money in left_out.items()}, judged[one.id])
        for one, (exposure, left_out, _) in zip(trials.experiments, found, strict=True)
    ]


def _question(company: Company, month: str, trials: Trials) -> list[object]:
    from unitcost.publishing import run_id as identity  # it knows the company, as whose part this is imported

    marts, report = company.marts, company.config.report
    return [
        identity.code(),
        month,
        as_data(trials.experiments),
        [marts.spend_folders[each].name for each in marts.cost_months() if each <= month],
        [folder.name for each, folder in sorted(marts.user_folders.items()) if each <= month],
        [
            sorted(row.cells.items(), key=str)
            for each, rows in sorted(marts.aggregate.items())
            for row in rows
            if each <= month
        ],
        identity.configuration(company)["allocation"],
        [list(company.scope.excluded), company.scope.basis, company.config.costs.product_tag],
        str(report.material_effect),
    ]


def _examine(company: Company, trials: Trials) -> list[Any]:
    material = float(company.config.report.material_effect)
    names = {one.id: one.title for one in trials.experiments}
    answers = []
    for one in trials.experiments:
        trial = trials.trial(one)
        result = _unknown(trial) or try_out(_asked(trial, material, names))
        answers.append([trial.exposure, {why: str(money) for why, money in trial.left_out.items()}, _data(result)])
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


# As JSON


def _data(result: Result) -> dict[str, Any]:
    return _plain(asdict(result))  # type: ignore[no-any-return]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def _result(data: Mapping[str, Any]) -> Result:
    found, line, window = data["examination"], data["line"], data["window"]
    return Result(
        verdict=Verdict(**data["verdict"]),
        window=Window(**{name: dt.date.fromisoformat(day) for name, day in window.items()}),
        reason=data["reason"],
        examination=None if found is None else _examination(found),
        effect=_three(data["effect"]),
        parts=None if data["parts"] is None else {name: tuple(three) for name, three in data["parts"].items()},
        cost=data["cost"],
        line=None
        if line is None
        else Line(
            tuple(line["days"]),
            tuple(line["treated"]),
            tuple(line["synthetic"]),
            {name: tuple(gap) for name, gap in line["placebos"].items()},
        ),
        dropped=tuple((name, why) for name, why in data["dropped"]),
        left_out=data["left_out"],
    )


def _three(found: Sequence[float] | None) -> tuple[float, float, float] | None:
    return None if found is None else (found[0], found[1], found[2])


def _examination(data: Mapping[str, Any]) -> Examination:
    return Examination(
        {name: Estimated(**(one | {"warnings": tuple(one["warnings"])})) for name, one in data["estimates"].items()},
        Step(**data["series"]),
        tuple(Earlier(**one) for one in data["placebo_in_time"]),
        data["leave_one_out"],
        tuple(data["contaminated"]),
        Verdict(**data["verdict"]),
    )


# Findings


def findings(company: Company, month: str) -> Findings:
    """Return `experiment.<id>.*` of every experiment the company names; null with the reason before it has started."""
    found: Findings = {}
    known = {one.experiment.id: one for one in examined(company, month)}
    currency = company.config.report.currency
    for one in company.experiments.all:
        found |= _of(one, known.get(one.id), currency)
    return found


def _of(experiment: Experiment, found: Examined | None, currency: str) -> Findings:
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
