"""Infrastructure cost per user: bills and usage in, role reports out.

What an analyst imports is here: `from unitcost import levers, open_report, show`. Everything below is private.
"""

import os
from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# All matrices here are small: threads of the linear algebra library cost more than the work, and their number could
# show in the last digits. It reads this once, when numpy loads it, and most modules load numpy as they are imported:
# this file is the only one that runs before them, whether a command, a kernel or an analyst's own code imports them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Loaded when they are asked for, so that a command pays only for what it uses.
_NAMES = {
    "open_report": "unitcost.analyses.opening",
    "publish": "unitcost.display.published",
    "show": "unitcost.display.view",
    "View": "unitcost.display.view",
    "Column": "unitcost.display.tables",
    "Unknown": "unitcost.display.tables",
    "headline": "unitcost.display.tables",
    "prose": "unitcost.display.tables",
    "table": "unitcost.display.tables",
    "adds_up": "unitcost.numbers.amounts",
}
# A question's views: functions from a report to what a section shows.
_QUESTIONS = (
    *("anomalies", "bridge", "candidates", "commitments", "experiments", "freemium", "levers", "outlook", "quality"),
    *("spend", "split", "unit_cost", "users"),
)
_MODULES = {
    "charts": "unitcost.display.charts",
    "what_if": "unitcost.analyses.levers.what_if",
    **{name: f"unitcost.analyses.{name}.views" for name in _QUESTIONS},
}

__all__ = [*_NAMES, *_MODULES]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(_MODULES[name])
    if name in _NAMES:
        return getattr(import_module(_NAMES[name]), name)
    raise AttributeError(f"module 'unitcost' has no attribute '{name}'")
