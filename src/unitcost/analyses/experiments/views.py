"""What notebooks show of experiments: a line each, and for each a page with its picture, its parts and its checks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from math import exp
from typing import TYPE_CHECKING

from babel.dates import format_date

from unitcost.analyses.experiments import sentences
from unitcost.analyses.experiments.charts import Week
from unitcost.analyses.experiments.findings import Examined, examined, findings_of, share, tried_change
from unitcost.analyses.findings import findings as all_findings
from unitcost.display.formats import Formats
from unitcost.display.tables import Column, Unknown
from unitcost.numbers.months import first_day

if TYPE_CHECKING:
    from unitcost.month.company import Company

Table = tuple[list[list[object]], list[Column]]
WORDS = {"effect": "effect", "no_effect": "no effect", "cannot_tell": "cannot tell"}
COUNTED = {"effect": "with an effect", "no_effect": "without one", "cannot_tell": "cannot be told"}
LEAST_P = Decimal("0.001")
NAMES = {
    "did": "Difference-in-differences",
    "sc": "Synthetic control",
    "sc_demeaned": "Synthetic control, de-meaned",
    "sdid": "Synthetic difference-in-differences",
}
PART_WORDS = {"rate": "Price paid", "use": "Use, at list prices", "exposure": "{over}"}
WEEK = 7
HEAVY = 6  # controls in the table of weights
APART = 0.5  # gap before the start, in logarithms, from which on an estimator compares what is not alike
NO_FIT = "it does not come near the treated before the start"
YEAR = dt.timedelta(days=365)


def all_of(company: Company, month: str) -> list[Examined]:
    """Return the experiments of a month's report: those whose days reach into the year before its end."""
    newest = first_day(month)
    return [one for one in examined(company, month) if one.result.window.last >= newest - YEAR]


def over(one: Examined) -> str:
    """Return what cost is divided by, in words; '' for nothing."""
    return tried_change(one.experiment).per


def outcome(one: Examined) -> str:
    """Return what is explained: cost per user in its scope, or cost."""
    return sentences.outcome(tried_change(one.experiment))


def _formats(company: Company) -> Formats:
    report = company.config.report
    return Formats.of(report.locale, report.currency)


def headline(company: Company, one: Examined) -> str:
    """Return the verdict on an experiment in a sentence, as page one says it; only an effect is told as one."""
    estimates = findings_of(one.experiment, one, company.config.report.currency)
    return sentences.verdict(one.experiment.title, tried_change(one.experiment), estimates, _formats(company))


def is_price(one: Examined) -> bool:
    """Tell whether what moved is what is paid for the same use: always for a commitment."""
    return tried_change(one.experiment).is_price


def texts(company: Company, one: Examined) -> list[str]:
    """Return what stands above the picture: what could be found, the verdict; without weights the notes on days too."""
    notes = [] if weights(one)[0] else weight_notes(company, one)
    return [text for text in (beforehand(company, one), verdict_text(company, one), *notes) if text]


def verdict_text(company: Company, one: Examined) -> str:
    """Return the reason for the verdict, and for an effect what it comes to in money a month."""
    result = one.result
    said = result.verdict.reason
    if result.verdict.word == "effect" and result.saving is not None:
        fmt = _formats(company)
        value, *ends = (Decimal(repr(each)) for each in result.saving)
        digits = fmt.estimate_digits([value])
        amounts = [fmt.money(each, digits) for each in (abs(value), *sorted(map(abs, ends)))]
        what = "not spent" if value > 0 else "spent on top"
        said += f" That is {fmt.currency} {amounts[0]} a month {what} ({amounts[1]} to {amounts[2]})"
        said += ", at the use since then."
    return said


def beforehand(company: Company, one: Examined) -> str:
    """Return what could have been found at all, which is said before what was found; '' where nothing is compared."""
    result = one.result
    step = result.examination.series if result.examination else None
    if step is None or step.mde is None:
        return ""
    mde = _formats(company).share(abs(share(step.mde)))
    days = f"{_day(company, result.window.first)} to {_day(company, result.window.until)}"
    since = f"{_day(company, result.window.since)} to {_day(company, result.window.last)}"
    return f"From {days} against {since}, a difference of {mde} or more could be found (2.8 standard errors)."


def _day(company: Company, day: dt.date) -> str:
    return str(format_date(day, "medium", locale=company.config.report.locale))


# Tables


