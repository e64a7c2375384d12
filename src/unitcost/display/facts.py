"""What is known about a run besides its notebooks: findings, and what pages say of them, as exact values.

Amounts are Decimals here; formats.py makes text of them where a page is made, and nowhere before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from unitcost.display.model import Against, Status
from unitcost.numbers.estimate import Estimate


@dataclass(frozen=True, slots=True)
class Movement:
    """One name of a dimension, with its money in the month and in the month before."""

    name: str
    now: Decimal
    before: Decimal


@dataclass(frozen=True, slots=True)
class ChangePart:
    """A large part of the change of cost per user: in words, in money per user, and what moved most in it, or ''."""

    words: str
    amount: Decimal
    name: str = ""


@dataclass(frozen=True, slots=True)
class NextAction:
    """What the scenario would do next: the lever in words, its owner, effort and range.

    `low` and `high` are money a month on top of the actions before it; `after` is cost per user after it and those,
    None where that is not known.
    """

    name: str
    owner: str
    weeks: Decimal
    low: Decimal
    high: Decimal
    after: Decimal | None


@dataclass(frozen=True, slots=True)
class TriedChange:
    """A change that was tried: its id, what cost is divided by ("user", '' for nothing), and whether it is a price."""

    id: str
    per: str = ""
    is_price: bool = False


@dataclass(frozen=True, slots=True)
class SourceRead:
    """What the month was read from: a source with its kind, its rows and the digest of its content."""

    name: str
    kind: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Toleration:
    """What was accepted although it is not quite as the contract has it, how often, for how much, with an example.

    `sum` is BilledCost, or what `what` says, in the reporting currency; None where it is not about money.
    """

    what: str
    count: int
    sum: Decimal | None = None
    example: str | None = None


@dataclass(frozen=True, slots=True)
class BillFlaw:
    """Something damaged in the bills: where it is, what is seen, and an amount of which `measure` says what it is."""

    kind: str
    provider: str
    where: str
    seen: str
    amount: Decimal
    currency: str
    measure: str


@dataclass(frozen=True, slots=True)
class CheckMade:
    """One check that was made and how it came out, such as "passed"."""

    name: str
    result: str
    detail: str


@dataclass(frozen=True, slots=True)
class Benchmarked:
    """What others report: a range or a mark in `unit`, what it is, where it is from and of when."""

    metric: str
    low: Decimal | None
    high: Decimal | None
    unit: str
    text: str
    source: str
    date: dt.date


@dataclass(frozen=True, slots=True)
class RateUsed:
    """An exchange rate by which rows were converted: the reporting currency for one unit, this month and before."""

    currency: str
    now: Decimal
    before: Decimal | None


@dataclass(frozen=True, slots=True)
class RestatedPart:
    """One cause of a restatement: its name, its words, its part per user, and in money where it is about money."""

    cause: str
    label: str
    amount: Decimal
    cost: Decimal | None


@dataclass(frozen=True, slots=True)
class Replaced:
    """What a restated month replaces: the run and its day, cost per user then and now in `unit`, and the causes.

    `causes` are the largest first; where they cannot be told there are none, and `reason` says why.
    """

    run_id: str
    as_of: dt.date
    old: Decimal | None
    new: Decimal | None
    unit: str
    reason: str | None = None
    causes: tuple[RestatedPart, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """What is known about a run besides its notebooks."""

    # What the company is called.
    company: str
    # The month, such as "2024-05".
    month: str
    # The reporting currency, such as "USD".
    currency: str
    # The locale of the pages, such as "de_DE".
    locale: str
    # Where the month stands, and why.
    status: Status
    status_reason: str
    # 16 hex digits that name the run.
    run_id: str
    # What the notebooks published, by name.
    findings: Mapping[str, Estimate]
    # The scenario's name; '' under the plan of record.
    scenario: str = ""
    # (month, value) of headline findings, the oldest first; None where a value is not known.
    history: Mapping[str, Sequence[tuple[str, Decimal | None]]] = field(default_factory=dict)
    # What moved most, by "service" and by "product_line", the largest movement first.
    movers: Mapping[str, Sequence[Movement]] = field(default_factory=dict)
    # The largest parts of the change of cost per user.
    reasons: Sequence[ChangePart] = ()
    # Whether so many SKUs are new or retired that `reasons` name neither prices nor use.
    skus_changed: bool = False
    # What the scenario would do next, in its order.
    actions: Sequence[NextAction] = ()
    # The experiments that the company names.
    experiments: Sequence[TriedChange] = ()
    # What the month was read from.
    sources: Sequence[SourceRead] = ()
    # What was accepted as it is.
    tolerances: Sequence[Toleration] = ()
    # What is damaged in the bills.
    damage: Sequence[BillFlaw] = ()
    # The checks that were made.
    checks: Sequence[CheckMade] = ()
    # (term, what it means), in the order of the last page.
    definitions: Sequence[tuple[str, str]] = ()
    # (program or library, version).
    versions: Sequence[tuple[str, str]] = ()
    # What others report.
    benchmarks: Sequence[Benchmarked] = ()
    # The target of cost per user, by month.
    targets: Mapping[str, Decimal] = field(default_factory=dict)
    # What analysts edited, in sentences.
    analysts_edits: Sequence[str] = ()
    # Findings that an edited notebook publishes otherwise, with what they are computed as.
    changed: Mapping[str, str | None] = field(default_factory=dict)
    # A scenario beside the plan of record; None under the plan of record itself.
    against: Against | None = None
    # What the company calls its things: such a name may stand in any sentence.
    names: Sequence[str] = ()
    # Notes on page one about the bills.
    warnings: Sequence[str] = ()
    # What a restated month replaces; None where nothing is replaced.
    restatement: Replaced | None = None
    # The exchange rates that were used.
    rates: Sequence[RateUsed] = ()
    # Months published under another definition than the one before.
    breaks: Sequence[str] = ()
    # Who may read the pages.
    classification: str = "Confidential"
