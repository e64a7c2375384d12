"""What an analysis is: a question with its findings, its own input, its words, and what its numbers rest on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from unitcost.display.page import Page
from unitcost.inputs.config import Config
from unitcost.month.company import Company
from unitcost.numbers.book import Findings
from unitcost.warehouse.files.sources import Hashes
from unitcost.warehouse.marts import InputContent


@dataclass(frozen=True, slots=True)
class Request:
    """Which findings are asked for: of `month`, after those of the analyses before, which are in `findings`.

    The bridge leads from `against`, by default from the month before. `previous` tells that only the values are
    wanted, to be shown beside those of a later month.
    """

    company: Company
    month: str
    against: str | None = None
    previous: bool = False
    findings: Findings = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Opening:
    """What a file of an analysis' own is read from: the folder of report.toml, the scenario's name, the store."""

    folder: Path
    config: Config
    scenario: str
    store: Path
    hashes: Hashes


@dataclass(frozen=True, slots=True)
class Reading:
    """A file of an analysis' own: `load` reads it before the marts are built, `check` holds it against them.

    `load` returns a value of a type of its own, under which `Company.given` finds it. Both raise UsageProblem or
    DataProblem with place and remedy.
    """

    load: Callable[[Opening], object]
    check: Callable[[Company], None] | None = None


def _no_findings(request: Request) -> Findings:
    del request
    return {}


def _nothing(company: Company, month: str) -> list[object]:
    del company, month
    return []


def _no_inputs(company: Company, month: str) -> list[InputContent]:
    del company, month
    return []


def _no_lines(company: Company) -> list[str]:
    del company
    return []


@dataclass(frozen=True, slots=True)
class Analysis:
    """A question in a folder of its own.

    `notebook` publishes its findings; where it has none, `why` says so. `groups` are the first words of the names of
    its findings. `findings` are computed in the order of the list of analyses. `inputs` are what a report names as
    its sources, and `rests_on` what else decides its numbers (JSON): both are part of a run's identity. `check`
    returns lines for `unitcost check`.

    `headlines` and `statements` are the sentences that a role may put on page one, by name; a statement without
    its findings returns None. `labels` are what tiles of its findings are called. `terms` are its words with what
    they mean, for the last page.
    """

    name: str
    notebook: str = ""
    why: str = ""
    groups: tuple[str, ...] = ()
    findings: Callable[[Request], Findings] = _no_findings
    readings: Sequence[Reading] = ()
    inputs: Callable[[Company, str], list[InputContent]] = _no_inputs
    rests_on: Callable[[Company, str], list[object]] = _nothing
    check: Callable[[Company], list[str]] = _no_lines
    headlines: Mapping[str, Callable[[Page], str]] = field(default_factory=dict)
    statements: Mapping[str, Callable[[Page], str | None]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    terms: Sequence[tuple[str, str]] = ()
