"""What if an assumption were otherwise? For analysts: asked in a notebook, answered at once, published nowhere."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from unitcost.analyses.levers import inputs as levers
from unitcost.analyses.levers.against import shown
from unitcost.analyses.levers.kinds import COMMON
from unitcost.analyses.levers.scenarios import ID, Assumption, LeverEntry, Range, Scenario, load_scenario, scenario_of
from unitcost.analyses.levers.views import words
from unitcost.display.formats import Formats
from unitcost.errors import UsageProblem, nearest, visible
from unitcost.inputs.toml_file import shown as place
from unitcost.month.company import Company
from unitcost.month.context import read_context
from unitcost.month.report import Report
from unitcost.numbers.estimate import Estimate
from unitcost.numbers.months import last_day

if TYPE_CHECKING:
    import pandas as pd

# What a change may be: a number, or lowest, most likely and highest.
Given = int | float | str | Decimal | Sequence[Any]
Changes = Mapping[str, Mapping[str, Given]]
ROWS = {
    "levers.saving": "Saving a month, all levers",
    "levers.cost_per_user_after": "Cost per user after all levers",
    "levers.portfolio_saving": "Saving a month, actions chosen",
    "levers.portfolio_cost_per_user_after": "Cost per user after these",
}
SOURCE = "what-if in a notebook"
# In the order a reader asks: what, where, how much, how hard, who, with what, who says so.
FIRST_KEYS = ("id", "kind", "applies_to", "coverage", "saving")
LAST_KEYS = ("effort_weeks", "owner", "ramp_months", "requires", "excludes", "source", "as_of")


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A scenario with some assumptions changed, and what it would come to, beside what it was."""

    company: Company
    month: str
    scenario: Scenario
    changed: tuple[tuple[str, str], ...]  # (lever, key)
    before: Mapping[str, Estimate]
    after: Mapping[str, Estimate]

    def table(self) -> pd.DataFrame:
        """Return both, and the difference, as texts."""
        import pandas as pd

        report = self.company.config.report
        formats = Formats.of(report.locale, report.currency)
        names = ROWS | {f"lever.{lever.id}.saving": words(lever.id) for lever in self.scenario.levers}
        rows = []
        for name, label in names.items():
            values = [_number(estimates[name]) for estimates in (self.before, self.after)]
            now, then = values
            difference = None if now is None or then is None else then - now
            texts = [
                *shown(values, self.after[name].unit, formats),
                *shown([difference], self.after[name].unit, formats),
            ]
            rows.append([f"{label}, {self.after[name].unit}", *texts])
        return pd.DataFrame(rows, columns=["", "as it is", "what if", "difference"]).set_index("")


def what_if(report: Report, changes: Changes) -> WhatIf:
    """Return what a report's scenario would come to with some assumptions changed.

    `changes` maps a lever's id to its keys, such as {"smaller-machines": {"saving": 0.2, "effort_weeks": 2}}; a
    range is (lowest, most likely, highest). Raises UsageProblem for unknown levers and keys and for values that a
    scenario's file could not have.
    """
    company, month, before = report.company, report.month, report.findings
    scenario = changed(scenario_of(company), changes, last_day(month))
    other = company.supposing(scenario)
    after = levers.findings_of(other, month, levers.computed(other, month), before)
    keys = tuple((lever, key) for lever, values in changes.items() for key in values)
    return WhatIf(company, month, scenario, keys, before, after)


def changed(scenario: Scenario, changes: Changes, day: dt.date) -> Scenario:
    """Return a scenario with other values in some of its levers; assumptions changed are of `day`."""
    ids = [lever.id for lever in scenario.levers]
    for name in changes:
        if name not in ids:
            raise UsageProblem(
                f"There is no lever '{visible(str(name)[:40])}'", where="what_if", fix=nearest(str(name), ids)
            )
    levers_changed = tuple(_lever(lever, changes.get(lever.id, {})) for lever in scenario.levers)
    assumptions = tuple(_assumed(assumption, levers_changed, changes, day) for assumption in scenario.assumptions)
    return replace(scenario, levers=levers_changed, assumptions=assumptions)


def save_as(asked: WhatIf, name: str, *, title: str = "", source: str = SOURCE) -> Path:
    """Write what was asked as a scenario's file beside the others; return where.

    Raises UsageProblem for a name that no scenario can have or has already, or without [scenarios] path.
    """
    folder = asked.company.folder / asked.company.config.scenarios.path
    if not asked.company.config.scenarios.path or not folder.is_dir():
        raise UsageProblem(
            "There is no folder for scenarios", where="report.toml, [scenarios] path", fix="make one and name it there"
        )
    if not isinstance(name, str) or not ID.fullmatch(name):
        raise UsageProblem(
            f"'{visible(str(name)[:40])}' cannot be a scenario's name",
            why="it is letters, digits, hyphens and underscores, at most 64 of them",
            fix="write it like bolder-savings",
        )
    path = folder / f"{name}.toml"
    text = _scenario_text(replace(asked.scenario, name=title or name), asked.changed, source, last_day(asked.month))
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageProblem(
            f"There is a scenario '{name}' already", where=place(path), fix="choose another name"
        ) from None
    load_scenario(asked.company.folder, asked.company.config, name)
    return path


