"""What numbers rest on besides data: the program and the settings. They name what is kept, and every run."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from typing import Any

from unitcost.inputs.config import Config
from unitcost.inputs.places import PACKAGE, project_folder
from unitcost.inputs.rules import Rules
from unitcost.storage.digest import digest

# Two months under another version are no continuous series; docs/definitions.md says what each number means.
DEFINITIONS_VERSION = "1"
LIBRARIES = ("duckdb", "papermill", "nbconvert", "matplotlib", "typst", "jinja2", "babel")


@cache
def code() -> str:
    """Return a digest of the package, the notebooks, the templates and the libraries that shape a page."""
    folders = [PACKAGE, project_folder("notebooks"), project_folder("templates")]
    parts: list[object] = [(name, version(name)) for name in LIBRARIES]
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            relative = path.relative_to(folder)
            hidden = any(part.startswith((".", "__pycache__")) for part in relative.parts)
            if path.is_file() and not hidden and (folder is not PACKAGE or "_project" not in relative.parts):
                parts.append((relative.as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()))
    return digest(parts)


def configuration(config: Config, rules: Rules) -> dict[str, Any]:
    """Return the settings that decide what is said: everything but paths and the clock."""
    data = config.model_dump(mode="json")
    for section in data.values():
        for key in [key for key in section if key in ("path", "paths", "aggregate", "events")]:
            section[key] = bool(section[key])
    del data["report"]["as_of"]
    # How long sets are kept says nothing about what is in them.
    del data["report"]["keep_runs"]
    # Their content counts, wherever they lie: a run's identity asks for it.
    del data["report"]["notebooks"]
    # Engines agree to the last digit, and an address may hold a token.
    del data["engine"]
    data["allocation"]["rules"] = [rule.model_dump(mode="json") for rule in rules.rules]
    data["allocation"]["pools"] = [pool.model_dump(mode="json") for pool in rules.pools]
    data["allocation"]["drivers"] = dict(rules.drivers or {})
    return data
