"""scenarios/NAME.toml: levers that could be pulled, with the assumptions behind them. base.toml is the plan of record.

A scenario is checked whole when it is read. What only the bills can tell, whether a product line of a filter exists,
is checked once the company is open: `check_lines`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, create_model, field_validator, model_validator

from unitcost.analyses.levers.kinds import AN_HOUR, COMMON, COVERAGE, KIND_NAMES, KINDS, OWN_KEYS, keys_of, kind_of
from unitcost.analyses.levers.scenario_links import check_links
from unitcost.errors import UsageProblem, nearest, visible
from unitcost.inputs.config import Config
from unitcost.inputs.rules import Patterns, known_when, matches
from unitcost.inputs.toml_file import Strict, check, load_toml, shown
from unitcost.month.company import Company

BASE = "base"
GUIDE = "docs/scenarios.md"
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("write a number, without quotes")
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError("it is not a finite number")
    return number


def _id(value: Any) -> str:
    if not isinstance(value, str) or not ID.fullmatch(value):
        raise ValueError("an id is letters, digits, hyphens and underscores, at most 64 of them")
    return value


Number = Annotated[Decimal, BeforeValidator(_number)]
Amount = Annotated[Number, Field(ge=0)]
Id = Annotated[str, BeforeValidator(_id)]
Whole = Annotated[int, Field(strict=True, ge=0)]


class Range(Strict):
    """An assumption: what is most likely, and the lowest and highest it may be. One number stands for all three."""

    low: Amount
    mode: Amount
    high: Amount

    @model_validator(mode="before")
    @classmethod
    def _one_number(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return value
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise ValueError("write a number, or { low = …, mode = …, high = … }")
        return {"low": value, "mode": value, "high": value}

    @model_validator(mode="after")
    def _in_order(self) -> Range:
        if not self.low <= self.mode <= self.high:
            raise ValueError(f"low ≤ mode ≤ high does not hold: {self.low}, {self.mode}, {self.high}")
        return self


class ShareRange(Range):
    """An assumption that is a share, 0 to 1."""

    @model_validator(mode="after")
    def _share(self) -> ShareRange:
        if self.high > 1:
            raise ValueError(f"a share lies between 0 and 1, this one reaches {self.high}")
        return self


class _LeverFields(Strict):
    """One [[lever]]: what it acts on, what it takes off, what it costs to do, and who says so.

    `LeverEntry` adds the keys that only some kinds have.
    """

    id: Id
    kind: str
    applies_to: Annotated[dict[str, Patterns], Field(min_length=1)]
    coverage: ShareRange | None = None  # share of the matched spend that is addressable
    saving: ShareRange | None = None  # share of the addressable spend that is saved; a commitment's discount
    effort_weeks: Amount = Decimal(0)
    owner: str = ""
    ramp_months: Whole = 0
    requires: tuple[Id, ...] = ()
    excludes: tuple[Id, ...] = ()
    source: str = ""
    as_of: Annotated[dt.date, Field(strict=True)] | None = None

    @field_validator("kind")
    @classmethod
    def _known_kind(cls, value: str) -> str:
        if value not in KIND_NAMES:
            raise ValueError(f"'{value[:40]}' is not a kind of lever; {nearest(value, KIND_NAMES)}")
        return value

    @field_validator("applies_to")
    @classmethod
    def _known_columns(cls, value: dict[str, Patterns]) -> dict[str, Patterns]:
        return known_when(value)

    @field_validator("source")
    @classmethod
    def _filled(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("it is empty; say where the assumption comes from")
        return value

    @model_validator(mode="after")
    def _fits(self) -> Self:
        given_keys = {key.name for key in OWN_KEYS} & self.model_fields_set
        for key in sorted(given_keys):
            if key not in keys_of(self.kind):
                kind = next(kind.name for kind in KINDS if key in keys_of(kind.name))
                raise ValueError(f"lever '{self.id}': '{key}' belongs to kind = \"{kind}\", not to \"{self.kind}\"")
        if self.coverage is not None and self.assumed(AN_HOUR) is not None:
            raise ValueError(f"lever '{self.id}': give '{COVERAGE}' or '{AN_HOUR}', not both")
        if (self.coverage or self.saving or given_keys) and not self.source:
            raise ValueError(f"lever '{self.id}': 'source' is missing; say where its assumptions come from")
        if self.source and self.as_of is None:
            raise ValueError(f"lever '{self.id}': 'as_of' is missing; say of when its assumptions are")
        return self

    def matches(self, row: Mapping[str, str | None]) -> bool:
        """Tell whether a row of the bills is matched, by the rules of allocation.toml."""
        return all(matches(row.get(key), patterns) for key, patterns in self.applies_to.items())

    def assumed(self, key: str) -> Range | None:
        """Return what is assumed under a key of the lever's kind; None where the scenario says nothing."""
        value: Range | None = getattr(self, key)
        return value

    @property
    def by_the_hour(self) -> bool:
        """Tell a commitment to an amount an hour from a share of use that is covered."""
        return kind_of(self.kind).is_commitment and self.coverage is None


