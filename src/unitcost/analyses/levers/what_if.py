"""What if an assumption were otherwise? For analysts: asked in a notebook, answered at once, published nowhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from unitcost.analyses.findings import findings
from unitcost.analyses.levers import inputs as levers
from unitcost.analyses.levers.against import shown
from unitcost.analyses.levers.scenario_file import scenario_text
from unitcost.analyses.levers.scenarios import ID, Assumption, Lever, Range, Scenario, load_scenario, scenario_of
from unitcost.analyses.levers.views import words
from unitcost.display.formats import Formats
from unitcost.errors import UsageProblem, nearest, visible
from unitcost.inputs.toml_file import shown as place
from unitcost.month.company import Company
from unitcost.month.context import read_context
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
            values = [_number(found[name]) for found in (self.before, self.after)]
            now, then = values
            difference = None if now is None or then is None else then - now
            texts = [
                *shown(values, self.after[name].unit, formats),
                *shown([difference], self.after[name].unit, formats),
            ]
            rows.append([f"{label}, {self.after[name].unit}", *texts])
        return pd.DataFrame(rows, columns=["", "as it is", "what if", "difference"]).set_index("")


def what_if(company: Company, month: str, changes: Changes) -> WhatIf:
    """Return what the company's scenario would come to with some assumptions changed.

    `changes` maps a lever's id to its keys, such as {"smaller-machines": {"saving": 0.2, "effort_weeks": 2}}; a
    range is (lowest, most likely, highest). Raises UsageProblem for unknown levers and keys and for values that a
    scenario's file could not have.
    """
    before = findings(company, month)
    scenario = changed(scenario_of(company), changes, last_day(month))
    other = company.supposing(scenario)
    after = levers.findings_of(other, month, levers.computed(other, month), before)
    keys = tuple((lever, key) for lever, values in changes.items() for key in values)
    return WhatIf(company, month, scenario, keys, before, after)


def changed(scenario: Scenario, changes: Changes, day: dt.date) -> Scenario:
    """Return a scenario with other values in some of its levers; assumptions changed are of `day`."""
    known = [lever.id for lever in scenario.levers]
    for name in changes:
        if name not in known:
            raise UsageProblem(
                f"There is no lever '{visible(str(name)[:40])}'", where="what_if", fix=nearest(str(name), known)
            )
    found = tuple(_lever(lever, changes.get(lever.id, {})) for lever in scenario.levers)
    assumptions = tuple(_assumed(one, found, changes, day) for one in scenario.assumptions)
    return replace(scenario, levers=found, assumptions=assumptions)


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
    text = scenario_text(replace(asked.scenario, name=title or name), asked.changed, source, last_day(asked.month))
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageProblem(
            f"There is a scenario '{name}' already", where=place(path), fix="choose another name"
        ) from None
    load_scenario(asked.company.folder, asked.company.config, name)
    return path


def sliders(company: Company, month: str) -> Any:
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
    for lever in scenario_of(company).levers:
        for key in ("coverage", "saving"):
            value = getattr(lever, key)
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
            if abs(value - float(getattr(scenario_of(company).lever(lever), key).mode)) > 1e-9:
                changes.setdefault(lever, {})[key] = round(value, 4)
        display(what_if(company, month, changes).table())  # type: ignore[no-untyped-call]

    return ipywidgets.VBox([*controls.values(), ipywidgets.interactive_output(answer, controls)])


def _lever(lever: Lever, values: Mapping[str, Given]) -> Lever:
    if not values:
        return lever
    data = lever.model_dump(exclude_none=True)
    for key, value in values.items():
        data[key] = _given(value)
    try:
        return Lever.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0]) if first["loc"] else ""
        remedy = "write a number, or (lowest, likeliest, highest)"
        if key and key not in Lever.model_fields:
            remedy = nearest(key, list(Lever.model_fields))
        raise UsageProblem(
            f"Lever '{lever.id}' cannot have these values",
            where=f"what_if, {lever.id}{'.' + visible(key[:40]) if key else ''}",
            why=visible(str(first["msg"]).removeprefix("Value error, "))[:200],
            fix=remedy,
        ) from None


def _given(value: Given) -> Any:
    if isinstance(value, (list, tuple)) and len(value) == 3 and not any(isinstance(one, str) for one in value):
        low, mode, high = (_exact(one) for one in value)
        return {"low": low, "mode": mode, "high": high}
    return _exact(value)


def _exact(value: Any) -> Any:
    # A float of a notebook means the digits that were typed.
    return Decimal(str(value)) if isinstance(value, float) else value


def _assumed(one: Assumption, found: Sequence[Lever], changes: Changes, day: dt.date) -> Assumption:
    if one.key not in changes.get(one.lever, {}):
        return one
    value: Range = getattr(next(lever for lever in found if lever.id == one.lever), one.key)
    told = Range(low=value.low, mode=value.mode, high=value.high)
    return replace(one, value=told, source=SOURCE, as_of=day, shipped=False)


def _number(estimate: Estimate) -> Decimal | None:
    return estimate.value if isinstance(estimate.value, Decimal) else None