def overview(company: Company, month: str) -> Table:
    """Return a line for each experiment: start, verdict, change with its range, money a month, adjusted p."""
    rows: list[list[object]] = []
    for one in all_of(company, month):
        result = one.result
        three: list[object] = [Unknown(result.verdict.reason), None, None]
        if result.effect is not None:
            three = [share(each) for each in result.effect]
        money: object = Unknown(result.verdict.reason)
        if result.saving is not None and result.verdict.word != "cannot_tell":
            money = round(Decimal(repr(result.saving[0])), 2)
        word = WORDS[result.verdict.word]
        word = f"{word} of a price" if word == "effect" and is_price(one) else word
        rows.append(
            [
                one.experiment.title,
                _day(company, one.experiment.started_on),
                word,
                *three,
                money,
                _p(company, result.adjusted),
            ]
        )
    return rows, [
        Column("Experiment"),
        Column("Start"),
        Column("Verdict"),
        Column("Change", "delta_share"),
        Column("low", "delta_share"),
        Column("high", "delta_share"),
        Column("Measured saving a month", "money", company.config.report.currency),
        Column("p"),
    ]


def _p(company: Company, value: float | None) -> str:
    """Return a p value in words: what is below a thousandth is said to be."""
    if value is None:
        return "n/a"
    fmt, p = _formats(company), Decimal(repr(value))
    return f"<{fmt.decimal(LEAST_P, 3)}" if p < LEAST_P else fmt.decimal(p, 3)


def overview_headline(company: Company, month: str) -> str:
    """Return how many experiments have which answer; '' where nothing was tried."""
    words = [one.result.verdict.word for one in all_of(company, month)]
    if not words:
        return ""
    parts = [f"{words.count(word)} {text}" for word, text in COUNTED.items() if word in words]
    count = f"{len(words)} experiment{'s' if len(words) > 1 else ''}"
    return f"{count}: {', '.join(parts)}"


def promised(company: Company, month: str) -> Table:
    """Return levers of the plan of record beside the experiments that tried them: promise and measure a month."""
    findings = all_findings(company, month)
    rows: list[list[object]] = []
    for one in all_of(company, month):
        lever = findings.get(f"lever.{one.experiment.lever or one.experiment.id}.saving")
        saving = one.result.saving
        if lever is None or lever.value is None:
            continue
        measured: list[object] = [Unknown(one.result.verdict.reason), None, None]
        if saving is not None and one.result.verdict.word != "cannot_tell":
            measured = [round(Decimal(repr(each)), 2) for each in saving]
        rows.append([one.experiment.title, lever.value, lever.low, lever.high, *measured])
    currency = company.config.report.currency
    columns = [Column("Experiment"), Column("Lever assumes", "money", currency), Column("low", "money", currency)]
    columns += [Column("high", "money", currency), Column("Measured", "money", currency)]
    return rows, [*columns, Column("low", "money", currency), Column("high", "money", currency)]


def parts(one: Examined) -> Table:
    """Return what the change is made of: in all, price, use and what cost is divided by; empty where not known."""
    result = one.result
    if result.effect is None:
        return [], []
    per = over(one)
    rows: list[list[object]] = [[f"Cost per {per}" if per else "Cost", *(share(each) for each in result.effect)]]
    for name, three in (result.parts or {}).items():
        words = PART_WORDS[name].format(over="Users" if per == "user" else per)
        rows.append([words, *(share(each) for each in three)])
    columns = [Column("What moved, against the controls"), Column("Change", "delta_share")]
    return rows, [*columns, Column("low", "delta_share"), Column("high", "delta_share")]


def estimates(one: Examined) -> Table:
    """Return every estimator: estimate, error and p from placebos, fit before, and the placebo in time."""
    found = one.result.examination
    if found is None:
        return [], []
    rows: list[list[object]] = []
    past = found.placebo_in_time[0] if found.placebo_in_time else None
    for name, text in NAMES.items():
        each = found.estimates[name]
        if each.estimate is None:
            continue
        earlier = getattr(past, name, None) if past else None
        fits = (each.pre_rmspe or 0) < APART
        rows.append([
            text,
            share(each.estimate) if fits else Unknown(NO_FIT),
            _points(each.se_placebo) if fits else None,
            None if each.p_placebo is None or not fits else round(Decimal(repr(each.p_placebo)), 3),
            _points(each.pre_rmspe),
            None if earlier is None or not fits else share(earlier),
        ])  # fmt: skip
    columns = [Column("Estimator"), Column("Change", "delta_share"), Column("Error, placebos", "share")]
    return rows, [
        *columns,
        Column("p, placebos", "decimal"),
        Column("Gap before", "share"),
        Column("Placebo in time", "delta_share"),
    ]


def _points(logs: float | None) -> object:
    return None if logs is None else round(Decimal(repr(logs)), 9)


