"""The same month with its pools split otherwise, and with usage of product lines alone."""

from __future__ import annotations

from dataclasses import replace

from .owners import Owned
from .people import TIERS, People
from .reading import Config
from .splits import Allocation, allocate, product_lines


def allocations(owned: list[Owned], people: People, config: Config) -> list[Allocation]:
    """Configured, even, proportional and by driver."""
    default = config.allocation.get("drivers", {}).get("default", "requests")
    found = [allocate(owned, people, config)]
    for method in ("even", "proportional", "driver"):
        pools = []
        for pool in config.allocation.get("shared", []):
            changed = {"pool": pool["pool"], "method": method}
            pools.append(changed | ({"driver": pool.get("driver", default)} if method == "driver" else {}))
        found.append(allocate(owned, people, replace(config, allocation={**config.allocation, "shared": pools})))
    return found


def marginal(owned: list[Owned], people: People, config: Config) -> dict[str, int]:
    """Usage that product lines own themselves, over tiers."""
    usage = [each for each in owned if each.owner.kind == "line" and each.piece.row.category == "Usage"]
    if not product_lines(usage, people):
        return dict.fromkeys(TIERS, 0)
    return allocate(usage, people, config).tiers