if TYPE_CHECKING:

    class LeverEntry(_LeverFields):
        """One [[lever]] with the keys of every kind, as `_fits` allows them."""

else:
    LeverEntry = create_model(
        "LeverEntry",
        __base__=_LeverFields,
        __module__=__name__,
        **{key.name: ((Range if key.is_money else ShareRange) | None, None) for key in OWN_KEYS},
    )


class Correlation(Strict):
    """One [[correlation]]: two levers whose savings turn out high or low together."""

    levers: tuple[Id, Id]
    value: Annotated[Number, Field(gt=-1, lt=1)]


class Prior(Strict):
    """One [[prior]] of the shipped file: what is assumed of a kind of lever where a scenario says nothing."""

    kind: str
    key: str
    value: ShareRange
    text: str
    source: Annotated[str, Field(min_length=1)]
    as_of: dt.date


@dataclass(frozen=True, slots=True)
class Assumption:
    """One assumption as it entered the numbers, with where it is from; `shipped` if the scenario gave none."""

    lever: str
    key: str
    value: Range
    source: str
    as_of: dt.date
    shipped: bool


class _ScenarioFile(Strict):
    name: Annotated[str, Field(min_length=1)] = "Plan of record"
    horizon_months: Annotated[int, Field(strict=True, ge=1, le=120)] = 12
    effort_budget_weeks: Amount | None = None
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**63)] = 20240501
    distribution: Literal["pert", "triangular"] = "pert"
    lever: tuple[LeverEntry, ...] = ()
    correlation: tuple[Correlation, ...] = ()


class _Priors(Strict):
    prior: tuple[Prior, ...]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        """Every kind has a prior for each assumption that all levers rest on, unless that is a decision."""
        shipped = [(prior.kind, prior.key) for prior in self.prior]
        wanted = [(kind.name, key.name) for kind in KINDS for key in COMMON if key.name not in kind.decided]
        if sorted(shipped) != sorted(wanted):
            wrong = set(shipped) ^ set(wanted) or {pair for pair in shipped if shipped.count(pair) > 1}
            raise ValueError(f"missing, not known or twice: {', '.join(' '.join(pair) for pair in sorted(wrong))}")
        return self


@dataclass(frozen=True, slots=True)
class Scenario:
    """A checked scenario, levers in the order they act. `key` is its file's name without the ending, `name` its title.

    Every lever has a `saving`; `coverage` is None only for a commitment by the hour.
    """

    key: str = BASE
    name: str = "Plan of record"
    horizon_months: int = 12
    effort_budget_weeks: Decimal | None = None
    seed: int = 20240501
    distribution: Literal["pert", "triangular"] = "pert"
    levers: tuple[LeverEntry, ...] = ()
    correlations: tuple[Correlation, ...] = ()
    assumptions: tuple[Assumption, ...] = ()

    def lever(self, identifier: str) -> LeverEntry:
        """Return the lever with an id. Raises KeyError."""
        return next(lever for lever in self.levers if lever.id == identifier)


