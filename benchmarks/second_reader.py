"""The second reader alone, in a process of its own: `python -m benchmarks.second_reader CONFIG WORKERS`."""

from __future__ import annotations

import sys
from pathlib import Path

from unitcost.control.totals import ControlSettings, control_totals
from unitcost.inputs.config import load_config


def main(path: Path, workers: int) -> None:
    """Print the control total of every month, read without a cache."""
    config = load_config(path)
    costs = config.costs
    settings = ControlSettings(
        folder=path.parent,
        paths=costs.paths,
        defaults=costs.defaults,
        currency=config.report.currency,
        corrections=costs.corrections,
        spread=costs.spread,
        fx=path.parent / config.fx.path if config.fx.path else None,
    )
    for month, total in control_totals(settings, None, workers).items():
        print(month, total.billed, total.effective, total.rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
