"""Companies on which something was tried: what their bills would have been is known, cell by cell and day by day."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DAY = dt.timedelta(days=1)
FIRST, LAST = dt.date(2023, 8, 1), dt.date(2024, 5, 31)
DAYS = [FIRST + number * DAY for number in range((LAST - FIRST).days + 1)]
START = dt.date(2024, 2, 5)
MONTH = "2024-05"
PRODUCTS = ("mail", "mobile", "search", "web")
SERVICES = ("Compute", "Database", "Storage")
REGION, OTHER_REGIONS = "us-1", ("eu-1", "eu-2", "us-2")
Cell = tuple[str, str, str]  # product line, service, region
CELLS: list[Cell] = [(product, service, REGION) for product in PRODUCTS for service in SERVICES]
CELLS += [("search", "Storage", region) for region in OTHER_REGIONS]
WEEK = np.array([1.0, 1.02, 1.03, 1.02, 0.98, 0.72, 0.68])  # Monday first
LIST = 1.25  # list prices ÷ those that are paid
COLUMNS = (
    *("BilledCost", "EffectiveCost", "ListCost", "BillingCurrency", "BillingPeriodStart", "BillingPeriodEnd"),
    *("ChargePeriodStart", "ChargePeriodEnd", "ChargeCategory", "ChargeClass", "ChargeFrequency", "ServiceName"),
    *("ProviderName", "RegionId", "CommitmentDiscountId", "CommitmentDiscountStatus", "Tags"),
)
REPORT = """\
[report]
company = "Tried"
min_users = 1
{report}
[costs]
paths = ["bills/**/*"]
[activity]
{activity}
[experiments]
path = "experiments.toml"
"""
Row = dict[str, str]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Change:
    """From `start` to `until`, both included, use or price of some cells is multiplied; '' is any."""

    start: dt.date
    product: str = ""
    service: str = ""
    region: str = ""
    use: float = 1.0
    price: float = 1.0
    commitment: str = ""
    until: dt.date = LAST

    def touches(self, cell: Cell, day: dt.date) -> bool:
        asked = zip((self.product, self.service, self.region), cell, strict=True)
        return self.start <= day <= self.until and all(given in ("", own) for given, own in asked)


@dataclass(frozen=True)
class Bills:
    """A company's bills by cell and day. `noise` is the standard deviation of a day in logarithms, AR(1) with `phi`."""

    changes: tuple[Change, ...] = ()
    seed: int = 1
    noise: float = 0.03
    phi: float = 0.5

    def untouched(self) -> dict[Cell, Floats]:
        """Cost of each cell by day as it would have been: users of the last 28 days × a week × chance."""
        chance = np.random.default_rng(self.seed)
        week = WEEK[[day.weekday() for day in DAYS]]
        common = wander(chance, self.phi) * self.noise
        found = {}
        for number, cell in enumerate(CELLS):
            users = np.array([max(active(cell[0])[day], 1) for day in DAYS], float)
            own = wander(chance, self.phi) * self.noise
            found[cell] = (0.4 + 0.15 * (number % 7)) * users * week * np.exp(common + own)
        return found

    def factor(self, cell: Cell, day: dt.date, what: str) -> float:
        """What the changes have made of `use` or `price` on a day."""
        factor = 1.0
        for change in self.changes:
            if change.touches(cell, day):
                factor *= getattr(change, what)
        return factor

    def rows(self) -> list[Row]:
        """A row for each cell and day."""
        found = []
        for cell, costs in self.untouched().items():
            product, service, region = cell
            for day, cost in zip(DAYS, costs, strict=True):
                used = cost * self.factor(cell, day, "use")
                named = (change.commitment for change in self.changes if change.touches(cell, day))
                covering = next((name for name in named if name), "")
                found.append(
                    row(
                        day,
                        f"{used * self.factor(cell, day, 'price'):.6f}",
                        ListCost=f"{used * LIST:.6f}",
                        ServiceName=service,
                        RegionId=region,
                        Tags=tags(product),
                        CommitmentDiscountId=covering,
                        CommitmentDiscountStatus="Used" if covering else "",
                    )
                )
        return found

    def spared(self, touched: Callable[[Cell], bool], first: dt.date = START, last: dt.date = LAST) -> float:
        """What was not spent on some cells from the first to the last day, for 30.4 days."""
        days = [number for number, day in enumerate(DAYS) if first <= day <= last]
        found = 0.0
        for cell, costs in self.untouched().items():
            for number in days if touched(cell) else ():
                day = DAYS[number]
                found += costs[number] * (1 - self.factor(cell, day, "use") * self.factor(cell, day, "price"))
        return found / len(days) * 30.4


