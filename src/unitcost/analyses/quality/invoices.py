"""Bills against invoices, by provider and billing month, in the currency of the bill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from unitcost.numbers.estimate import ratio
from unitcost.numbers.units import to_money, to_units

NO_INVOICE = "no invoice is given"
NO_BILL = "the bills have no row of it"
ZERO = "the invoice is 0"
Key = tuple[str, str, str]  # billing month, provider, currency


@dataclass(frozen=True, slots=True)
class InvoiceComparison:
    """One bill and its invoice; `difference` is billed − invoice, `share` that ÷ invoice; None with a `reason`."""

    billing_month: str
    provider: str
    currency: str
    billed: Decimal | None
    invoice: Decimal | None
    difference: Decimal | None
    share: Decimal | None
    reason: str = ""


def compare(billed: Mapping[Key, Decimal], stated: Mapping[Key, Decimal], month: str) -> list[InvoiceComparison]:
    """Return every bill and invoice, sorted; a bill of a later month than `month` is not complete yet."""
    found = []
    for key in sorted(set(billed) | set(stated)):
        own, invoice = billed.get(key), stated.get(key)
        if key[0] > month:
            reason = f"only its charges until {month} are in this report"
        else:
            reason = NO_INVOICE if invoice is None else NO_BILL if own is None else ""
        if reason or own is None or invoice is None:
            found.append(InvoiceComparison(*key, own, invoice, None, None, reason))
            continue
        gap = to_money(to_units(own) - to_units(invoice))
        share = ratio(gap, invoice) if invoice else None
        found.append(InvoiceComparison(*key, own, invoice, gap, share, "" if invoice else ZERO))
    return found
