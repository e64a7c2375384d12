"""Is a month final? Providers that number their invoices say so themselves; the others have a closing day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from unitcost.month.company import Company
from unitcost.numbers.months import first_day, month_after
from unitcost.warehouse.marks import Mark


class Invoiced(NamedTuple):
    """A provider's rows and how many lack an InvoiceId: in the month, and in all months until then."""

    provider: str
    rows: int
    missing: int
    rows_until: int
    missing_until: int


@dataclass(frozen=True, slots=True)
class Status:
    """'preliminary' or 'final', with the reason a person reads."""

    name: str
    reason: str


def closing_date(month: str, close_day: int) -> dt.date:
    """Return the day of the next month from which a bill without invoice numbers counts as complete."""
    return first_day(month_after(month)).replace(day=close_day)


def status_of(month: str, providers: Sequence[Invoiced], as_of: dt.date, close_day: int) -> Status:
    """Return the status of a month.

    A provider that fills InvoiceId is final when no row of the month lacks it; one that never does, from the
    closing day of the next month on. The month is final when every provider is.
    """
    closed = as_of >= closing_date(month, close_day)
    waiting = []
    for provider in sorted(providers):
        if not provider.rows:
            continue
        if provider.missing_until < provider.rows_until:
            if provider.missing:
                waiting.append(f"{provider.provider} ({provider.missing} of {provider.rows} rows without InvoiceId)")
        elif not closed:
            waiting.append(f"{provider.provider} (closes on {closing_date(month, close_day).isoformat()})")
    if waiting:
        return Status("preliminary", "waits for " + ", ".join(waiting))
    return Status("final", "every bill of the month is complete")


def status(company: Company, month: str, as_of: dt.date) -> Status:
    """Return whether the month is final, seen from a day."""
    query = (
        "select provider, coalesce(sum(rows) filter (month = $1), 0),"
        " coalesce(sum(rows) filter (month = $1 and marks & $2 <> 0), 0),"
        " sum(rows), coalesce(sum(rows) filter (marks & $2 <> 0), 0)"
        " from {spend} where month <= $1 group by provider"
    )
    counts = company.marts.rows(query, [month, int(Mark.NO_INVOICE)])
    providers = [Invoiced(str(name), *(int(number) for number in numbers)) for name, *numbers in counts]
    return status_of(month, providers, as_of, company.config.report.close_day)
