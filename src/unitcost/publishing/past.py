"""What was published earlier, as far as it is still there and still what the ledger says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from unitcost.publishing import manifest
from unitcost.publishing.ledger import Entry
from unitcost.publishing.manifest import Manifest
from unitcost.publishing.pointers import run_folder

FINDINGS = "findings.json"
BASIS = "basis.json"


def manifest_of(out: Path, entry: Entry) -> Manifest | None:
    """Return the manifest of a publication; None if it is gone or not the one that the ledger knows."""
    try:
        raw = (run_folder(out, entry.run_id) / manifest.FILE).read_bytes()
        if hashlib.sha256(raw).hexdigest() != entry.manifest_sha256:
            return None
        return Manifest.model_validate_json(raw)
    except (OSError, ValidationError):
        return None


def file_of(out: Path, entry: Entry, name: str) -> bytes | None:
    """Return a file of a publication; None if it is gone, was never there, or is not what was published."""
    described = manifest_of(out, entry)
    if described is None or name not in described.outputs:
        return None
    try:
        raw = (run_folder(out, entry.run_id) / name).read_bytes()
    except OSError:
        return None
    return raw if hashlib.sha256(raw).hexdigest() == described.outputs[name] else None


def findings_of(out: Path, entry: Entry) -> Mapping[str, Mapping[str, Any]] | None:
    """Return the findings of a publication by name, in the form of findings.json; None as in `file_of`."""
    raw = file_of(out, entry, FINDINGS)
    try:
        data = json.loads(raw) if raw is not None else {}
    except ValueError:
        return None
    found = data.get("findings") if isinstance(data, dict) else None
    return found if isinstance(found, dict) else None