def sliders(report: Report) -> Any:
    """Return sliders for the likeliest saving and coverage of every lever, with the answer below.

    None in a report, and where ipywidgets is not installed: plain variables do the same there.
    """
    if read_context() is not None:
        return None
    try:
        import ipywidgets
    except ImportError:
        return None
    controls = {}
    for lever in scenario_of(report.company).levers:
        for key in (key.name for key in COMMON):
            value = lever.assumed(key)
            if value is not None:
                controls[f"{lever.id} {key}"] = ipywidgets.FloatSlider(
                    value=float(value.mode),
                    min=0,
                    max=1,
                    step=0.01,
                    description=f"{words(lever.id)}: {key}",
                    continuous_update=False,
                    style={"description_width": "16em"},
                    layout={"width": "40em"},  # the usual width leaves no room beside the description
                )

    def answer(**values: float) -> None:
        from IPython.display import display

        changes: dict[str, dict[str, float]] = {}
        for name, value in values.items():
            lever, key = name.rsplit(" ", 1)
            if abs(value - float(getattr(scenario_of(report.company).lever(lever), key).mode)) > 1e-9:
                changes.setdefault(lever, {})[key] = round(value, 4)
        display(what_if(report, changes).table())  # type: ignore[no-untyped-call]

    return ipywidgets.VBox([*controls.values(), ipywidgets.interactive_output(answer, controls)])


def _lever(lever: LeverEntry, values: Mapping[str, Given]) -> LeverEntry:
    if not values:
        return lever
    data = lever.model_dump(exclude_none=True)
    for key, value in values.items():
        data[key] = _given(value)
    try:
        return LeverEntry.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0]) if first["loc"] else ""
        remedy = "write a number, or (lowest, likeliest, highest)"
        if key and key not in LeverEntry.model_fields:
            remedy = nearest(key, list(LeverEntry.model_fields))
        raise UsageProblem(
            f"Lever '{lever.id}' cannot have these values",
            where=f"what_if, {lever.id}{'.' + visible(key[:40]) if key else ''}",
            why=visible(str(first["msg"]).removeprefix("Value error, "))[:200],
            fix=remedy,
        ) from None


def _given(value: Given) -> Any:
    if isinstance(value, (list, tuple)) and len(value) == 3 and not any(isinstance(number, str) for number in value):
        low, mode, high = (_exact(number) for number in value)
        return {"low": low, "mode": mode, "high": high}
    return _exact(value)


def _exact(value: Any) -> Any:
    # A float of a notebook means the digits that were typed.
    return Decimal(str(value)) if isinstance(value, float) else value


def _assumed(
    assumption: Assumption, levers_changed: Sequence[LeverEntry], changes: Changes, day: dt.date
) -> Assumption:
    if assumption.key not in changes.get(assumption.lever, {}):
        return assumption
    value: Range = getattr(next(lever for lever in levers_changed if lever.id == assumption.lever), assumption.key)
    stated = Range(low=value.low, mode=value.mode, high=value.high)
    return replace(assumption, value=stated, source=SOURCE, as_of=day, shipped=False)


def _number(estimate: Estimate) -> Decimal | None:
    return estimate.value if isinstance(estimate.value, Decimal) else None


# A scenario written down again, as the TOML file that says the same


def _scenario_text(scenario: Scenario, changed: Collection[tuple[str, str]], source: str, day: dt.date) -> str:
    """Return the file of a scenario; levers with a key in `changed` rest on `source` as of `day`.

    What the program filled in where the scenario said nothing is left out again.
    """
    shipped = {(a.lever, a.key) for a in scenario.assumptions if a.shipped}
    lines = [
        f"name = {_text(scenario.name)}",
        f"horizon_months = {scenario.horizon_months}",
        *(
            []
            if scenario.effort_budget_weeks is None
            else [f"effort_budget_weeks = {_digits(scenario.effort_budget_weeks)}"]
        ),
        f"seed = {scenario.seed}",
        f"distribution = {_text(scenario.distribution)}",
    ]
    for lever in scenario.levers:
        touched = any(name == lever.id for name, _ in changed)
        left_out = {key for name, key in shipped if name == lever.id}
        lines += ["", "[[lever]]", *_lever_lines(lever, left_out, (source, day) if touched else None)]
    for correlation in scenario.correlations:
        lines += [
            "",
            "[[correlation]]",
            f"levers = {_value(list(correlation.levers))}",
            f"value = {_digits(correlation.value)}",
        ]
    return "\n".join(lines) + "\n"


def _lever_lines(lever: LeverEntry, left_out: Collection[str], rests_on: tuple[str, dt.date] | None) -> Iterator[str]:
    data = {key: value for key, value in lever.model_dump(exclude_none=True).items() if key not in left_out}
    if rests_on is not None:
        data["source"], data["as_of"] = rests_on
    kind_keys = [key for key in data if key not in (*FIRST_KEYS, *LAST_KEYS)]
    for key in (*FIRST_KEYS, *kind_keys, *LAST_KEYS):
        if key in data and data[key] not in ("", ()):
            yield f"{key} = {_value(data[key])}"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        if set(value) == {"low", "mode", "high"} and value["low"] == value["high"]:
            return _digits(value["mode"])
        return "{ " + ", ".join(f"{_key(key)} = {_value(each)}" for key, each in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    if isinstance(value, dt.date):
        return value.isoformat()
    return _text(value) if isinstance(value, str) else _digits(value)


def _key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else _text(key)


def _text(value: str) -> str:
    # A basic string of TOML is written as JSON writes it, but for one character JSON lets stand.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _digits(value: Decimal | int) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
