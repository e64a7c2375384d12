"""Readers of the reports: one folder in templates/ each, with a role.toml that says what they get."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from unitcost.display.model import Role
from unitcost.errors import UsageProblem
from unitcost.inputs.toml_file import Strict, check, load_toml

FILE = "role.toml"


class _RoleFile(Strict):
    reader: str
    title: str
    question: str
    headline: str
    tiles: tuple[str, ...]
    statements: tuple[str, ...]
    sections: tuple[str, ...]
    movers: tuple[str, ...] = ("service", "product_line")
    negatives: Literal["minus", "parentheses"] = "minus"


def template_folder() -> Path:
    """Return the folder of the page templates: that of the checkout, else the one in the package."""
    checkout = Path(__file__).parents[3] / "templates"
    return checkout if (checkout / "report").is_dir() else Path(__file__).parents[1] / "_project" / "templates"


def load_roles(templates: Path) -> dict[str, Role]:
    """Return every role by its folder's name. Raises UsageProblem for a flawed role.toml or none at all."""
    found = {}
    for path in sorted(templates.glob(f"*/{FILE}")):
        data = check(_RoleFile, load_toml(path), path)
        found[path.parent.name] = Role(name=path.parent.name, **data.model_dump())
    if not found:
        raise UsageProblem("No role is defined", where=str(templates), fix=f"add a folder with a {FILE}")
    return found
