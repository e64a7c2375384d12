"""experiments.toml: what was tried, on which rows of the bills, from when on, and what it is compared with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, field_validator, model_validator

from unitcost.analyses.levers import kinds
from unitcost.analyses.levers.scenarios import BASE, Id, check_line, load_scenario
from unitcost.errors import UsageProblem, nearest
from unitcost.inputs.config import Config
from unitcost.inputs.rules import Patterns, known_when
from unitcost.inputs.toml_file import Strict, check, load_toml, shown
from unitcost.month.company import Company

GUIDE = "docs/experiments.md"
DRIVER = "driver:"
# What was tried: a kind of lever whose effect can be seen from day to day, or what no lever is.
KINDS = (*(kind.name for kind in kinds.KINDS if kind.is_tried), "architecture", "other")
if TYPE_CHECKING:
    ExperimentKind = str
else:
    ExperimentKind = Literal[KINDS]
OTHERS = Literal["other_products", "other_services", "other_regions", "none"]
Filter = Annotated[dict[str, Patterns], Field(min_length=1)]
Days = Annotated[int, Field(strict=True, ge=0, le=366)]


def _controls(value: Any) -> Any:
    # Checked here, because a union complains about all that it might have been.
    if not isinstance(value, list):
        if value not in get_args(OTHERS):
            raise ValueError(f"write {', '.join(get_args(OTHERS))}, or a list of filters")
    elif not value:
        raise ValueError('a list of filters has at least one; write "none" for no controls')
    elif not all(map(_is_filter, value)):
        raise ValueError('each control of a list is a filter, such as { ServiceName = "Amazon S3" }')
    return value


def _is_filter(value: Any) -> bool:
    texts = [one if isinstance(one, list) else [one] for one in value.values()] if isinstance(value, dict) else []
    return bool(texts) and all(isinstance(text, str) for one in texts for text in one)


def _day(value: Any) -> Any:
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        raise ValueError("write a day without quotes and without a time, such as 2024-03-11")
    return value


def _exposure(value: Any) -> Any:
    known = isinstance(value, str) and (
        value in ("users", "none") or (value.startswith(DRIVER) and len(value) > len(DRIVER))
    )
    if not known:
        raise ValueError('write "users", "driver:" and the name of a column of activity, or "none"')
    return value if value in ("users", "none") else value.lower()  # columns are matched without regard to case


def _choices(given: Mapping[str, Patterns]) -> dict[str, set[str]]:
    """Return what a filter asks for, however it is written: one text, or a list in some order."""
    return {key: {value} if isinstance(value, str) else set(value) for key, value in given.items()}


class Experiment(Strict):
    """One [[experiment]]: `treated` and listed controls are filters on rows of the bills, as in allocation.toml."""

    id: Id
    name: str = ""
    kind: ExperimentKind = "other"
    started_on: Annotated[dt.date, BeforeValidator(_day)]
    ramp_days: Days = 0  # after the start, left out
    anticipation_days: Days = 0  # before the start, left out: it was prepared for
    treated: Filter
    controls: Annotated[OTHERS | tuple[Filter, ...], BeforeValidator(_controls)] = "other_products"
    exposure: Annotated[str, BeforeValidator(_exposure)] = "users"
    expected: Literal["increase", "decrease"] = "decrease"
    lever: Id | None = None  # of the plan of record, whose promise this keeps

    @field_validator("treated", "controls")
    @classmethod
    def _known_columns(cls, value: Any) -> Any:
        for one in (value,) if isinstance(value, dict) else () if isinstance(value, str) else value:
            known_when(one)
        return value

    @model_validator(mode="after")
    def _distinct(self) -> Experiment:
        treated, *listed = map(_choices, self.filters)
        if treated in listed:
            raise ValueError(f"experiment '{self.id}': one of its controls is what is treated")
        if any(one in listed[:place] for place, one in enumerate(listed)):
            raise ValueError(f"experiment '{self.id}': a control is listed twice")
        return self

    @property
    def title(self) -> str:
        """Return the name, or the id where there is none."""
        return self.name.strip() or self.id

    @property
    def filters(self) -> tuple[Mapping[str, Patterns], ...]:
        """Return every filter the file gives for it."""
        return (self.treated, *(() if isinstance(self.controls, str) else self.controls))


class _ExperimentFile(Strict):
    experiment: tuple[Experiment, ...] = ()


@dataclass(frozen=True, slots=True)
class Experiments:
    """What was tried, by start and id."""

    given: bool = False
    all: tuple[Experiment, ...] = ()

    def until(self, last: dt.date) -> list[Experiment]:
        """Return those that had started by a day."""
        return [one for one in self.all if one.started_on <= last]


NO_EXPERIMENTS = Experiments()


def load_experiments(folder: Path, config: Config) -> Experiments:
    """Return what [experiments] path names; an empty path gives none.

    Raises UsageProblem with file, key and remedy, also for a lever that is not in the plan of record.
    """
    experiments = read_experiments(folder, config.experiments.path)
    check_levers(experiments, [lever.id for lever in load_scenario(folder, config, BASE).levers])
    return experiments


def check_experiments(company: Company) -> None:
    """Raise UsageProblem for an experiment on a product line that no bill names."""
    check_filters(company.given(Experiments), company.config.costs.product_tag, company.marts.product_tags)


def read_experiments(folder: Path, path: str) -> Experiments:
    """Return what a file of experiments says; an empty path gives none. Raises UsageProblem with file and key."""
    if not path:
        return NO_EXPERIMENTS
    place = folder / path
    file = check(_ExperimentFile, load_toml(place), place, GUIDE)
    seen: set[str] = set()
    for number, one in enumerate(file.experiment, start=1):
        if one.id in seen:
            raise UsageProblem(
                f"Two experiments are called '{one.id}'",
                where=f"{shown(place)}, experiment[{number}].id",
                fix="give each an id of its own",
            )
        seen.add(one.id)
    return Experiments(True, tuple(sorted(file.experiment, key=lambda one: (one.started_on, one.id))))


def check_filters(experiments: Experiments, product_tag: str, known: Collection[str]) -> None:
    """Raise UsageProblem for a filter on a product line that no bill names; `known` are the lines of the bills."""
    for one in experiments.all:
        for place, given in enumerate(one.filters):
            key = f"controls[{place}]" if place else "treated"
            where = f"experiments.toml, experiment '{one.id}', {key}"
            check_line(given, f"Experiment '{one.id}'", where, product_tag, known)


def check_levers(experiments: Experiments, known: Collection[str]) -> None:
    """Raise UsageProblem for a `lever` that is not in the plan of record; `known` are the ids in it."""
    for one in experiments.all:
        if one.lever is not None and one.lever not in known:
            raise UsageProblem(
                f"Experiment '{one.id}' names an unknown lever '{one.lever}'",
                where=f"experiments.toml, experiment '{one.id}', lever",
                why="the plan of record has no lever of that id",
                fix=nearest(one.lever, sorted(known)) if known else "leave it out",
            )


def as_data(experiments: Iterable[Experiment]) -> list[dict[str, Any]]:
    """Return what experiments say as plain values: equal for equal content, however the file wrote it."""
    return [_sorted(one.model_dump(mode="json")) for one in experiments]


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(each) for each in value] if isinstance(value, list) else value