def wander(chance: np.random.Generator, phi: float) -> Floats:
    """An AR(1) series of variance 1 over all days."""
    series = chance.standard_normal(len(DAYS))
    for place in range(1, len(DAYS)):
        series[place] = phi * series[place - 1] + (1 - phi**2) ** 0.5 * series[place]
    return series


def tags(product: str) -> str:
    return f'{{"product": "{product}"}}'


def row(day: dt.date, cost: str, until: dt.date | None = None, **changes: str) -> Row:
    """A row of one day, or of the days before `until`, on the bill of its month."""
    month = day.replace(day=1)
    following = (month + 31 * DAY).replace(day=1)
    return {
        **dict.fromkeys(COLUMNS, ""),
        "BilledCost": cost,
        "EffectiveCost": cost,
        "ListCost": cost,
        "BillingCurrency": "USD",
        "BillingPeriodStart": f"{month}T00:00:00Z",
        "BillingPeriodEnd": f"{following}T00:00:00Z",
        "ChargePeriodStart": f"{day}T00:00:00Z",
        "ChargePeriodEnd": f"{until or day + DAY}T00:00:00Z",
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        "ProviderName": "AWS",
        **changes,
    }


# Users


@cache
def visits(product: str) -> tuple[tuple[dt.date, str], ...]:
    """Who used a product line on which day: users join, a few per cent a month, and come on three days in ten."""
    place = PRODUCTS.index(product)
    chance = np.random.default_rng([place, 7])
    found = []
    for number, day in enumerate(DAYS):
        known = round(40 * np.exp((0.03 + 0.01 * place) * number / 30.4))
        found += [(day, f"{product}-{user}") for user in range(known) if chance.random() < 0.3]
    return tuple(found)


@cache
def active(product: str) -> Mapping[dt.date, int]:
    """Users of a product line in the 28 days until each day."""
    by_day: dict[dt.date, set[str]] = {}
    for day, user in visits(product):
        by_day.setdefault(day, set()).add(user)
    return {day: len(set().union(*(by_day.get(day - back * DAY, set()) for back in range(28)))) for day in DAYS}


@cache
def activity() -> str:
    """activity.csv: each user uses three to seven requests a day."""
    lines = ["date,user_id,product_line,requests"]
    for product in PRODUCTS:
        lines += [f"{d},{user},{product},{3 + (7 * d.toordinal() + len(user)) % 5}" for d, user in visits(product)]
    return "\n".join(lines) + "\n"


def counts(by: str = "") -> str:
    """mau.csv: users by month, in all, or by `product_line`, or by `tier`."""
    lines = [f"month,mau{by and ','}{by}"]
    for month in sorted({f"{day:%Y-%m}" for day in DAYS}):
        each = [len({user for day, user in visits(p) if f"{day:%Y-%m}" == month}) for p in PRODUCTS]
        told = {
            "": {"": sum(each)},
            "tier": {"free": sum(each) - 20, "paid": 20},
            "product_line": {"": sum(each)} | dict(zip(PRODUCTS, each, strict=True)),
        }
        lines += [f"{month},{count}{by and ','}{name}" for name, count in told[by].items()]
    return "\n".join(lines) + "\n"


# Files


def as_csv(rows: Sequence[Mapping[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def write(folder: Path, rows: Sequence[Row], experiments: str, report: str = "", mau: str = "") -> Path:
    """Write a company, a bill a month, and return its report.toml; with `mau`, users are counted by month."""
    (folder / "bills").mkdir(parents=True, exist_ok=True)
    of_month: dict[str, list[Row]] = {}
    for one in rows:
        of_month.setdefault(one["BillingPeriodStart"][:7], []).append(one)
    for month, some in of_month.items():
        (folder / "bills" / f"{month}.csv").write_text(as_csv(some))
    (folder / ("mau.csv" if mau else "activity.csv")).write_text(mau or activity())
    named = 'aggregate = "mau.csv"' if mau else 'path = "activity.csv"'
    (folder / "report.toml").write_text(REPORT.format(report=report, activity=named))
    (folder / "experiments.toml").write_text(experiments)
    return folder / "report.toml"


def treated(product: str = "search", service: str = "Compute", region: str = "") -> str:
    """A filter as TOML has it; '' leaves a key out."""
    keys = {"ServiceName": service, '"Tags.product"': product, "RegionId": region}
    told = ", ".join(f'{key} = "{value}"' for key, value in keys.items() if value)
    return f"{{ {told} }}"


def experiment(id: str = "try", started_on: object = START, **keys: object) -> str:
    """An [[experiment]] with its keys as TOML has them; '' leaves a key out."""
    lines = {"id": f'"{id}"', "started_on": started_on, "treated": treated()} | keys
    return "\n".join(["[[experiment]]", *(f"{key} = {value}" for key, value in lines.items() if value != ""), ""])
