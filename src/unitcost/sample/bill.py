"""One provider's bill of one billing month: rows go in, tax, rounding and the invoice total come out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING

from unitcost.sample.focus import EMPTY, Row, plain
from unitcost.sample.meter import Meter, Provider, priced, static_columns
from unitcost.sample.months import Month, midnight

if TYPE_CHECKING:
    from unitcost.sample.chance import Ints

CENT = Decimal("0.01")
ROUNDING = Context(prec=60, traps=[])
ZERO = Decimal(0)
COSTS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")


@dataclass
class Bill:
    """Rows of one provider and billing month. `invoiced` is false while the month is not closed."""

    provider: Provider
    month: Month
    version: str
    invoiced: bool = True
    rows: list[Row] = field(default_factory=list)
    billed: Decimal = ZERO
    head: Row = field(init=False)

    def __post_init__(self) -> None:
        self.head = self._head()

    def add(self, *columns: Row) -> None:
        """Add a row; later column sets win over earlier ones."""
        row: Row = {}
        for part in (*columns, self.head):
            row.update(part)
        self.billed += Decimal(row["BilledCost"] or 0)
        self.rows.append(row)

    def metered(self, meter: Meter, quantities: Ints, *, price_factor: Decimal = Decimal(1)) -> None:
        """Add a daily on-demand row for every day with a quantity (thousandths of the unit)."""
        listed = meter.sku.price * price_factor
        contracted = listed * self.provider.agreed
        base = {**static_columns(meter, self.provider), **priced(listed, contracted)}
        midnights = self.month.midnights
        for day, thousandths in enumerate(quantities.tolist()):
            if thousandths:
                costs = used(quantity(meter, thousandths), listed, contracted)
                self.add(base, period(midnights[day], midnights[day + 1]), costs)

    def once(self, amount: Decimal, text: str, when: tuple[str, str], columns: Row, *, later: bool = False) -> None:
        """Add a single charge: billed, list and contracted cost are one amount, and so is the effective cost.

        With `later` the charge pays for use that comes later, which carries the effective cost; here it is 0.
        """
        costs: Row = dict.fromkeys(COSTS, plain(amount))
        if later:
            costs["EffectiveCost"] = "0"
        self.add(EMPTY, columns, {"ChargeDescription": text}, period(*when), costs)

    def whole_month(self) -> tuple[str, str]:
        return self.month.midnights[0], self.month.midnights[-1]

    def billed_for(self, *categories: str) -> Decimal:
        rows = (row for row in self.rows if row["ChargeCategory"] in categories)
        return sum((Decimal(row["BilledCost"] or 0) for row in rows), ZERO)

    def close(self, tax_rate: Decimal, billing: Row) -> None:
        """Add tax and, with an invoice, the sub-cent difference to its sum, which is in whole cents."""
        tax = cents(self.billed_for("Usage", "Purchase") * tax_rate)
        self.once(tax, "Tax", self.whole_month(), {**billing, "ChargeCategory": "Tax"})
        rounding = cents(self.billed) - self.billed
        if rounding and self.invoiced:
            columns: Row = {**billing, "ChargeCategory": "Adjustment"}
            self.once(rounding, "Rounding of the invoice to cents", self.whole_month(), columns)

    def _head(self) -> Row:
        account_id, account_name, account_type = self.provider.account
        invoice = f"{self.provider.key.upper()}-{self.month.text}"
        return {
            "BillingAccountId": account_id,
            "BillingAccountName": account_name,
            "BillingAccountType": account_type,
            "BillingCurrency": self.provider.currency,
            "BillingPeriodStart": self.month.midnights[0],
            "BillingPeriodEnd": self.month.midnights[-1],
            "InvoiceId": invoice if self.invoiced else None,
            "InvoiceIssuerName": self.provider.issuer,
            "PricingCurrency": self.provider.currency,
            "ProviderName": self.provider.name,
            "PublisherName": self.provider.name,
            "ServiceProviderName": self.provider.name,
        }


def cents(amount: Decimal) -> Decimal:
    """Return the amount rounded half up to two decimals, as an invoice does."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP, context=ROUNDING)


def period(start: str, end: str) -> Row:
    return {"ChargePeriodStart": start, "ChargePeriodEnd": end}


def days(start: dt.date, number: int = 1) -> tuple[str, str]:
    return midnight(start), midnight(start + dt.timedelta(days=number))


def quantity(meter: Meter, thousandths: int) -> Decimal:
    return Decimal(thousandths // 1000) if meter.sku.whole else Decimal(thousandths).scaleb(-3)


def used(amount: Decimal, listed: Decimal, contracted: Decimal) -> Row:
    """Return the costs of on-demand use: billed is quantity × agreed price, and effective is the same."""
    text, cost = plain(amount), plain(amount * contracted)
    return {
        "PricingQuantity": text,
        "ConsumedQuantity": text,
        "ListCost": plain(amount * listed),
        "ContractedCost": cost,
        "BilledCost": cost,
        "EffectiveCost": cost,
    }
