"""Which notebooks a report is made from, and how they differ from those that come with the program."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unitcost.errors import UsageProblem, visible
from unitcost.inputs.config import Config
from unitcost.inputs.places import project_folder
from unitcost.inputs.toml_file import shown
from unitcost.kernels.sections import TAG, sections_in
from unitcost.month.company import Company

WHOLE = "notebook"  # the name under which the digest of a whole notebook is kept
NAMES = "[0-9]*.ipynb"
OUTSIDE = ""  # the cells that belong to no section
Cell = tuple[str, list[str], str, str]  # kind, tags, alternative text of what it draws, source


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook of a report: its digest, whether it is edited, and the sections in which it differs, by name.

    `preparation` tells that cells outside sections differ. One that is not shipped at all differs in all it has.
    """

    path: Path
    sha256: str
    edited: bool
    sections: tuple[str, ...] = ()
    preparation: bool = False
    added: bool = False

    @property
    def name(self) -> str:
        """Return the notebook's name without the ending."""
        return self.path.stem

    def told(self) -> str:
        """Return what was edited, in words."""
        if self.added:
            return f"Notebook {visible(self.name)} was added by analysts: {_listed(self.sections) or 'no section'}"
        parts = [_listed(self.sections)] if self.sections else []
        parts += ["cells outside sections"] if self.preparation else []
        what = " and ".join(parts) or "the order of its cells"
        return f"Notebook {visible(self.name)} was edited by analysts: {what}"


def _listed(sections: Sequence[str]) -> str:
    if not sections:
        return ""
    return f"section{'s' if len(sections) > 1 else ''} {', '.join(visible(name) for name in sections)}"


def sources(folder: Path, config: Config) -> list[Path]:
    """Return the notebooks of a company's reports, by name: its own, and the shipped ones that it has none of.

    `folder` is that of report.toml.

    Raises UsageProblem where the folder of [report] notebooks is missing or has no notebook in it.
    """
    found = {path.name: path for path in project_folder("notebooks").glob(NAMES)}
    own = config.report.notebooks
    if own:
        found |= {path.name: path for path in _own(folder / own, own)}
    return [found[name] for name in sorted(found)]


def _own(folder: Path, text: str) -> list[Path]:
    paths = sorted(path for path in folder.glob(NAMES) if path.is_file()) if folder.is_dir() else []
    if not paths:
        raise UsageProblem(
            "The folder of your notebooks has none in it"
            if folder.is_dir()
            else "The folder of your notebooks is missing",
            where=shown(folder),
            why=f"[report] notebooks is '{visible(text[:80])}'; a notebook's name begins with a digit, such as "
            "10_spend.ipynb",
            fix=f"copy the notebooks you want to change into it from {shown(project_folder('notebooks'))}, or leave "
            "the key out",
        )
    return paths


def own_digests(company: Company) -> list[tuple[str, str]]:
    """Return (name, digest) of the notebooks in a company's own folder that say something else than the program's."""
    own = company.config.report.notebooks
    found = [(path.name, sha256_of(path)) for path in _own(company.folder / own, own)] if own else []
    theirs = {path.name: sha256_of(path) for path in project_folder("notebooks").glob(NAMES)} if found else {}
    return [(name, digest) for name, digest in found if theirs.get(name) != digest]


def examined(path: Path) -> Notebook:
    """Return how a notebook differs from the one that is shipped under its name."""
    shipped = _shipped(path.stem)
    now = digests(path)
    if shipped is None:
        sections = tuple(name for name in now["sections"] if name != OUTSIDE)
        return Notebook(path, now["sha256"], edited=True, sections=sections, added=True)
    before: Mapping[str, str] = shipped["sections"]
    names = [*now["sections"], *(name for name in before if name not in now["sections"])]
    changed = [name for name in names if now["sections"].get(name) != before.get(name)]
    return Notebook(
        path,
        now["sha256"],
        edited=now["sha256"] != shipped["sha256"],
        sections=tuple(name for name in changed if name != OUTSIDE),
        preparation=OUTSIDE in changed,
    )


def known_sections(folder: Path, config: Config) -> set[str]:
    """Return the sections that the notebooks of a company have, and those of the shipped ones.

    What an analyst has taken out of a notebook is still known: a reader's pages go on without it.
    """
    paths = {*sources(folder, config), *project_folder("notebooks").glob(NAMES)}
    return {section for path in paths for cell in _cells(path) for section in sections_in(cell[1])}


def digest_file(notebook: str) -> Path:
    """Return the file beside a shipped notebook that says what is in it as shipped."""
    return project_folder("notebooks") / f"{notebook}.sha256"


def digest_lines(path: Path) -> str:
    """Return the text of that file: a line for the notebook and for each of its sections, in their order."""
    now = digests(path)
    names = {WHOLE: now["sha256"]} | {f"{TAG}{name}": sha for name, sha in now["sections"].items()}
    return "".join(f"{sha}  {name}\n" for name, sha in names.items())


def _shipped(notebook: str) -> dict[str, Any] | None:
    file = digest_file(notebook)
    if not file.is_file():
        return None
    lines = [line.split("  ", 1) for line in file.read_text("utf-8").splitlines()]
    names = {name: sha for sha, name in lines}
    return {"sha256": names.pop(WHOLE), "sections": {name.removeprefix(TAG): sha for name, sha in names.items()}}


def digests(path: Path) -> dict[str, Any]:
    """Return `sha256` of a whole notebook and, under `sections`, of each section's cells in their order.

    Outputs of cells do not count. Raises UsageProblem for what is no notebook.
    """
    cells = _cells(path)
    sections: dict[str, list[Cell]] = {}
    for cell in cells:
        for name in sections_in(cell[1]) or [OUTSIDE]:
            sections.setdefault(name, []).append(cell)
    return {"sha256": _digest(cells), "sections": {name: _digest(said) for name, said in sections.items()}}


def sha256_of(path: Path) -> str:
    """Return a digest of what a notebook says: kinds, tags, alternative texts and sources of its cells."""
    return _digest(_cells(path))


def _cells(path: Path) -> list[Cell]:
    try:
        cells = json.loads(path.read_text("utf-8"))["cells"]
        return [
            (c["cell_type"], c["metadata"].get("tags", []), str(c["metadata"].get("alt", "")), "".join(c["source"]))
            for c in cells
        ]
    except OSError as error:
        raise UsageProblem("The notebook cannot be read", where=shown(path), why=error.strerror) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UsageProblem(
            "The file is not a notebook",
            where=shown(path),
            why="it is not JSON with a list of cells, each with its kind, metadata and source",
            fix="open it in JupyterLab and save it again, or take it out of the folder",
        ) from None


def _digest(said: Sequence[Any]) -> str:
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()
