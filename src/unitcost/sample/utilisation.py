"""How busy the machines were since 2024: most as busy as they should be, some too large, some without use."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unitcost.sample import aws_catalogue as aws
from unitcost.sample import azure
from unitcost.sample.meter import Meter, Provider, static_columns
from unitcost.sample.months import PUBLISHED
from unitcost.sample.plants import IDLE, MEASURED_SINCE, OVERSIZED, SEARCH_AGENT_SINCE

if TYPE_CHECKING:
    from unitcost.sample.chance import Stream

HEADER = "date,resource_id,cpu_p95,memory_p95,vcpu,memory_gb"
# vCPUs and memory in GB of one machine.
SIZES = {
    aws.WEB_VM: "4,16",
    aws.WORKER_VM: "8,16",
    aws.MOBILE_VM: "2,8",
    aws.DEV_VM: "2,8",
    aws.NODE_VM: "2,8",
    aws.TENANT_VM: "4,8",
    aws.WEB_DB: "8,64",
    aws.EU_DB: "2,16",
    aws.SMALL_DB: "2,8",
    aws.DEV_DB: "2,4",
    aws.INDEX: "2,16",
    azure.VM: "4,16",
    azure.DEV_VM: "2,8",
}
# The usual busy hours in thousandths of CPU and memory; what is planted has its own.
USUAL, USUAL_DEV = (560, 620), (430, 520)
NOISE = 35
WEEKEND_PERMILLE = 850


@dataclass(frozen=True, slots=True)
class Machine:
    """A meter that counts machine hours, of a provider."""

    provider: Provider
    meter: Meter

    @property
    def id(self) -> str:
        """Return its ResourceId, as on the bills."""
        return str(static_columns(self.meter, self.provider)["ResourceId"])

    @property
    def name(self) -> str:
        """Return its ResourceName."""
        return str(static_columns(self.meter, self.provider)["ResourceName"])


def machines() -> list[Machine]:
    """Return everything with vCPUs and memory, in the order of the catalogues."""
    at_aws = (aws.WEB_FLEET, aws.MOBILE_FLEET, aws.SEARCH_WORKERS, *aws.METERS)
    at_azure = (azure.SYNC_FLEET, *azure.METERS)
    every = [Machine(aws.AWS, meter) for meter in at_aws] + [Machine(azure.AZURE, meter) for meter in at_azure]
    return [one for one in every if one.meter.sku in SIZES]


def utilisation_csv(rng: Stream) -> bytes:
    """Return one row a machine and day; machines without a word about them are as busy as they should be."""
    days = [date for month in PUBLISHED for date in month.dates if date >= MEASURED_SINCE]
    lines = [HEADER]
    for machine in machines():
        usual = USUAL if machine.meter.account != "dev" else USUAL_DEV
        cpu, memory = {**OVERSIZED, **IDLE}.get(machine.name, usual)
        noise = rng.integers(-NOISE, NOISE + 1, (len(days), 2)).tolist()
        for date, (more, also) in zip(days, noise, strict=True):
            if machine.name == "nn-index-eu" and date < SEARCH_AGENT_SINCE:
                continue
            level = cpu * (WEEKEND_PERMILLE if date.weekday() >= 5 else 1000) // 1000
            shares = (_share(level + level * more // 1000), _share(memory + memory * also // 1000))
            lines.append(f"{_day(date)},{machine.id},{','.join(shares)},{SIZES[machine.meter.sku]}")
    return "".join(f"{line}\n" for line in lines).encode()


def _day(date: dt.date) -> str:
    return date.isoformat()


def _share(permille: int) -> str:
    return f"0.{permille:03d}"
