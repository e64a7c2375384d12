"""Where a month stands against what was published: preliminary, final or restated, and what it replaces.

The status is part of a run's identity, so it is decided from the ledger and the computed findings before anything
is built, and comes out the same however often it is asked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import get_args

from unitcost.analyses.findings import findings
from unitcost.display.facts import Replaced, RestatedPart
from unitcost.month.company import Company
from unitcost.publishing import basis, ledger, past, restatement
from unitcost.publishing.ledger import Entry
from unitcost.publishing.manifest import Status as StatusName
from unitcost.publishing.restatement import Restatement, Said
from unitcost.publishing.status import Status, status

CLOSED = ("final", "restated")
RESTATED = "restated"
BREAK_MONTHS = 25


@dataclass(frozen=True, slots=True)
class Standing:
    """The status of a month with its reason, and the run whose numbers it replaces if it is restated."""

    status: Status
    replaces: str | None = None


def standing(company: Company, month: str, *, out: Path, scenario: str, as_of: dt.date) -> Standing:
    """Return where a month stands, seen from a day.

    It is restated if it differs from the last set that was final or itself restated; a restated month that has
    not changed since stays restated, and replaces what it replaced.
    """
    own = status(company, month, as_of)
    closed = _latest(company, month, out=out, scenario=scenario, statuses=CLOSED)
    if closed is None:
        return Standing(own)
    now = {name: (e.as_json()["value"], e.label) for name, e in findings(company, month).items()}
    if restatement.differing(_published(out, closed), now):
        replaces: str | None = closed.run_id
    elif closed.status == RESTATED:
        replaces = closed.replaces
    else:
        return Standing(own)
    return Standing(Status(RESTATED, _reason(out, replaces, own)), replaces)


def changed_since_then(company: Company, month: str, *, out: Path, replaces: str | None) -> Restatement | None:
    """Return how the numbers of the replaced run became those of now; None where nothing is replaced."""
    entry = _first(out, replaces)
    if entry is None:
        return None
    old, now = _basis(out, entry), basis.basis_of(company, month)
    if old is not None:
        return restatement.compare(old, now)
    return Restatement(
        _amount(entry.headline.get("cost_per_user")),
        now.cost_per_user,
        reason="the set it replaces is not there any more, or is of a version that kept no basis.json",
    )


def as_facts(company: Company, month: str, *, out: Path, replaces: str | None) -> Replaced | None:
    """Return what pages say of a restatement; None where nothing is replaced."""
    restated, entry = changed_since_then(company, month, out=out, replaces=replaces), _first(out, replaces)
    if restated is None or entry is None:
        return None
    causes = tuple(
        RestatedPart(cause.name, restatement.WORDS[cause.name], cause.amount, cause.cost) for cause in restated.causes
    )
    unit = f"{company.config.report.currency}/user"
    return Replaced(entry.run_id, entry.as_of, restated.old, restated.new, unit, restated.reason, causes)


def last_published(
    company: Company, month: str, *, out: Path, scenario: str, against: str | None = None
) -> dict[str, Decimal]:
    """Return the cost per user last published for the months a bridge to `month` leads from, by month.

    These are the month before and `against`. A month is left out where nothing was published or known, or where it
    was published under another definition: that is a break in the series.
    """
    found: dict[str, Decimal] = {}
    for earlier in {company.before(month), against} - {None}:
        entry = _latest(company, str(earlier), out=out, scenario=scenario)
        if entry is not None and entry.definition == basis.definition_of(company):
            amount = _amount(entry.headline.get("cost_per_user"))
            found |= {} if amount is None else {str(earlier): amount}
    return found


def breaks(company: Company, month: str, *, out: Path, scenario: str) -> tuple[str, ...]:
    """Return the months of the last two years published under another definition than the month before them.

    The month itself counts with the definition of now, whatever it was published under.
    """
    found: list[str] = []
    before: str | None = None
    for each in company.until(month, BREAK_MONTHS):
        entry = _latest(company, each, out=out, scenario=scenario)
        known = entry.definition if entry else None
        definition = basis.definition_of(company) if each == month else known
        if None not in (before, definition) and before != definition:
            found.append(each)
        before = definition
    return tuple(found)


def _latest(
    company: Company, month: str, *, out: Path, scenario: str, statuses: Collection[str] = get_args(StatusName)
) -> Entry | None:
    return ledger.latest(out, month, _named(scenario), statuses, company.config.report.company)


def _named(scenario: str) -> str | None:
    return None if scenario == "base" else scenario


def _first(out: Path, run_id: str | None) -> Entry | None:
    # A run can be noted again, for another day; what it says was first published on the first one.
    return next((entry for entry in ledger.known(out) if run_id is not None and entry.run_id == run_id), None)


def _reason(out: Path, replaces: str | None, own: Status) -> str:
    entry = _first(out, replaces)
    what = f"replaces run {replaces}" + (f", published as of {entry.as_of.isoformat()}" if entry else "")
    return what if own.name == "final" else f"{what}; {own.reason}"


def _published(out: Path, entry: Entry) -> dict[str, Said]:
    """Return what a publication said: its findings, as they were computed, else what the ledger has of them."""
    found = past.findings_of(out, entry)
    if found is None:
        return {name: (value, None) for name, value in entry.headline.items()}
    read = _read_basis(out, entry)
    changed = read[1] if read else {}
    return {name: (changed.get(name, e.get("value")), e.get("label")) for name, e in found.items()}


def _basis(out: Path, entry: Entry) -> restatement.Basis | None:
    read = _read_basis(out, entry)
    return read[0] if read else None


def _read_basis(out: Path, entry: Entry) -> tuple[restatement.Basis, dict[str, object]] | None:
    raw = past.file_of(out, entry, past.BASIS)
    try:
        return None if raw is None else basis.from_json(raw)
    except (ValueError, KeyError, TypeError, ArithmeticError):
        return None


def _amount(value: object) -> Decimal | None:
    return Decimal(value) if isinstance(value, str) else None
