"""What the providers invoiced: the bill of each month in whole cents, and one invoice that does not agree."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from unitcost.sample.bill import Bill

DIFFERENT_INVOICE = ("azure", "2024-05")
DIFFERENCE = Decimal("14.28")


def invoices_csv(bills: Iterable[Bill]) -> bytes:
    """Return the table provider, billing_month, currency, amount; bills not yet invoiced are left out."""
    lines = ["provider,billing_month,currency,amount"]
    for bill in bills:
        if bill.invoiced:
            amount = bill.billed
            if (bill.provider.key, bill.month.text) == DIFFERENT_INVOICE:
                amount += DIFFERENCE
            lines.append(f"{bill.provider.name},{bill.month.text},{bill.provider.currency},{amount:.2f}")
    return "".join(f"{line}\n" for line in lines).encode()
