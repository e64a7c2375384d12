"""Reading a TOML file strictly: every key known, every value checked, every complaint with its place."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from unitcost.errors import UsageProblem, nearest


class Strict(BaseModel):
    """A frozen section of a TOML file that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def shown(path: Path) -> str:
    """Return a path the way a person would write it: from the current folder, or from home."""
    for folder, mark in ((Path.cwd(), ""), (Path.home(), "~/")):
        if path.is_relative_to(folder):
            return f"{mark}{path.relative_to(folder).as_posix()}"
    return str(path)


Model = TypeVar("Model", bound=Strict)


def load_toml(path: Path) -> dict[str, Any]:
    """Return the parsed file with decimals instead of floats. Raises UsageProblem naming line and column."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise UsageProblem(
            "The file does not exist",
            where=shown(path),
            fix="check the path, or write a first one: unitcost init FOLDER",
        ) from None
    except IsADirectoryError:
        raise UsageProblem(
            "A file was expected, this is a folder", where=shown(path), fix="name the TOML file in it"
        ) from None
    except UnicodeDecodeError as error:
        raise UsageProblem(
            "The file is not UTF-8", where=f"{shown(path)}, byte {error.start}", fix="save the file as UTF-8"
        ) from None
    except OSError as error:
        raise UsageProblem(
            "The file cannot be read", where=shown(path), why=error.strerror, fix="check its permissions"
        ) from None
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise UsageProblem(
            "The file is not valid TOML",
            where=shown(path),
            why=str(error),
            fix="correct the line that is named",
        ) from None
    except RecursionError:
        raise UsageProblem("The file is nested too deeply", where=shown(path), fix="flatten its tables") from None


def check(model: type[Model], data: dict[str, Any], path: Path, guide: str = "docs/configuration.md") -> Model:
    """Return `data` as `model`. Raises UsageProblem for the first wrong key, with the nearest known one.

    `guide` is the page that explains the file's keys.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _problem(error, model, data, path, guide) from None


def _problem(error: ValidationError, model: type[Strict], data: dict[str, Any], path: Path, guide: str) -> UsageProblem:
    # Unknown keys first: a misspelt required key also counts as missing, and the spelling is the useful hint.
    first = sorted(error.errors(), key=lambda e: e["type"] != "extra_forbidden")[0]
    place = _place(first["loc"], data)
    others = len({_place(e["loc"], data) for e in error.errors()}) - 1
    more = f" ({others} more after this one)" if others else ""
    if first["type"] == "extra_forbidden":
        kind = "section" if len(first["loc"]) == 1 and isinstance(first.get("input"), dict) else "key"
        return UsageProblem(
            f"Unknown {kind} '{first['loc'][-1]}'",
            where=f"{shown(path)}, {place}{more}",
            fix=nearest(str(first["loc"][-1]), _known(model, first["loc"])),
        )
    why = first["msg"].removeprefix("Value error, ")
    if first["type"] == "missing":
        why = "it has no default"
    elif not isinstance(first.get("input"), dict):
        why += f" (given: {str(first.get('input'))[:80]!r})"
    return UsageProblem(
        "A key is missing" if first["type"] == "missing" else "A value is not allowed",
        where=f"{shown(path)}, {place}{more}",
        why=why,
        fix=f"see {guide} for what each key takes",
    )


def _place(loc: tuple[int | str, ...], data: object) -> str:
    """Return the key as a person would name it; what follows a plain value is the kind that was tried on it."""
    parts = []
    for part in loc:
        if not isinstance(data, dict | list):
            break
        parts.append(f"[{part + 1}]" if isinstance(part, int) else str(part))
        data = data.get(part) if isinstance(data, dict) else data[part] if isinstance(part, int) else None
    return ".".join(parts).replace(".[", "[") or "top level"


def _known(model: type[Strict], loc: tuple[int | str, ...]) -> list[str]:
    current: type[Strict] = model
    for part in loc[:-1]:
        if isinstance(part, int):
            continue
        field = next((f for n, f in current.model_fields.items() if part in (n, f.alias)), None)
        inner = _inner(field.annotation) if field else None
        if inner is None:
            return []
        current = inner
    return [field.alias or name for name, field in current.model_fields.items()]


def _inner(annotation: Any) -> type[Strict] | None:
    if isinstance(annotation, type) and issubclass(annotation, Strict):
        return annotation
    for arg in get_args(annotation):
        found = _inner(arg)
        if found is not None:
            return found
    return None
