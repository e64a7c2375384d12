"""A scenario written down again, as the TOML file that says the same."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Any

from unitcost.analyses.levers.scenarios import LeverEntry, Scenario

# In the order a reader asks: what, where, how much, how hard, who, with what, who says so.
KEYS = ("id", "kind", "applies_to", "coverage", "saving")
LAST = ("effort_weeks", "owner", "ramp_months", "requires", "excludes", "source", "as_of")


def scenario_text(scenario: Scenario, changed: Collection[tuple[str, str]], source: str, day: dt.date) -> str:
    """Return the file of a scenario; levers with a key in `changed` rest on `source` as of `day`.

    What the program filled in where the scenario said nothing is left out again.
    """
    shipped = {(one.lever, one.key) for one in scenario.assumptions if one.shipped}
    lines = [
        f"name = {_text(scenario.name)}",
        f"horizon_months = {scenario.horizon_months}",
        *(
            []
            if scenario.effort_budget_weeks is None
            else [f"effort_budget_weeks = {_number(scenario.effort_budget_weeks)}"]
        ),
        f"seed = {scenario.seed}",
        f"distribution = {_text(scenario.distribution)}",
    ]
    for lever in scenario.levers:
        touched = any(name == lever.id for name, _ in changed)
        left_out = {key for name, key in shipped if name == lever.id}
        lines += ["", "[[lever]]", *_lever(lever, left_out, (source, day) if touched else None)]
    for one in scenario.correlations:
        lines += ["", "[[correlation]]", f"levers = {_value(list(one.levers))}", f"value = {_number(one.value)}"]
    return "\n".join(lines) + "\n"


def _lever(lever: LeverEntry, left_out: Collection[str], rests_on: tuple[str, dt.date] | None) -> Iterator[str]:
    data = {key: value for key, value in lever.model_dump(exclude_none=True).items() if key not in left_out}
    if rests_on is not None:
        data["source"], data["as_of"] = rests_on
    own = [key for key in data if key not in (*KEYS, *LAST)]
    for key in (*KEYS, *own, *LAST):
        if key in data and data[key] not in ("", ()):
            yield f"{key} = {_value(data[key])}"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        if set(value) == {"low", "mode", "high"} and value["low"] == value["high"]:
            return _number(value["mode"])
        return "{ " + ", ".join(f"{_key(key)} = {_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    if isinstance(value, dt.date):
        return value.isoformat()
    return _text(value) if isinstance(value, str) else _number(value)


def _key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else _text(key)


def _text(value: str) -> str:
    # A basic string of TOML is written as JSON writes it, but for one character JSON lets stand.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _number(value: Decimal | int) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
