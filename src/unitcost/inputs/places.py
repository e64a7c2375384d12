"""Where things lie: the configuration that is used when none is named, the store, the project's own folders."""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE = Path(__file__).parents[1]


def default_config() -> Path:
    """Return the configuration to use when none is named: UNITCOST_CONFIG, else the sample company."""
    chosen = os.environ.get("UNITCOST_CONFIG")
    if chosen:
        return Path(chosen)
    here = Path("sample/report.toml")
    return here if here.exists() else PACKAGE.parents[1] / here


def store_folder() -> Path:
    """Return where intermediate tables are kept: UNITCOST_CACHE, else the user's cache folder."""
    chosen = os.environ.get("UNITCOST_CACHE")
    if chosen:
        return Path(chosen)
    from platformdirs import user_cache_path

    return user_cache_path("unitcost")


def project_folder(name: str) -> Path:
    """Return the folder 'notebooks' or 'templates': that of the checkout, else the one in the package."""
    checkout = PACKAGE.parents[1] / name
    return checkout if checkout.is_dir() else PACKAGE / "_project" / name
