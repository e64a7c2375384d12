"""What is planted in the sample company: the constants the bills are made with, and their description.

Everything is planted in quantities and prices, never in totals, so an analysis has to find it the way it
would in a real bill. The table in the generated README is written from the same constants.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

SPOT_START = dt.date(2024, 3, 11)
SPOT_RAMP_DAYS = 7
SPOT_SHARE_PERMILLE = 800
SPOT_DISCOUNT = Decimal("0.62")

SAVINGS_PLAN_START = dt.date(2024, 2, 1)
SAVINGS_PLAN_END = dt.date(2025, 2, 1)
SAVINGS_PLAN_DISCOUNT = Decimal("0.28")
SAVINGS_PLAN_INSTANCES = 30

STORAGE_GROWTH_PERMILLE = 15

LOG_ACCIDENT_START = dt.date(2024, 4, 9)
LOG_ACCIDENT_LAST = dt.date(2024, 4, 17)
LOG_ACCIDENT_FACTOR = 6

VENDOR_RISE_START = dt.date(2024, 1, 1)
VENDOR_RISE = Decimal("0.12")

MEASURED_SINCE = dt.date(2024, 1, 1)
SEARCH_AGENT_SINCE = dt.date(2024, 5, 20)
# Busy hours of machines in thousandths of CPU and memory, by ResourceName.
OVERSIZED = {"nn-web-db": (185, 340), "nn-search-workers-eu": (95, 150), "nn-aurora-web": (240, 310)}
IDLE = {"nn-bastion": (18, 210), "nn-search-staging-virtual-machine": (24, 190)}


@dataclass(frozen=True, slots=True)
class Plant:
    """One planted fact: what happens, where it is found, since when and how large."""

    title: str
    where: str
    when: str
    size: str


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f} %"


def _machines(named: Mapping[str, tuple[int, int]]) -> str:
    return ", ".join(named)


def _tenths(permille: int) -> Decimal:
    return Decimal(permille) / 10


def _busy(named: Mapping[str, tuple[int, int]]) -> str:
    return ", ".join(f"{_tenths(cpu)} % and {_tenths(memory)} %" for cpu, memory in named.values())


SPOT_COMPLETE = SPOT_START + dt.timedelta(days=SPOT_RAMP_DAYS)

# In the order of the README.
PLANTS = (
    Plant(
        "Search workers move to spot",
        "AWS, Amazon EC2, c5.2xlarge in us-east-1, Tags product=search; PricingCategory Dynamic",
        f"from {SPOT_START}, growing evenly over {SPOT_RAMP_DAYS} days, complete on {SPOT_COMPLETE}",
        f"{SPOT_SHARE_PERMILLE // 10} % of the worker hours, at a price {_percent(SPOT_DISCOUNT)} lower",
    ),
    Plant(
        "Savings plan for web compute",
        "AWS, Amazon EC2, m5.xlarge in us-east-1, Tags product=web; PricingCategory Committed",
        f"bought on {SAVINGS_PLAN_START} for a year, paid at once",
        f"covered hours cost {_percent(SAVINGS_PLAN_DISCOUNT)} less than on demand; "
        f"{SAVINGS_PLAN_INSTANCES} instances around the clock; a small part is unused at night",
    ),
    Plant(
        "Storage grows faster than users",
        "all storage meters that hold user data; column storage_gb of the activity",
        "every month from 2021-01",
        f"stored GB per user + {Decimal(STORAGE_GROWTH_PERMILLE) / 10} % a month",
    ),
    Plant(
        "Log level left at debug",
        "Harborlight Logs, GB ingested by production",
        f"{LOG_ACCIDENT_START} to {LOG_ACCIDENT_LAST}, both included",
        f"ingested GB × {LOG_ACCIDENT_FACTOR}",
    ),
    Plant(
        "Price rise at the observability vendor",
        "Harborlight, all metered prices (list and contracted)",
        f"from {VENDOR_RISE_START}",
        f"unit prices + {_percent(VENDOR_RISE)}",
    ),
    Plant(
        "Machines larger than they need to be",
        f"utilisation.csv, {_machines(OVERSIZED)}",
        f"measured from {MEASURED_SINCE}",
        f"busy hours of CPU and memory: {_busy(OVERSIZED)}",
    ),
    Plant(
        "Machines that nobody uses",
        f"utilisation.csv, {_machines(IDLE)}",
        f"measured from {MEASURED_SINCE}",
        f"busy hours of CPU and memory: {_busy(IDLE)}",
    ),
)
