"""Readers of the reports: one folder in templates/ each, with a role.toml that says what they get."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Literal

from unitcost.analyses import ANALYSES
from unitcost.display.model import Role
from unitcost.errors import UsageProblem, nearest, visible
from unitcost.inputs.config import load_config
from unitcost.inputs.places import project_folder
from unitcost.inputs.toml_file import Strict, check, load_toml
from unitcost.kernels.notebooks import known_sections
from unitcost.pages.compose import OWN
from unitcost.pages.summary import HEADLINES, MOVER_WORDS, STATEMENTS, TILE_LABELS

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


def load_roles(templates: Path) -> dict[str, Role]:
    """Return every role by its folder's name. Raises UsageProblem for a flawed role.toml or none at all."""
    found = {}
    for path in sorted(templates.glob(f"*/{FILE}")):
        data = check(_RoleFile, load_toml(path), path)
        found[path.parent.name] = Role(name=path.parent.name, **data.model_dump())
    if not found:
        raise UsageProblem("No role is defined", where=str(templates), fix=f"add a folder with a {FILE}")
    return found


def checked_roles(config: Path) -> dict[str, Role]:
    """Return every role, held against the notebooks of the company whose report.toml is `config`.

    Reads settings and notebooks and no data. Raises UsageProblem for the first name in a role that nothing bears.
    """
    roles = load_roles(project_folder("templates"))
    check_roles(roles, known_sections(config.parent, load_config(config)))
    return roles


def check_roles(roles: Mapping[str, Role], sections: Collection[str]) -> None:
    """Hold every name in the roles against what there is, before anything slow: `sections` are those of notebooks.

    A tile is a finding; which ones there are is known when they are computed, their first words before.
    Raises UsageProblem naming file, key and the nearest name.
    """
    groups = {group for analysis in ANALYSES for group in analysis.groups}
    for role in roles.values():
        for key, names, there in (
            ("headline", (role.headline,), HEADLINES),
            ("statements", role.statements, STATEMENTS),
            ("movers", role.movers, MOVER_WORDS),
            ("sections", role.sections, {*sections, *OWN}),
        ):
            for name in names:
                if name not in there:
                    raise _unknown(role, key, name, there)
        for tile in role.tiles:
            if tile.partition(".")[0] not in groups:
                raise _unknown(role, "tiles", tile, {*TILE_LABELS, *groups})


def check_tiles(roles: Iterable[Role], findings: Collection[str]) -> None:
    """Raise UsageProblem for a tile that is none of the findings of a month."""
    for role in roles:
        for tile in role.tiles:
            if tile not in findings:
                raise _unknown(role, "tiles", tile, findings)


def _unknown(role: Role, key: str, name: str, there: Collection[str]) -> UsageProblem:
    what = {"headline": "headline", "statements": "statement", "movers": "movement", "sections": "section"}
    return UsageProblem(
        f"There is no {what.get(key, 'finding')} '{visible(name[:60])}'",
        where=f"templates/{role.name}/{FILE}, {key}",
        why="a role names what its pages show by the names that notebooks and questions give it",
        fix=nearest(name, there),
    )
