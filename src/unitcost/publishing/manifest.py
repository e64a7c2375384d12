"""manifest.json: what one published set was made of and what it consists of, in words a machine can check.

No clock and no path of a machine is in it, so the same question gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, ValidationError

from unitcost.errors import EnvironmentProblem, visible

FILE = "manifest.json"
BLOCK_BYTES = 1 << 20

RunId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Month = Annotated[str, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
ScenarioName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Definition = Annotated[str, Field(pattern=r"^[^:]+:[0-9a-f]{16}$")]
Status = Literal["preliminary", "final", "restated"]


def _inside(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or str(PurePosixPath(path)) != path:
        raise ValueError("not a plain path inside the set")
    return path


SetPath = Annotated[str, AfterValidator(_inside)]


class Frozen(BaseModel):
    """Values that never change; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True, validate_by_name=True)


class InputRecord(Frozen):
    """One input file as it was read."""

    name: str
    kind: str
    rows: int
    sha256: Sha256


class Configuration(Frozen):
    """The settings in force and their hash."""

    sha256: Sha256
    values: dict[str, JsonValue]


class CodeRecord(Frozen):
    """The program: its version and the hash of its files."""

    version: str
    sha256: Sha256


class NotebookRecord(Frozen):
    """One notebook as it was run; `edited` if it is not the one that came with the program, `added` if none did.

    `sections` are those in which it differs.
    """

    name: str
    sha256: Sha256
    edited: bool
    sections: tuple[str, ...] = ()
    added: bool = False


class QuantityRecord(Frozen):
    """One quantity computed twice: by the marts, by the control, and the gap between them (decimal text)."""

    marts: str
    control: str
    gap: str


class Reconciliation(Frozen):
    """Money in the currency of the set, and rows, of the marts against the independent control."""

    billed: QuantityRecord
    effective: QuantityRecord
    rows: QuantityRecord


class BridgeRecord(Frozen):
    """How exactly the bars of the bridge add up before they are rounded, against the sum of both months' values."""

    against: Month
    residual: str
    level: str


class Tolerance(Frozen):
    """Input that was taken although it is not quite what the contract says.

    `sum` is BilledCost, or what `what` says, in the currency of the set.
    """

    what: str
    count: int
    sum: str | None = None
    example: str | None = None


class DamageRecord(Frozen):
    """Something damaged in the bills, which was not mended; `measure` says what the amount is."""

    kind: str
    provider: str
    where: str
    seen: str
    amount: str
    currency: str
    measure: str


class Check(Frozen):
    """One check that was made and how it came out."""

    name: str
    result: str
    detail: str | None = None


class Manifest(Frozen):
    """Everything about one set. `outputs` maps each file but the manifest itself to its sha256.

    `definition` says what makes its numbers comparable with those of other sets; `replaces` is the run whose
    numbers a restated set replaces.
    """

    schema_version: Literal[1] = Field(default=1, alias="schema")
    run_id: RunId
    month: Month
    scenario: ScenarioName | None
    currency: str
    status: Status
    status_reason: str | None
    company: str | None = None
    definition: Definition | None = None
    replaces: RunId | None = None
    roles: tuple[str, ...]
    inputs: tuple[InputRecord, ...]
    outputs: dict[SetPath, Sha256]
    configuration: Configuration
    code: CodeRecord
    notebooks: tuple[NotebookRecord, ...]
    versions: dict[str, str]
    reconciliation: Reconciliation
    bridge: BridgeRecord | None = None
    tolerances: tuple[Tolerance, ...] = ()
    damage: tuple[DamageRecord, ...] = ()
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing found wrong with what is published; `where` is a path within OUT or the set."""

    where: str
    what: str

    def __str__(self) -> str:
        return visible(f"{self.where}: {self.what}")


def as_bytes(manifest: Manifest) -> bytes:
    """Return the canonical file: keys in order, one space of indent, a line end at the end."""
    data = manifest.model_dump(mode="json")
    return (json.dumps(data, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def write(folder: Path, manifest: Manifest) -> Path:
    """Write manifest.json into `folder` and return its path."""
    path = folder / FILE
    path.write_bytes(as_bytes(manifest))
    return path


def read(folder: Path) -> Manifest:
    """Return the manifest of a set; raise EnvironmentProblem if it is missing or not one."""
    path = folder / FILE
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        why = error.strerror or str(error)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        why = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}".removeprefix(": ")
    raise EnvironmentProblem(
        "the manifest of a published set cannot be read",
        where=str(path),
        why=why,
        fix="publish the month again; the damaged set is replaced whole",
    )


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def hash_outputs(folder: Path) -> dict[str, str]:
    """Return the sha256 of every file in `folder` and below but manifest.json itself, by relative path."""
    return {name: sha256_of(folder / name) for name in sorted(files_in(folder)) if name != FILE}


def files_in(folder: Path) -> Iterator[str]:
    """Yield the relative path of all in `folder` that is not itself a folder; links are not followed."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from (f"{entry.name}/{name}" for name in files_in(folder / entry.name))
            else:
                yield entry.name


def verify(folder: Path, ignored: frozenset[str] = frozenset()) -> list[Problem]:
    """Hash every file of the set again and name what changed, is missing or does not belong.

    `ignored` names entries that others put beside the set. An empty list means the set is whole.
    """
    try:
        manifest = read(folder)
        present = set(files_in(folder)) - ignored - {FILE}
    except (EnvironmentProblem, OSError) as error:
        why = error.why if isinstance(error, EnvironmentProblem) else error.strerror
        return [Problem(FILE, f"cannot be read ({why})")]
    problems = [Problem(name, "is missing") for name in manifest.outputs if name not in present]
    problems += [Problem(name, "is not in the manifest") for name in present if name not in manifest.outputs]
    for name in present & set(manifest.outputs):
        problem = _changed(folder / name, manifest.outputs[name])
        problems += [Problem(name, problem)] if problem else []
    return sorted(problems, key=lambda problem: (problem.where, problem.what))


def _changed(path: Path, expected: str) -> str | None:
    if path.is_symlink() or not path.is_file():
        return "is not a plain file"
    try:
        return None if sha256_of(path) == expected else "has been changed since it was published"
    except OSError as error:
        return f"cannot be read ({error.strerror})"


def canonical_line(data: dict[str, Any]) -> bytes:
    """Return `data` as one line of JSON with keys in order and no line end."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode()
