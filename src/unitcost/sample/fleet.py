"""Machines that follow the hours of the day, and how they are paid: on demand, committed or spot."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from unitcost.sample.bill import Bill, days, period, quantity, used
from unitcost.sample.focus import Row, plain
from unitcost.sample.meter import NOISE_PERMILLE, Meter, priced, running, static_columns
from unitcost.sample.months import day_number, midnight
from unitcost.sample.plants import SPOT_DISCOUNT, SPOT_RAMP_DAYS, SPOT_SHARE_PERMILLE, SPOT_START

if TYPE_CHECKING:
    from unitcost.sample.chance import Ints, Stream
    from unitcost.sample.months import Month

# Load by hour of the day (UTC), in thousandths of the day.
DAY_PROFILE = (24, 21, 19, 18, 19, 22, 28, 35, 42, 49, 54, 57, 59, 60, 60, 59, 57, 55, 52, 48, 44, 42, 40, 36)


@dataclass(frozen=True, slots=True)
class Commitment:
    """Capacity bought for a term at a lower rate (money per instance-hour), paid at once or monthly."""

    id: str
    name: str
    kind: str
    category: str
    start: dt.date
    end: dt.date
    instances: int
    rate: Decimal
    monthly: bool = False

    def holds(self, date: dt.date) -> bool:
        return self.start <= date < self.end

    @property
    def by_spend(self) -> bool:
        return self.category == "Spend"

    def columns(self, hours: Decimal, status: str | None) -> Row:
        """Return the CommitmentDiscount columns for a number of instance-hours."""
        amount = hours * self.rate if self.by_spend else hours
        return {
            "CommitmentDiscountCategory": self.category,
            "CommitmentDiscountId": self.id,
            "CommitmentDiscountName": self.name,
            "CommitmentDiscountType": self.kind,
            "CommitmentDiscountStatus": status,
            "CommitmentDiscountQuantity": plain(amount),
            "CommitmentDiscountUnit": "USD" if self.by_spend else "Hours",
            "PricingCategory": "Committed",
        }

    def itself(self) -> Row:
        """Return the columns of a row that is about the commitment and not about a machine."""
        about: Row = {"ConsumedUnit": None, "ResourceName": None, "Tags": None}
        return about | {"ResourceId": self.id, "ResourceType": self.kind}


def hours(meter: Meter, month: Month, drivers: dict[str, Ints], rng: Stream) -> Ints:
    """Return thousandths of instance-hours, days × 24: what always runs plus what the load asks for."""
    import numpy as np

    load = drivers[meter.driver] * int(Decimal(meter.rate).scaleb(9)) // 1_000_000
    noise = rng.integers(1000 - NOISE_PERMILLE, 1001 + NOISE_PERMILLE, (month.days, 24))
    by_hour = load[:, None] * np.array(DAY_PROFILE) // 1000 * noise // 1000
    result: Ints = running(month, meter.instances) * 1000 + by_hour
    return result


def pay_with_commitment(bill: Bill, meter: Meter, by_hour: Ints, commitments: tuple[Commitment, ...]) -> None:
    """Add the daily rows of a fleet: covered hours, unused parts of commitments, the rest on demand."""
    import numpy as np

    open_hours = by_hour.copy()
    for commitment in commitments:
        held = np.array([commitment.holds(date) for date in bill.month.dates])
        committed = np.where(held, commitment.instances * 1000, 0)[:, None]
        covered = np.minimum(open_hours, committed)
        _committed_rows(bill, meter, commitment, covered.sum(axis=1), (committed - covered).sum(axis=1))
        open_hours -= covered
    bill.metered(meter, open_hours.sum(axis=1))


def _committed_rows(bill: Bill, meter: Meter, commitment: Commitment, covered: Ints, unused: Ints) -> None:
    listed, contracted = meter.sku.price, meter.sku.price * bill.provider.agreed
    base: Row = {
        **static_columns(meter, bill.provider),
        **priced(listed, contracted),
        "SkuPriceId": f"{meter.sku.id}.{commitment.kind.replace(' ', '-').upper()}",
    }
    midnights = bill.month.midnights
    for day, pair in enumerate(zip(covered.tolist(), unused.tolist(), strict=True)):
        for status, thousandths in zip(("Used", "Unused"), pair, strict=True):
            if not thousandths:
                continue
            amount = quantity(meter, thousandths)
            costs = used(amount, listed, contracted)
            costs |= {"BilledCost": "0", "EffectiveCost": plain(amount * commitment.rate)}
            about = commitment.columns(amount, status)
            if status == "Unused":
                # Nobody used these hours: they belong to the commitment, not to a product.
                costs |= {"ConsumedQuantity": None}
                about |= commitment.itself() | {"ChargeDescription": f"Unused part of {commitment.name}"}
            bill.add(base, period(midnights[day], midnights[day + 1]), costs, about)


def buy(bill: Bill, meter: Meter, commitments: tuple[Commitment, ...]) -> None:
    """Add the purchase rows of the month: billed now, effective cost 0, because the use carries it."""
    for commitment in commitments:
        first = bill.month.first
        if commitment.monthly and commitment.holds(first):
            start, length = first, bill.month.days
        elif not commitment.monthly and commitment.start == first:
            start, length = first, (commitment.end - first).days
        else:
            continue
        hours_bought = Decimal(24 * length * commitment.instances)
        price = hours_bought * commitment.rate
        columns: Row = {
            **static_columns(meter, bill.provider),
            **commitment.columns(hours_bought, None),
            "ChargeCategory": "Purchase",
            "ChargeFrequency": "Recurring" if commitment.monthly else "One-Time",
            "PricingQuantity": plain(hours_bought),
            "ListUnitPrice": plain(commitment.rate),
            "ContractedUnitPrice": plain(commitment.rate),
            "SkuId": f"{meter.sku.id}-COMMITMENT",
            "SkuPriceId": f"{meter.sku.id}-COMMITMENT.{commitment.kind.replace(' ', '-').upper()}",
            **commitment.itself(),
        }
        bill.once(price, f"Purchase of {commitment.name}", days(start, length), columns, later=True)


def pay_by_hour_with_spot(bill: Bill, meter: Meter, by_hour: Ints) -> None:
    """Add one row an hour on demand and, since the move, one at the spot price."""
    listed, contracted = meter.sku.price, meter.sku.price * bill.provider.agreed
    base: Row = {**static_columns(meter, bill.provider), **priced(listed, contracted)}
    spot_price = contracted * (1 - SPOT_DISCOUNT)
    spot: Row = {
        **base,
        **priced(listed, spot_price),
        "PricingCategory": "Dynamic",
        "SkuPriceId": f"{meter.sku.id}.SPOT",
        "ChargeDescription": f"Spot {meter.sku.what} in {base['RegionName']}",
    }
    for date, row in zip(bill.month.dates, by_hour.tolist(), strict=True):
        share = spot_share(date)
        for hour, thousandths in enumerate(row):
            when = period(*_hour(date, hour))
            on_spot = thousandths * share // 1000
            parts = ((thousandths - on_spot, base, contracted), (on_spot, spot, spot_price))
            for amount, columns, price in parts:
                if amount:
                    costs = used(quantity(meter, amount), listed, price)
                    bill.add(columns, when, costs)


def spot_share(date: dt.date) -> int:
    """Return the share of the search worker hours that runs on spot on a day, in thousandths."""
    since = day_number(date) - day_number(SPOT_START)
    if since < 0:
        return 0
    return SPOT_SHARE_PERMILLE * min(since + 1, SPOT_RAMP_DAYS + 1) // (SPOT_RAMP_DAYS + 1)


def _hour(date: dt.date, hour: int) -> tuple[str, str]:
    text = date.isoformat()
    end = midnight(date + dt.timedelta(days=1)) if hour == 23 else f"{text}T{hour + 1:02d}:00:00Z"
    return f"{text}T{hour:02d}:00:00Z", end
