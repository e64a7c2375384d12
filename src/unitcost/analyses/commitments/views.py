"""What pages show about commitments: one row a provider and one a commitment, what they save, which end soon."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from unitcost.analyses.commitments.positions import (
    Position,
    Value,
    by_commitment,
    by_provider,
    expires_soon,
    position,
    terms,
    use_of,
)
from unitcost.display.tables import Unknown
from unitcost.month.company import Company
from unitcost.numbers.months import first_day, month_after
from unitcost.numbers.units import to_units
from unitcost.warehouse.rows import commitment_rows

ALL = "all commitments"
TOTAL = "All providers"


def positions(company: Company, month: str) -> list[list[object]]:
    """Return [provider, commitment, coverage, utilisation, effective savings rate, used, unused, last covered day].

    Each provider's whole stands before its commitments, all of them together stand last; shares are 0 to 1, amounts
    effective cost of the month, unknowns carry their reason, a day is None where no bill says it. Without commitments
    there is no row.
    """
    rows = commitment_rows(company.marts, month)
    providers, single, ends = by_provider(rows), by_commitment(rows), _ends(company, month)
    found: list[list[object]] = []
    for provider, whole in providers.items():
        found.append([provider, ALL, *_cells(whole), None])
        own = [(name, held) for (of, name), held in single.items() if of == provider]
        for name, held in sorted(own, key=lambda item: (-to_units(item[1].paid), item[0].encode())):
            found.append([provider, name, *_cells(held), _last_day(ends.get((provider, name)))])
    if len(providers) > 1:
        found.append([TOTAL, ALL, *_cells(position(use_of(rows))), None])
    return found


def savings(company: Company, month: str) -> list[list[object]]:
    """Return [provider, negotiated saving, commitment saving] of eligible use in money; unknowns carry their reason."""
    providers = by_provider(commitment_rows(company.marts, month))
    return [[name, _cell(held.negotiated), _cell(held.committed)] for name, held in providers.items()]


def expiring(company: Company, month: str) -> list[tuple[str, str, dt.date, Decimal]]:
    """Return (provider, commitment, last covered day, cost of the month) of what ends in it or within 90 days of it."""
    held, first, following = (
        by_commitment(commitment_rows(company.marts, month)),
        _start(month),
        _start(month_after(month)),
    )
    soon = {name: end for name, end in _ends(company, month).items() if expires_soon(end, first, following)}
    return [
        (*name, day, held[name].paid)
        for name, end in sorted(soon.items(), key=lambda item: (item[1], item[0]))
        if name in held and (day := _last_day(end)) is not None
    ]


def _ends(company: Company, month: str) -> Mapping[tuple[str, str], dt.datetime]:
    # A commitment that was paid for at once is bought in one month and used in many.
    until = [m for m in company.marts.cost_months() if m <= month]
    return terms(row for m in until for row in commitment_rows(company.marts, m))


def _start(month: str) -> dt.datetime:
    return dt.datetime.combine(first_day(month), dt.time())


def _last_day(end: dt.datetime | None) -> dt.date | None:
    return None if end is None else (end - dt.timedelta(microseconds=1)).date()


def _cells(held: Position) -> list[object]:
    ratios = (held.coverage, held.utilisation, held.effective_savings_rate)
    return [*(_cell(value) for value in ratios), held.used, held.unused]


def _cell(value: Value) -> object:
    return Unknown(value.reason) if value.amount is None else value.amount
