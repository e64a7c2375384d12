"""Names made of content: equal content has an equal name, and whatever else it rests on changes it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path


def digest(parts: Iterable[object]) -> str:
    """Return a sha256 over a list of texts, in which no part can run into the next."""
    state = hashlib.sha256()
    for part in parts:
        text = str(part).encode()
        state.update(str(len(text)).encode() + b":" + text)
    return state.hexdigest()


@cache
def code_of(package: str) -> str:
    """Return a digest of a package's modules and queries, such as 'unitcost.warehouse'.

    It belongs into the key of what is kept from them: what another version has answered is not taken for its own.
    """
    folder = Path(str(files(package)))
    return digest(path.read_bytes() for path in sorted(folder.rglob("*")) if path.suffix in (".py", ".sql"))