def load_scenario(folder: Path, config: Config, name: str) -> Scenario:
    """Return the scenario `name` of the company in `folder`; an empty name means the plan of record.

    Without [scenarios] path, or without base.toml in it, the plan of record has no levers.
    Raises UsageProblem with file, key and remedy.
    """
    key = name or BASE
    names = known_scenarios(folder, config)
    if key not in names:
        raise UsageProblem(
            f"There is no scenario '{visible(key[:40])}'",
            where="SCENARIO",
            why="a scenario is the name of a file in [scenarios] path, without .toml"
            if config.scenarios.path
            else "report.toml names no folder of scenarios: [scenarios] path",
            fix=nearest(key, names),
        )
    path = folder / config.scenarios.path / f"{key}.toml"
    if not config.scenarios.path or not path.exists():
        return Scenario()
    return _read(path, key)


def as_data(scenario: Scenario) -> dict[str, Any]:
    """Return what a scenario says as plain values: equal for equal content, however the file wrote it."""
    levers = [
        {key: _plain(value) for key, value in lever.model_dump(exclude_none=True).items()} for lever in scenario.levers
    ]
    return {
        "name": scenario.name,
        "horizon_months": scenario.horizon_months,
        "effort_budget_weeks": _plain(scenario.effort_budget_weeks),
        "seed": scenario.seed,
        "distribution": scenario.distribution,
        "levers": levers,
        "correlations": [
            [*sorted(correlation.levers), _plain(correlation.value)] for correlation in scenario.correlations
        ],
        "assumptions": [[a.lever, a.key, a.source, a.as_of.isoformat()] for a in scenario.assumptions],
    }