def estimate_notes(company: Company, one: Examined) -> list[str]:
    """Return how the estimators are to be read: the smallest p there is, and what stands against them."""
    found = one.result.examination
    if found is None:
        return []
    smallest = found.estimates["sdid"].p_smallest
    notes = []
    if smallest is not None:
        fmt = _formats(company)
        notes.append(f"With so few controls p cannot be smaller than {fmt.decimal(Decimal(repr(smallest)), 3)}.")
    if found.placebo_in_time:
        day = _day(company, dt.date.fromisoformat(found.placebo_in_time[0].start))
        notes.append(f"Placebo in time: what is found at {day}, when nothing had happened.")
    return notes


def weights(one: Examined) -> Table:
    """Return the controls by weight, and the estimate without each."""
    found = one.result.examination
    if found is None or not found.estimates["sdid"].unit_weights:
        return [], []
    own, plain = found.estimates["sdid"].unit_weights, found.estimates["sc_demeaned"].unit_weights or {}
    heaviest = _heaviest(own)
    rows: list[list[object]] = [
        [
            name,
            _points(own[name]),
            _points(plain.get(name)),
            None if name not in found.leave_one_out else share(found.leave_one_out[name]),
        ]
        for name in heaviest
    ]
    columns = [Column("Control"), Column("Weight", "share"), Column("of the synthetic control", "share")]
    return rows, [*columns, Column("Change without it", "delta_share")]


def _heaviest(own: Mapping[str, float]) -> list[str]:
    return sorted(own, key=lambda name: (-own[name], name))[:HEAVY]


def weight_notes(company: Company, one: Examined) -> list[str]:
    """Return which controls take no part and why, how days were made, and what tells nothing about days."""
    fmt, result = _formats(company), one.result
    notes = []
    found = result.examination.estimates["sdid"].unit_weights if result.examination else None
    rest = len(found or {}) - HEAVY
    if found and rest > 0:
        weight = 1 - sum(found[name] for name in _heaviest(found))
        notes.append(f"And {rest} more with {fmt.share(Decimal(repr(weight)))} of the weight.")
    if result.dropped:
        notes.append(f"Controls left out: {'; '.join(f'{name} ({why})' for name, why in result.dropped)}.")
    said = one.exposure[:1].upper() + one.exposure[1:]
    notes.append(f"{said}; logarithms; each unit's own week and a straight drift are taken out.")
    if one.left_out:
        amounts = ", ".join(f"{why} {fmt.with_currency(fmt.money(money))}" for why, money in one.left_out.items())
        notes.append(f"Of these months, not part of any day: {amounts}.")
    if result.left_out:
        notes.append(f"{result.left_out} days without cost or exposure are left out.")
    return notes


def tables(company: Company, one: Examined) -> list[tuple[list[list[object]], list[Column], str, list[str]]]:
    """Return the tables of an experiment's page that have rows: rows, columns, caption, notes."""
    found: list[tuple[Table, str, list[str]]] = [
        (parts(one), "What it is made of", []),
        (estimates(one), "Other ways to estimate it", estimate_notes(company, one)),
        (weights(one), "What it is compared with", weight_notes(company, one)),
    ]
    return [(rows, columns, caption, notes) for (rows, columns), caption, notes in found if rows]


# The picture


def weeks(one: Examined) -> list[Week]:
    """Return the weeks before and after the start: levels with 100 before, the gap, and those of the controls."""
    line, examination = one.result.line, one.result.examination
    if line is None or examination is None:
        return []
    days = [dt.date.fromisoformat(day) for day in line.days]
    start = sum(day <= one.result.window.until for day in days)
    level = sum(line.treated[:start]) / start
    found = []
    for first, last in pairwise(_cuts(len(days), start)):
        treated = _mean(line.treated[first:last])
        synthetic = _mean(line.synthetic[first:last]) if line.synthetic else None
        found.append(
            Week(
                days[first],
                _level(treated - level),
                None if synthetic is None else _level(synthetic - level),
                None if synthetic is None else share(treated - synthetic),
                tuple(share(_mean(gap[first:last])) for gap in line.placebos.values()),
            )
        )
    return found


def _cuts(count: int, start: int) -> list[int]:
    """Return where weeks begin, counted from the start both ways, so that none holds days of before and after."""
    before = list(range(start, -1, -WEEK))[::-1]
    after = list(range(start + WEEK, count + 1, WEEK))
    cuts = [*before, *after]
    if count - cuts[-1] >= WEEK // 2:
        cuts.append(count)
    return cuts


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _level(logs: float) -> Decimal:
    return round(Decimal(repr(100 * exp(logs))), 6)
