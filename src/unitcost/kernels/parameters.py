"""The parameters a notebook declares, and the only ones it takes.

papermill writes each parameter as `name = value` into a cell of its own. A name the notebook does not know is
set all the same and used by nobody, so the notebook silently reports its default; a hostile name is code.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

from nbformat import NotebookNode

from unitcost.errors import UsageProblem, nearest

TAG = "parameters"


def declared(notebook: NotebookNode) -> list[str]:
    """Return the names assigned in the cell tagged `parameters`, in order; empty if there is no such cell.

    Raises SyntaxError if that cell is not Python.
    """
    names: list[str] = []
    for cell in notebook.cells:
        if cell.cell_type == "code" and TAG in cell.metadata.get("tags", []):
            for statement in ast.parse(cell.source).body:
                names += _assigned(statement)
            break
    return names


def check_parameters(notebook: NotebookNode, path: Path, given: Mapping[str, str | int]) -> None:
    """Raise UsageProblem unless the notebook declares every given name and each value is text or a number."""
    try:
        names = declared(notebook)
    except SyntaxError as error:
        raise UsageProblem(
            f"the cell tagged '{TAG}' is not Python",
            where=str(path),
            why=str(error),
            fix="write one `name = value` a line",
        ) from error
    for name, value in given.items():
        if name not in names:
            raise UsageProblem(
                f"the notebook has no parameter '{name}'",
                where=str(path),
                why=f"its cell tagged '{TAG}' does not assign that name, so the value would be ignored",
                fix=nearest(name, names) if names else f"add a cell tagged '{TAG}' with a line `{name} = …`",
            )
        if not isinstance(value, str | int):
            raise UsageProblem(
                f"parameter '{name}' is a {type(value).__name__}",
                where=str(path),
                fix="pass text or a whole number",
            )


def _assigned(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        targets: list[ast.expr] = [statement.target]
    elif isinstance(statement, ast.Assign):
        targets = statement.targets
    else:
        return []
    return [target.id for target in targets if isinstance(target, ast.Name)]