def _plain(value: Any) -> Any:
    """Return a value as JSON holds it: decimals as text without trailing zeros, what has no order sorted."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(value[key]) for key in sorted(value)}
    if isinstance(value, tuple):
        return sorted(_plain(each) for each in value)
    return value


def known_scenarios(folder: Path, config: Config) -> tuple[str, ...]:
    """Return the names of the scenarios there are, the plan of record first. Raises UsageProblem for no folder."""
    if not config.scenarios.path:
        return (BASE,)
    place = folder / config.scenarios.path
    if not place.is_dir():
        raise UsageProblem(
            "The folder of the scenarios does not exist",
            where=shown(place),
            why=f"[scenarios] path is '{config.scenarios.path}'",
            fix="make the folder, or correct the path; one TOML file in it is one scenario",
        )
    stems = sorted(path.stem for path in place.glob("*.toml") if ID.fullmatch(path.stem))
    return (BASE, *(key for key in stems if key != BASE))


def scenario_of(company: Company) -> Scenario:
    """Return the scenario a company is seen under."""
    return company.given(Scenario)


def under(company: Company, name: str) -> Company:
    """Return a company under the scenario of that name. Raises UsageProblem for an unknown or flawed one."""
    if name == scenario_of(company).key:
        return company

    def read() -> Scenario:
        chosen = load_scenario(company.folder, company.config, name)
        check_lines(chosen, company.config.costs.product_tag, company.marts.product_tags)
        return chosen

    return company.once(
        ("under", name), lambda: company.supposing(company.once(("scenario", name), read)), shared=False
    )


def check_scenario(company: Company) -> None:
    """Raise UsageProblem for a lever on a product line that no bill names."""
    check_lines(scenario_of(company), company.config.costs.product_tag, company.marts.product_tags)


def rests_on(company: Company, month: str) -> list[object]:
    """Return what the scenario says, and the plan of record that its pages set beside it."""
    del month
    scenario = scenario_of(company)
    # A plan without levers is the plan of before there were any.
    return [
        as_data(scenario) if scenario.levers else "",
        [] if scenario.key == BASE else as_data(scenario_of(under(company, BASE))),
    ]


def check_lines(scenario: Scenario, product_tag: str, lines: Iterable[str]) -> None:
    """Raise UsageProblem for a filter on a product line that no bill names; `lines` are those of the bills."""
    for lever in scenario.levers:
        where = f"{scenario.key}.toml, lever '{lever.id}', applies_to"
        check_line(lever.applies_to, f"Lever '{lever.id}'", where, product_tag, lines)


def check_line(
    given: Mapping[str, Patterns], who: str, where: str, product_tag: str, billed_lines: Iterable[str]
) -> None:
    """Raise UsageProblem where the filter `given`, of `who`, names a product line that is none of `billed_lines`."""
    column, lines = f"Tags.{product_tag}", sorted(set(billed_lines))
    patterns = given.get(column, ())
    for pattern in (patterns,) if isinstance(patterns, str) else patterns:
        if not any(matches(line, pattern) for line in lines):
            raise UsageProblem(
                f"{who} names an unknown product line '{visible(pattern[:40])}'",
                where=f"{where}.{column}",
                why="no row of the bills carries it",
                fix=nearest(pattern, lines) if lines else "leave the filter out",
            )


def _read(path: Path, key: str) -> Scenario:
    data = load_toml(path)
    if not data:
        raise UsageProblem(
            "The scenario is empty",
            where=shown(path),
            why="neither a name nor a lever is in it",
            fix=f'write name = "{key}" and a [[lever]], or remove the file; see {GUIDE}',
        )
    file = check(_ScenarioFile, data, path, GUIDE)
    check_links(file.lever, file.correlation, shown(path))
    levers, assumptions = _with_priors(file.lever)
    return Scenario(
        key=key,
        name=file.name,
        horizon_months=file.horizon_months,
        effort_budget_weeks=file.effort_budget_weeks,
        seed=file.seed,
        distribution=file.distribution,
        levers=levers,
        correlations=tuple(sorted(file.correlation, key=lambda c: sorted(c.levers))),
        assumptions=assumptions,
    )


def _with_priors(given: Iterable[LeverEntry]) -> tuple[tuple[LeverEntry, ...], tuple[Assumption, ...]]:
    """Return the levers in the order they act, with what is assumed where they say nothing, and every assumption."""
    levers, assumptions = [], []
    for lever in sorted(given, key=lambda each: (KIND_NAMES.index(each.kind), each.id)):
        filled: dict[str, ShareRange] = {}
        for key in keys_of(lever.kind):
            value = lever.assumed(key)
            prior = priors().get((lever.kind, key))
            if value is not None and lever.as_of is not None:
                assumptions.append(_assumed(lever.id, key, value, lever.source, lever.as_of, shipped=False))
            elif value is None and prior is not None:
                filled[key] = prior.value
                assumptions.append(_assumed(lever.id, key, prior.value, prior.source, prior.as_of, shipped=True))
        levers.append(lever.model_copy(update=filled))
    return tuple(levers), tuple(assumptions)


def _assumed(lever: str, key: str, value: Range, source: str, as_of: dt.date, *, shipped: bool) -> Assumption:
    plain = Range(low=value.low, mode=value.mode, high=value.high)
    return Assumption(lever=lever, key=key, value=plain, source=source, as_of=as_of, shipped=shipped)


@cache
def priors() -> Mapping[tuple[str, str], Prior]:
    """Return what is shipped for levers that say nothing themselves, by (kind, key)."""
    with as_file(files("unitcost.analyses.levers").joinpath("priors.toml")) as path:
        return {(prior.kind, prior.key): prior for prior in check(_Priors, load_toml(path), path).prior}
