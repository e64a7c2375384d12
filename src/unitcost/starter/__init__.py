"""`unitcost init`: a company of five rows a file that gives a report as it is, to be replaced file by file."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from unitcost.errors import UsageProblem


def write_starter(folder: Path) -> None:
    """Write report.toml, allocation.toml and the example files to `folder`, which is made if it is missing.

    Raises UsageProblem, with nothing written, if one of the files is there already.
    """
    examples = sorted(
        (item for item in files(__name__).joinpath("company").iterdir() if item.is_file()),
        key=lambda item: item.name,
    )
    _refuse_to_overwrite(folder, [item.name for item in examples])
    folder.mkdir(parents=True, exist_ok=True)
    for item in examples:
        # Mode "x": a file that appears in the meantime is somebody's, too.
        with (folder / item.name).open("xb") as file:
            file.write(item.read_bytes())


def _refuse_to_overwrite(folder: Path, names: list[str]) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageProblem("The folder to write to is a file", where=str(folder), fix="name a new folder")
    there = [name for name in names if (folder / name).exists()]
    if there:
        raise UsageProblem(
            "The example files would overwrite files of yours",
            where=str(folder),
            why=f"already there: {', '.join(there)}",
            fix="name a new folder",
        )
